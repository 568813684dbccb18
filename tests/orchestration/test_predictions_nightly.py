"""A night foretells, keeps what it foretold, and later nights compare it with what came."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from orchestration.home.settings import Settings, read_settings
from orchestration.predictions.lifetime import bgnbd
from orchestration.predictions.nightly import (
    Served,
    foretell_night,
    foretell_nothing,
    train_again,
)
from orchestration.predictions.serving.promotion import earlier_models
from orchestration.publishing.publish import (
    publish_database,
    write_model_state,
    write_states,
)

NIGHT = date(2026, 3, 31)
FIRST = date(2025, 2, 25)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    found = read_settings(tmp_path)
    found.warehouse.parent.mkdir(parents=True)
    return found


@pytest.fixture
def warehouse(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """A shop of 500 people, as the stage marts leaves it; mails began 20 days ago."""
    with duckdb.connect(str(settings.warehouse)) as connection:
        fill(connection)
        yield connection


def fill(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        f"""
        create schema if not exists intermediate;
        create schema if not exists marts;
        create schema if not exists reference;
        create schema if not exists staging;
        create or replace table reference.score_outcomes as
        select 'churn_risk' as model, 'order' as deed, 90 as days, false as is_deed_foretold;
        create or replace table staging.stg_nightpost__sources as
        select 'scores' as source, 'churn_risk' as table_name, true as is_fresh;
        create or replace table intermediate.int_scores_attributed (
            profile_id varchar, model varchar, model_version varchar, person_key varchar,
            item varchar, score decimal(18, 6), scored_at timestamp
        );
        create or replace table intermediate.int_purchases_dated as
        with times as (
            select n, unnest(range(n % 100, 500, 20 + n % 90)) as nth
            from range(500) as people(n)
        )
        select n || '/' || nth as order_id, 'p' || n as profile_id,
            date '{FIRST}' + nth::int as ordered_date,
            date '{FIRST}' + nth::int as known_date,
            (20 + n % 13 + nth % 5)::decimal(18, 2) as amount
        from times;
        create or replace table intermediate.int_deeds_counted as
        select profile_id, 'order' as deed, ordered_date as deed_date, known_date,
            1 as deed_count, amount
        from intermediate.int_purchases_dated
        union all
        select 'p' || n, 'mail', date '{NIGHT}' - n::int % 20, date '{NIGHT}', 1, 0
        from range(500) as people(n);
        create or replace table intermediate.int_personalisation_refused as
        select 'p1' as profile_id;
        create or replace table marts.profiles as
        select 'p' || n as profile_id, case n % 2 when 0 then 'female' end as gender, cast(null as varchar) as region,
            'GB' as country_code
        from range(520) as people(n);
        create or replace table marts.profile_facts as
        select 'p' || n as profile_id, case when n < 300 then '25_34' else '35_44' end as age_band
        from range(520) as people(n);
        """
    )


def up_to(connection: duckdb.DuckDBPyConnection, night: date) -> None:
    """Leave what a night knows."""
    fill(connection)
    for table in ("int_purchases_dated", "int_deeds_counted"):
        connection.execute(
            f"delete from intermediate.{table} where known_date > ?", [night]
        )


def by_name(found: tuple[Served, ...]) -> dict[str, Served]:
    return {one.model: one for one in found}


def publish(settings: Settings, night: date) -> None:
    run = f"{night.isoformat()}-abc"
    (settings.outbox / "runs" / run).mkdir(parents=True)
    (settings.outbox / night.isoformat()).symlink_to(f"runs/{run}")
    write_states(settings, night, run)
    write_model_state(settings, night, run)


def test_a_first_night_trains_serves_itself_and_says_what_is_missing(
    settings: Settings, warehouse: duckdb.DuckDBPyConnection
) -> None:
    up_to(warehouse, NIGHT)
    found = by_name(foretell_night(settings, warehouse, NIGHT))

    assert found["buy_30"].serves is found["buy_30"].trained is not None
    assert found["click_14"].serves is None
    assert found["click_14"].reason.startswith("click_14 needs 70 days of history")
    bands = {one["value"] for one in found["buy_30"].trained.card["groups"]}
    assert {"female", "GB", "35_44"} <= bands
    lifetime = found["lifetime_value"].trained.card
    worth = {one["value"]: one for one in lifetime["groups"]}
    assert {"female", "GB", "35_44"} <= set(worth)
    newest = lifetime["origins"][0]
    assert worth["GB"]["rows"] == newest["rows"]
    assert worth["GB"]["observed"] == pytest.approx(
        newest["model"]["orders_that_came"] / newest["rows"], abs=1e-6
    )
    # of 520 people one has refused, and 20 never bought anything
    assert lifetime["fallback_share"] == pytest.approx(1 - 500 / 519, abs=1e-6)
    scored = warehouse.execute(
        "select model, count(*), min(score) >= 0, max(score) <= 1 "
        "from predictions.propensities group by model order by model"
    ).fetchall()
    assert ("buy_30", 500, True, True) in scored
    assert {model for model, *_ in scored} <= {"buy_30", "churn_90"}


def test_a_later_night_is_served_by_the_earlier_model_and_looks_back(
    settings: Settings, warehouse: duckdb.DuckDBPyConnection
) -> None:
    first = NIGHT - timedelta(days=30)
    up_to(warehouse, first)
    one = by_name(foretell_night(settings, warehouse, first))["buy_30"]
    warehouse.close()
    publish(settings, first)
    for later, is_over in ((NIGHT - timedelta(days=1), False), (NIGHT, True)):
        with duckdb.connect(str(settings.warehouse)) as connection:
            up_to(connection, later)
            found = by_name(foretell_night(settings, connection, later))["buy_30"]
            outcome = connection.execute(
                "select predicted_date, people, observed, auc > 0.5 "
                "from predictions.outcomes where model = 'buy_30'"
            ).fetchone()
            came = connection.execute(
                "select count(distinct profile_id) / 499 from "
                "intermediate.int_purchases_dated where profile_id <> 'p1' "
                "and ordered_date > ?",
                [first],
            ).fetchone()
        assert found.serves is not None
        assert found.serves.version == one.trained.version
        if is_over:
            # p1 has refused since: nobody compares what was foretold of them
            assert outcome == (first, 499, pytest.approx(came[0], abs=1e-6), True)
        else:
            assert outcome is None


def test_a_night_run_again_is_the_same_and_does_not_read_its_own_state(
    settings: Settings, warehouse: duckdb.DuckDBPyConnection
) -> None:
    up_to(warehouse, NIGHT)
    query = "from predictions.propensities order by all"
    foretell_night(settings, warehouse, NIGHT)
    first = warehouse.execute(query).fetchall()
    warehouse.close()
    publish(settings, NIGHT)
    with duckdb.connect(str(settings.warehouse)) as connection:
        connection.execute("set threads = 1")
        connection.execute(
            "create or replace table intermediate.int_deeds_counted as "
            "from intermediate.int_deeds_counted order by hash(profile_id, deed_date)"
        )
        again = foretell_night(settings, connection, NIGHT)
        assert connection.execute(query).fetchall() == first
    assert by_name(again)["buy_30"].trained is not None


def test_a_shop_without_anything_is_told_why(
    settings: Settings, warehouse: duckdb.DuckDBPyConnection
) -> None:
    up_to(warehouse, FIRST - timedelta(days=1))
    found = by_name(foretell_night(settings, warehouse, NIGHT))

    assert {one.serves for one in found.values()} == {None}
    assert found["lifetime_value"].reason == "there are no orders"
    assert warehouse.execute("from predictions.lifetime_values").fetchall() == []


def test_a_night_that_breaks_foretells_nothing_and_says_so(
    settings: Settings, warehouse: duckdb.DuckDBPyConnection
) -> None:
    up_to(warehouse, NIGHT)
    foretell_night(settings, warehouse, NIGHT)
    foretell_nothing(warehouse, "Nothing could be foretold tonight (X).")
    warehouse.close()
    publish(settings, NIGHT)

    assert earlier_models(settings, "buy_30", date.max) == []
    with duckdb.connect(str(settings.warehouse)) as connection:
        rows = connection.execute(
            "select model_version, reason from predictions.served_models"
        ).fetchall()
    assert rows == [(None, "Nothing could be foretold tonight (X).")] * 4


def test_a_model_trained_on_demand_serves_from_the_next_night_on(
    settings: Settings, warehouse: duckdb.DuckDBPyConnection
) -> None:
    up_to(warehouse, NIGHT)
    warehouse.close()
    publish(settings, NIGHT)
    publish_database(settings, settings.published / "night.duckdb")
    (settings.outbox / "CURRENT").write_text(
        '{"night": "2026-03-31", "run_id": "abc", "outbox": "outbox/runs/x", '
        '"database": "published/night.duckdb"}'
    )

    trained = train_again(settings, "buy_30")

    assert trained.is_promoted
    assert earlier_models(settings, "buy_30", NIGHT) == []
    assert earlier_models(settings, "buy_30", NIGHT + timedelta(days=1)) == [trained]


def test_a_model_that_gives_no_finite_number_serves_nobody_and_says_why(
    settings: Settings,
    warehouse: duckdb.DuckDBPyConnection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    nan = float("nan")
    monkeypatch.setattr(bgnbd, "at_known_rate", lambda model, x, *_: x * nan)
    monkeypatch.setattr(bgnbd, "hyp2f1", lambda *_: nan)

    lifetime = foretell_night(settings, warehouse, NIGHT)[0]

    assert lifetime.serves is None
    assert "buyers no finite number, so it cannot be used" in lifetime.reason
    rows = warehouse.sql("select count(*) from predictions.lifetime_values").fetchone()
    assert rows == (0,)
