"""What a night says of people, held against the truth that planted it."""

from pathlib import Path

import duckdb

MEMBERS = """
    select identifiers.profile_id, min(addresses.{column}) as truth
    from marts.profile_identifiers as identifiers
    inner join (
        select unnest(emails) as email, {column} from '{folder}/people.parquet'
    ) as addresses on addresses.email = identifiers.identifier_value
    where identifiers.identifier_type = 'email'
    group by identifiers.profile_id
    having min(addresses.{column}) = max(addresses.{column})
"""


def test_the_send_hour_is_the_true_one_and_beats_the_hour_of_everybody(
    night: duckdb.DuckDBPyConnection, truth: Path
) -> None:
    """The demo's people keep hours of London time; with 10 openings theirs is known."""
    known = MEMBERS.format(column="usual_hour", folder=truth)
    found = night.execute(
        f"""
        with known as ({known}),
        openers as (
            select profile_id from marts.email_engagement
            group by all having sum(open_count) >= 10
        ),
        everybody as (
            select mode(hour(timezone('Europe/London', timezone('UTC', first_opened_at))))
                as crowd
            from marts.email_engagement
        ),
        hours as (
            select crowd, truth, hour(
                timezone('Europe/London', timezone('UTC', next_send_at))
            ) as ours
            from marts.send_hours
            inner join known using (profile_id)
            inner join openers using (profile_id)
            cross join everybody
        ),
        offs as (
            select abs(ours + 0.5 - truth) as off, abs(crowd + 0.5 - truth) as crowd_off
            from hours
        )
        select count(*), avg(cast(least(off, 24 - off) <= 1 as int)),
            avg(cast(least(crowd_off, 24 - crowd_off) <= 1 as int))
        from offs
        """
    ).fetchone()

    assert found
    people, ours, crowds = found
    assert people >= 10
    assert ours >= 0.7
    assert ours > crowds


def test_everybody_but_those_who_refused_is_in_one_stage(
    night: duckdb.DuckDBPyConnection,
) -> None:
    counted = night.execute(
        "select count(*), count(distinct profile_id) from marts.lifecycle_stages"
    ).fetchone()
    expected = night.execute(
        "select count(*) from marts.profiles where profile_id not in "
        "(select profile_id from marts.personalisation_refusals)"
    ).fetchone()

    assert expected and counted == (expected[0], expected[0])


def test_the_taste_of_most_people_is_found(
    night: duckdb.DuckDBPyConnection, truth: Path
) -> None:
    known = MEMBERS.format(column="taste_category", folder=truth)
    found = night.execute(
        f"""
        with known as ({known})
        select count(*), avg(cast(category = truth as int))
        from marts.category_affinities
        inner join known using (profile_id)
        where affinity_rank = 1 and deed_count >= 3
        """
    ).fetchone()

    assert found and found[0] >= 50
    assert found[1] >= 0.85
