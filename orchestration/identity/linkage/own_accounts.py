"""Accounts that people opened themselves: two at one shop are two people's.

A name, an address and a phone are a household's, and father and son may share all three.
Who has an account at a shop and opens another is asked for another mailbox, as they are.
So two accounts of one shop stay apart unless something of their own agrees: a birth date
or what stands before the @.
"""

from collections.abc import Sequence

import duckdb

from orchestration.identity.linkage.comparisons import Comparison
from orchestration.identity.linkage.scoring import write_gammas

RECORDS = "intermediate.int_identity_records"
# Levels that are the same or a slip.
OWN = {
    "email": ("same", "same name before the @", "typo", "alike before the @"),
    "birth_date": ("same", "typo, or day and month swapped"),
}


def keep_accounts_apart(
    connection: duckdb.DuckDBPyConnection,
    comparisons: Sequence[Comparison],
    only: str = "true",
) -> None:
    """Mark `component_pairs` that each have an account at one shop and share nothing own.

    ``only`` is SQL for which pairs are looked at, over both ids of parts.
    """
    read = [one for one in comparisons if one.name in OWN]
    if "email" not in {one.name for one in read}:
        return
    connection.execute(
        f"""
        create or replace temp table account_pairs as
        with accounts as (
            select distinct members.component_id, members.source, members.id
            from members
            inner join {RECORDS} as records using (record_id)
            inner join contents using (id)
            where cast(records.is_own_account as boolean) and contents.email is not null
        ),
        between as (
            select distinct pairs.left_component_id, pairs.right_component_id
            from component_pairs as pairs
            inner join accounts as one on one.component_id = pairs.left_component_id
            inner join accounts as other
                on other.component_id = pairs.right_component_id
                and other.source = one.source
            where not pairs.is_contradicted and {only}
        ),
        parts as (select distinct component_id, id from members)
        select
            between.left_component_id, between.right_component_id,
            least(one.id, other.id) as l, greatest(one.id, other.id) as r
        from between
        inner join parts as one on one.component_id = between.left_component_id
        inner join parts as other on other.component_id = between.right_component_id
        where one.id <> other.id
        """
    )
    write_gammas(connection, read, "account_pairs", "contents", "account_gammas")
    agree = " or ".join(
        f"g_{one.name} in ({', '.join(numbers)})"
        for one in read
        if (
            numbers := [
                str(number)
                for number, level in enumerate(one.levels)
                if level.label in OWN[one.name]
            ]
        )
    )
    connection.execute(
        f"""
        update component_pairs set is_contradicted = true
        where (left_component_id, right_component_id) in (
            select (left_component_id, right_component_id) from account_gammas
            group by left_component_id, right_component_id
            having not bool_or({agree})
        )
        """
    )
