"""A demo night's recommendations, held against the tastes that were planted."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

FEWEST_ORDERS = 3


@pytest.fixture(scope="module")
def night(
    finished_home: Path, demo_exports: Path
) -> Iterator[duckdb.DuckDBPyConnection]:
    """The published database, with everybody's taste and who refused."""
    current = json.loads((finished_home / "outbox" / "CURRENT").read_text())
    truth = demo_exports / "demo_truth"
    with (truth / "refused.csv").open(encoding="utf-8") as file:
        refused = [address for (address,) in csv.reader(file)]
    with duckdb.connect(":memory:") as connection:
        connection.execute(
            f"attach '{finished_home / current['database']}' as night (read_only)"
        )
        connection.execute("use night")
        connection.execute(
            """
            create temp table addresses as
            select profile_id, identifier_value as email
            from marts.profile_identifiers where identifier_type = 'email'
            """
        )
        connection.execute(
            f"""
            create temp table tastes as
            select addresses.profile_id, min(people.taste_category) as taste_category
            from (
                select taste_category, unnest(emails) as email
                from '{truth / "people.parquet"}'
            ) as people
            inner join addresses using (email)
            group by addresses.profile_id
            having count(distinct people.taste_category) = 1
            """
        )
        connection.execute(
            "create temp table refused as select distinct profile_id from addresses "
            "where list_contains(?, email)",
            [refused],
        )
        yield connection


def test_tastes_are_recovered(night: duckdb.DuckDBPyConnection) -> None:
    share = dict(
        night.execute(
            f"""
            with regulars as (
                select profile_id from marts.order_lines where is_kept
                group by profile_id
                having count(distinct order_id) >= {FEWEST_ORDERS}
            )
            select candidates.recommender,
                avg(case when products.category = tastes.taste_category then 1 else 0 end)
            from predictions.candidates
            inner join regulars using (profile_id)
            inner join tastes using (profile_id)
            inner join marts.products using (sku)
            where candidates.place <= 3
            group by candidates.recommender
            """
        ).fetchall()
    )

    # by chance it is one in eight
    assert share["collaborative"] >= 0.6, share
    assert share["content_similarity"] >= 0.6, share


def test_everybody_has_three_and_nobody_what_they_have(
    night: duckdb.DuckDBPyConnection,
) -> None:
    lists = night.execute(
        """
        select lists.place_count, count(*)
        from marts.profiles
        left join (
            select profile_id, count(*) as place_count
            from marts.recommendations where place <= 3 group by profile_id
        ) as lists using (profile_id)
        where profile_id not in (from refused)
        group by lists.place_count
        """
    ).fetchall()
    owned = night.execute(
        """
        select count(*), count(case when products.category = 'Beauty' then 1 end)
        from marts.recommendations
        inner join marts.products using (sku)
        semi join (from marts.order_lines where is_kept) as had using (profile_id, sku)
        """
    ).fetchone()
    gone = night.execute(
        "select count(*) from marts.recommendations inner join marts.products "
        "using (sku) where not is_available"
    ).fetchone()

    assert [place_count for place_count, _ in lists] == [3]
    assert owned
    assert owned[0] == owned[1]
    assert gone == (0,)


def test_whoever_refused_is_shown_what_everybody_buys(
    night: duckdb.DuckDBPyConnection,
) -> None:
    shown = night.execute(
        """
        select distinct shown.place, shown.sku, shown.reason
        from activation.act_recommended_products as shown
        inner join refused using (profile_id)
        order by all
        """
    ).fetchall()
    popular = night.execute(
        "select place, sku from marts.popular_products "
        "where area = 'everywhere' and place <= 3 order by place"
    ).fetchall()
    known = night.execute(
        "select count(*) from predictions.candidates inner join refused "
        "using (profile_id)"
    ).fetchone()

    assert shown == [(*one, "Popular in our shop") for one in popular]
    assert known == (0,)


def test_both_recommenders_left_a_card(finished_home: Path) -> None:
    for model in ("collaborative", "content_similarity"):
        (file,) = (finished_home / "state" / "models" / model).glob("night=*/*.json")
        kept = json.loads(file.read_bytes())

        assert kept["is_promoted"], kept["card"]["reason"]
        assert len(kept["card"]["origins"]) == 3
        assert 0 < kept["card"]["fallback_share"] < 1
