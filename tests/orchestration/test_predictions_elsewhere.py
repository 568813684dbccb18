"""Scores made elsewhere serve unjudged, then by what they foretold, or not at all."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.assets.predictions import judged_metadata
from orchestration.home.settings import Settings, read_settings
from orchestration.predictions.elsewhere import judge_elsewhere
from orchestration.predictions.inputs import night_of
from orchestration.predictions.prediction_tables import write_empty_predictions
from orchestration.publishing.publish import write_states

NIGHT = date(2026, 3, 31)
KEPT_ON = [NIGHT - timedelta(days=n) for n in (150, 120, 90)]


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    """A shop of 300 people: every third buys each month, whoever bought last or not."""
    found = read_settings(tmp_path)
    found.warehouse.parent.mkdir(parents=True)
    with duckdb.connect(str(found.warehouse)) as connection:
        connection.execute(
            f"""
            create schema intermediate; create schema marts;
            create schema reference; create schema staging;
            create table intermediate.int_deeds_counted as
            select 'p' || n as profile_id, 'order' as deed, known_date as deed_date,
                known_date, 1 as deed_count, 10.0 as amount
            from (
                select n, unnest([date '2025-01-01' + (n % 7)::int] || case
                    when n % 3 = 0 then [
                        date '{NIGHT}' - 20, date '{NIGHT}' - 50, date '{NIGHT}' - 80,
                        date '{NIGHT}' - 110, date '{NIGHT}' - 140
                    ] else [] end) as known_date
                from range(300) as people(n)
            );
            create table intermediate.int_purchases_dated as
            select profile_id || deed_date as order_id, profile_id,
                deed_date as ordered_date, known_date, 10.0 as amount
            from intermediate.int_deeds_counted;
            create table intermediate.int_personalisation_refused as
            select 'p3' as profile_id;
            create table marts.profiles as
            select 'p' || n as profile_id, 'female' as gender, cast(null as varchar) as region,
                'GB' as country_code
            from range(400) as people(n);
            create table marts.profile_facts as
            select profile_id, '35_44' as age_band from marts.profiles;
            create table staging.stg_nightpost__sources as
            select 'scores' as source, unnest(['good', 'bad', 'free']) as table_name,
                true as is_fresh
            union all select 'scores', 'stale', false;
            create table reference.score_outcomes as
            select unnest(['good', 'bad', 'stale']) as model, 'order' as deed, 90 as days,
                false as is_deed_foretold;
            create table intermediate.int_scores_attributed as
            select case when n < 290 then 'p' || n end as profile_id, model,
                'v1' as model_version, 'p' || n as person_key,
                case when model = 'things' then 'A' end as item,
                (case
                    when model = 'bad' then n % 11 / 11.0
                    when n % 3 = 0 then 0.1 else 0.9
                end)::decimal(18, 6) as score,
                timestamp '2025-10-01 10:00:00' as scored_at
            from range(300) as people(n),
                (select unnest(['good', 'bad', 'free', 'stale', 'things']) as model);
            """
        )
    yield found


def judged(settings: Settings, night: date) -> dict[str, tuple[str, str, Any]]:
    """Judge as of ``night``; return verdict, reason and card of each model."""
    with duckdb.connect(str(settings.warehouse)) as connection:
        write_empty_predictions(connection)
        judge_elsewhere(night_of(settings, connection, night))
        rows = connection.execute(
            "select model, verdict, reason, card from predictions.judged_scores"
        ).fetchall()
    return {
        model: (verdict, why, json.loads(card)) for model, verdict, why, card in rows
    }


def publish(settings: Settings, night: date) -> None:
    run = f"{night.isoformat()}-abc"
    (settings.outbox / "runs" / run).mkdir(parents=True)
    (settings.outbox / night.isoformat()).symlink_to(f"runs/{run}")
    write_states(settings, night, run)


def test_a_model_made_elsewhere_is_judged_by_what_it_foretold(
    settings: Settings,
) -> None:
    for night in KEPT_ON:
        early = judged(settings, night)
        publish(settings, night)

    found = judged(settings, NIGHT)
    with duckdb.connect(str(settings.warehouse)) as connection:
        shown = judged_metadata(connection)

    assert shown["good card"].data == found["good"][2]
    assert shown["bad because"] == found["bad"][1]
    assert early["good"][0] == "unjudged"
    assert early["good"][1] == "Unjudged: tested at 0 origins, 3 are needed."
    assert found["good"][0] == "promoted"
    assert found["bad"][0] == "not_promoted"
    assert found["free"][:2] == (
        "unjudged",
        "Unjudged: seeds/reference/score_outcomes.csv does not say what it foretells.",
    )
    assert found["things"][0] == "unjudged"
    # what was stale was not served, so nothing was kept of it
    assert found["stale"][1].startswith("Unjudged: tested at 0 origins")
    card = found["good"][2]
    assert [one["at"] for one in card["origins"]] == [
        night.isoformat() for night in reversed(KEPT_ON)
    ]
    # 300 people, 10 of whom nobody knows, and one who has refused
    assert card["origins"][0]["rows"] == 289
    assert card["holdout"]["model"]["auc"]["mean"] == 1
    assert card["groups"][0]["value"] == "35_44"


def test_a_night_is_judged_by_earlier_nights_and_their_own_version_alone(
    settings: Settings,
) -> None:
    for night in KEPT_ON:
        judged(settings, night)
        publish(settings, night)

    a_day_before = judged(settings, NIGHT - timedelta(days=1))["good"]
    with duckdb.connect(str(settings.warehouse)) as connection:
        connection.execute(
            "update intermediate.int_scores_attributed set model_version = 'v2'"
        )
    another = judged(settings, NIGHT)["good"]

    assert a_day_before[1] == "Unjudged: tested at 2 origins, 3 are needed."
    assert another[1] == "Unjudged: tested at 0 origins, 3 are needed."


def test_an_origin_where_nobody_did_anything_tells_nothing(settings: Settings) -> None:
    for night in KEPT_ON:
        judged(settings, night)
        publish(settings, night)
    with duckdb.connect(str(settings.warehouse)) as connection:
        connection.execute(
            "delete from intermediate.int_deeds_counted where deed_date > '2025-12-01'"
        )

    assert judged(settings, NIGHT)["good"][0] == "unjudged"
