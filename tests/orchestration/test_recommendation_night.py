"""Tonight's candidates: nobody owned, sold out, refused or from tomorrow; always the same."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
from threadpoolctl import threadpool_limits

from orchestration.assets.recommendations import recommended
from orchestration.home.settings import Settings
from orchestration.predictions.recommenders.again import train_recommenders
from orchestration.predictions.recommenders.candidates import (
    CANDIDATES,
    read_known,
    recommend,
)
from orchestration.predictions.recommenders.past import Past
from orchestration.predictions.recommenders.purchase_drift import (
    score_bins,
    score_drift,
)
from orchestration.predictions.recommenders.ranker import (
    ABOUT_CUSTOMER,
    ABOUT_PRODUCT,
    SHARED,
    Ranker,
    default_weights,
)
from orchestration.predictions.recommenders.recommend import MODELS, recommend_night
from orchestration.predictions.recommenders.train import train_models
from orchestration.predictions.serving.promotion import (
    ON_DEMAND,
    TrainedModel,
    earlier_models,
    write_model,
    write_model_state,
)
from orchestration.watching.psi import DRIFTED

NIGHT = date(2026, 4, 5)
AS_OF = datetime(2026, 4, 5, 23)
KINDS = ("Outdoor", "Kitchen", "Books", "Beauty")
SOLD_OUT, OWNED = "OUT-00", 0


def order_lines(people: int = 240, seed: int = 5) -> pd.DataFrame:
    """Order lines of people who like one kind of goods each, ending with the night."""
    rng = np.random.default_rng(seed)
    rows = []
    for person in range(people):
        for order in range(int(rng.integers(2, 7))):
            at = AS_OF - timedelta(seconds=int(rng.integers(1, 200 * 86_400)))
            for _ in range(2):
                kind = person % 4 if rng.random() < 0.85 else int(rng.integers(0, 4))
                sku = f"{KINDS[kind][:3].upper()}-{int(rng.integers(0, 15)):02d}"
                rows.append((f"p{person:03d}", f"o{person}-{order}", at, sku, True))
    names = ["profile_id", "order_id", "ordered_at", "sku", "is_kept"]
    return pd.DataFrame(rows, columns=names)


def warehouse(lines: pd.DataFrame) -> duckdb.DuckDBPyConnection:
    """Return a warehouse with the marts that the step reads."""
    connection = duckdb.connect()
    products = pd.DataFrame(
        [
            (
                f"{kind[:3].upper()}-{n:02d}",
                f"{kind} {kind}{n}",
                kind,
                "Acme",
                kind,
                9.5,
            )
            for kind in KINDS
            for n in range(15)
        ],
        columns=["sku", "product_name", "category", "brand", "tags", "price"],
    )
    connection.register("lines", lines)
    connection.register("catalogue", products)
    connection.execute(
        f"""
        create schema marts; create schema intermediate; create schema clock;
        create table marts.order_lines as from lines;
        create table marts.products as from catalogue;
        create table marts.offered_products as
        select sku, category <> 'Beauty' as is_one_time
        from catalogue where sku <> '{SOLD_OUT}';
        create table marts.web_events as
        select 'visitor' as profile_id, 'product_view' as event_name, 'BOO-01' as sku,
            timestamp '2026-04-01 12:00:00' as event_at
        union all
        select 'visitor', 'product_view', 'KIT-01', timestamp '2026-04-05 23:00:00';
        create table marts.profiles as
        select profile_id, 'GB' as country_code,
            case when profile_id >= 'p100' then 'female' end as gender,
            case when profile_id >= 'p120' then '18_24' end as age_band
        from (
            select distinct profile_id from lines
            union all select 'silent' || unnest(range(10))
            union all select 'p001'
        );
        create table marts.profile_facts as select profile_id, age_band from marts.profiles;
        alter table marts.profiles drop column age_band;
        create table intermediate.int_personalisation_refused as
        select 'p001' as profile_id;
        create table clock.run_context as select timestamp '{AS_OF}' as as_of_at
        """
    )
    return connection


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    home = tmp_path / "home"
    (home / "warehouse").mkdir(parents=True)
    return Settings(home, tmp_path, tmp_path)


def candidates(connection: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    return connection.execute(
        "select * from predictions.candidates order by profile_id, recommender, place"
    ).fetchall()


def run(settings: Settings, lines: pd.DataFrame) -> list[tuple[Any, ...]]:
    with warehouse(lines) as connection:
        recommend_night(settings, connection, NIGHT)
        return candidates(connection)


@pytest.fixture(scope="module")
def lines() -> pd.DataFrame:
    return order_lines()


@pytest.fixture
def night(settings: Settings, lines: pd.DataFrame) -> Iterator[list[tuple[Any, ...]]]:
    yield run(settings, lines)


def test_both_recommenders_serve_everybody_that_they_know_something_of(
    night: list[tuple[Any, ...]], lines: pd.DataFrame
) -> None:
    people = {name: {row[0] for row in night if row[1] == name} for name in MODELS}
    buyers = set(lines["profile_id"]) - {"p001"}

    assert people["collaborative"] == buyers
    assert people["content_similarity"] == buyers | {"visitor"}
    assert {row[2] for row in night} == set(range(1, CANDIDATES + 1))


def test_nobody_is_offered_what_they_have_unless_it_is_used_up(
    night: list[tuple[Any, ...]], lines: pd.DataFrame
) -> None:
    owned = set(zip(lines["profile_id"], lines["sku"], strict=True))
    again = [(row[0], row[3]) for row in night if (row[0], row[3]) in owned]

    assert again
    assert all(sku.startswith("BEA") for _, sku in again)
    assert SOLD_OUT not in {row[3] for row in night}


def test_a_product_that_was_returned_is_not_owned(
    settings: Settings, lines: pd.DataFrame
) -> None:
    mine = (lines["profile_id"] == "p000") & (lines["sku"] == "OUT-05")
    returned = lines.assign(is_kept=~mine & lines["is_kept"])
    extra = (
        lines[lines["profile_id"] == "p004"]
        .iloc[:1]
        .assign(profile_id="p000", sku="OUT-05", is_kept=False)
    )

    rows = run(settings, pd.concat([returned, extra]))

    assert "OUT-05" in {row[3] for row in rows if row[0] == "p000"}


def test_whoever_refused_changes_nobodys_list(
    settings: Settings, lines: pd.DataFrame, night: list[tuple[Any, ...]]
) -> None:
    without = lines[lines["profile_id"] != "p001"]

    assert "p001" not in {row[0] for row in night}
    assert run(settings, without) == night


def test_nothing_after_the_night_changes_a_list(
    settings: Settings, lines: pd.DataFrame, night: list[tuple[Any, ...]]
) -> None:
    later = lines.iloc[:300].assign(ordered_at=AS_OF, sku="BOO-03", order_id="late")

    assert run(settings, pd.concat([lines, later])) == night
    viewed = [row[3] for row in night if row[0] == "visitor" and row[2] <= 3]
    assert len(viewed) == 3
    assert all(sku.startswith("BOO") for sku in viewed)


def test_the_same_rows_shuffled_and_with_two_threads(
    settings: Settings, lines: pd.DataFrame, night: list[tuple[Any, ...]]
) -> None:
    with threadpool_limits(2):
        assert run(settings, lines.sample(frac=1, random_state=3)) == night
    with threadpool_limits(1):
        assert run(settings, lines.sample(frac=1, random_state=4)) == night


def test_a_model_is_proved_at_three_instants_before_it_serves(
    lines: pd.DataFrame,
) -> None:
    with warehouse(lines) as connection:
        models = train_models(read_known(connection), NIGHT)

    assert [one.model for one in models] == list(MODELS)
    for one in models:
        assert one.is_promoted, one.card["reason"]
        assert len(one.card["origins"]) == 3
        assert one.card["origins"][0]["at"] == "2026-03-06"
    card = models[0].card
    assert card["gap"] is not None
    assert card["fallback_share"] == pytest.approx(10 / 249, abs=1e-6)
    rows = sum(point["rows"] for point in card["calibration"])
    assert len(card["calibration"]) == 10
    assert [one["value"] for one in card["groups"]] == ["18_24", "GB", "female"]
    assert card["groups"][1]["rows"] == rows > 1_000
    for point in card["calibration"]:
        assert abs(point["predicted"] - point["observed"]) < 0.1, point
    assert set(models[0].parameters) == {"ranker", "window", "bins"}


def test_what_does_not_beat_popularity_is_not_asked(settings: Settings) -> None:
    few = order_lines(people=8)

    rows = run(settings, few)

    assert rows == []


def test_the_model_of_an_earlier_night_serves_until_the_next_is_due(
    settings: Settings, lines: pd.DataFrame
) -> None:
    with warehouse(lines) as connection:
        first = train_models(read_known(connection), date(2026, 3, 20))
    for one in first:
        folder = settings.state / "models" / one.model / "night=2026-03-20"
        folder.mkdir(parents=True)
    for one in first:
        write_model(settings, one, ON_DEMAND)
    with warehouse(lines) as connection:
        said = recommended(recommend_night(settings, connection, NIGHT)).metadata or {}
        kept = connection.execute(
            "select count(*) from predictions.trained_models"
        ).fetchone()

    card: Any = said["card_collaborative"]
    assert card.data["night"] == "2026-03-20"
    assert kept == (0,)


def test_nobody_bought_anything_yet(settings: Settings, lines: pd.DataFrame) -> None:
    with warehouse(lines.iloc[:0]) as connection:
        recommend_night(settings, connection, NIGHT)
        assert candidates(connection) == []
        found = recommend(connection, read_known(connection), None)

    assert found.people == {"content_similarity": 1}


def test_what_was_trained_is_kept_when_the_night_is_published(
    settings: Settings, lines: pd.DataFrame
) -> None:
    with warehouse(lines) as connection:
        recommend_night(settings, connection, NIGHT)
        connection.execute(f"attach '{settings.warehouse}' as kept")
        connection.execute("create schema kept.predictions")
        connection.execute(
            "create table kept.predictions.trained_models as "
            "from predictions.trained_models"
        )

    write_model_state(settings, NIGHT, "2026-04-05-abc")

    for name in MODELS:
        folder = settings.state / "models" / name / "night=2026-04-05"
        assert (folder / "2026-04-05-abc.json").is_file()


def simple_ranker() -> Ranker:
    """A ranker that says less of those who have not bought for long."""
    names = [*SHARED, *ABOUT_PRODUCT, *ABOUT_CUSTOMER]
    chosen = {"affinity": 1.0, "sales": 0.1, "days_since_order": -1.0}
    return Ranker(default_weights(names, chosen), None)


def test_scores_that_moved_since_training_make_a_recommender_due(
    settings: Settings,
) -> None:
    with warehouse(order_lines(people=560)) as connection:
        known = read_known(connection)
        ranker = simple_ranker()
        moved = Past(known.purchases, known.as_of + 150, 30.0)
        then = {name: score_bins(past, ranker) for name, past in (
            ("same", known.past), ("moved", moved),
        )}  # fmt: skip
        kept = {}
        for name, bins in then.items():
            parameters = {"ranker": ranker.as_json(), "window": 30.0, "bins": bins}
            for model in MODELS:
                write_earlier(settings, model, parameters)
            recommend_night(settings, connection, NIGHT)
            kept[name] = connection.execute(
                "select count(*) from predictions.trained_models"
            ).fetchone()
        drift = score_drift(known.past, parameters)

    assert drift is not None
    assert drift > DRIFTED
    assert kept == {"same": (0,), "moved": (2,)}


def write_earlier(settings: Settings, model: str, parameters: dict[str, Any]) -> None:
    """Keep a promoted model that was trained a week ago."""
    night = NIGHT - timedelta(days=7)
    card = {"night": night.isoformat(), "reason": "Promoted: it was better."}
    one = TrainedModel(model, "v1", night, True, card, parameters)
    write_model(settings, one, ON_DEMAND)


def test_few_customers_and_models_without_bins_tell_of_no_drift() -> None:
    with warehouse(order_lines(people=60)) as connection:
        past = read_known(connection).past
    ranker = simple_ranker()
    bins = score_bins(past, ranker)

    assert score_drift(past, {"ranker": ranker.as_json(), "bins": bins}) is None
    assert score_drift(past, {"ranker": ranker.as_json()}) is None


def test_recommenders_trained_on_demand_serve_from_the_next_night_on(
    settings: Settings, lines: pd.DataFrame
) -> None:
    settings.published.mkdir()
    database = settings.published / "night.duckdb"
    with warehouse(lines) as connection:
        connection.execute(f"attach '{database}' as night")
        connection.execute("copy from database memory to night")
    settings.outbox.mkdir()
    (settings.outbox / "CURRENT").write_text(
        f'{{"night": "{NIGHT}", "run_id": "abc", "outbox": "outbox/runs/x", '
        '"database": "published/night.duckdb"}'
    )

    trained = train_recommenders(settings)

    assert [one.model for one in trained] == list(MODELS)
    for one in trained:
        assert earlier_models(settings, one.model, NIGHT) == []
        assert earlier_models(settings, one.model, NIGHT + timedelta(days=1)) == [one]
