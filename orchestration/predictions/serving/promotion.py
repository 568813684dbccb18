"""Which model serves a night, when the next one is trained, and what is kept of both.

A model trained in night D is kept as `state/models/<model>/night=<D>/<run>.json`: card
and parameters. Night D is served by the newest promoted one of a night before D. Where
there is none yet, by the one that D itself trains: that one, too, follows from the files
known at D alone.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb

from orchestration.home.files import write_atomically
from orchestration.home.settings import Settings
from orchestration.predictions.serving.cards import (
    DIGITS,
    FEWEST_ORIGINS,
    ModelCard,
    Origin,
)
from orchestration.watching.drift_state import published_state
from orchestration.watching.psi import DRIFTED

TRAINED_EVERY = timedelta(days=28)
ON_DEMAND = "on_demand.json"
TABLE = "predictions.trained_models"
COLUMNS: Mapping[str, str] = {
    "model": "varchar", "version": "varchar", "is_promoted": "boolean",
    "card": "varchar", "parameters": "varchar",
}  # fmt: skip


@dataclass(frozen=True)
class TrainedModel:
    """A model as it is kept: its card and its parameters, both plain JSON."""

    model: str
    version: str
    night: date
    is_promoted: bool
    card: Mapping[str, Any]
    parameters: Mapping[str, Any]


def judge(
    origins: Sequence[Origin], figure: str, *, lower_is_better: bool
) -> tuple[bool, str]:
    """Tell whether a model beat its baseline in ``figure`` on later data, and say so.

    It has to beat it in the mean over all origins, of which there must be three.
    """
    if len(origins) < FEWEST_ORIGINS:
        return False, (
            f"Not promoted: tested at {len(origins)} origins, {FEWEST_ORIGINS} are needed."
        )
    model = mean([one.model[figure] for one in origins])
    baseline = mean([one.baseline[figure] for one in origins])
    is_better = model < baseline if lower_is_better else model > baseline
    words = "Promoted" if is_better else "Not promoted"
    return is_better, (
        f"{words}: mean {figure} {model:.4f} against {baseline:.4f} of the baseline on "
        f"later data, {len(origins)} origins."
    )


def mean(values: Sequence[float]) -> float:
    """Return the mean, rounded before it is compared."""
    return round(sum(values) / len(values), DIGITS)


def keep(card: ModelCard, parameters: Mapping[str, Any]) -> TrainedModel:
    """Return the model as it is kept; its version follows from its parameters."""
    body = json.dumps(parameters, sort_keys=True)
    digest = hashlib.sha256(body.encode("utf-8")).hexdigest()[:8]
    named = replace(card, version=f"{card.night.isoformat()}-{digest}")
    return TrainedModel(
        card.model,
        named.version,
        card.night,
        card.is_promoted,
        named.as_json(),
        json.loads(body),
    )


def earlier_models(settings: Settings, model: str, night: date) -> list[TrainedModel]:
    """Return what nights before ``night`` trained of ``model``, the oldest first."""
    found = []
    for folder in sorted((settings.state / "models" / model).glob("night=*")):
        day = date.fromisoformat(folder.name.partition("=")[2])
        if day >= night:
            continue
        on_demand = folder / ON_DEMAND
        file = (
            on_demand
            if on_demand.exists()
            else published_state(settings, folder, ".json")
        )
        if file is not None:
            found.append(read_model(file))
    return found


def read_model(file: Path) -> TrainedModel:
    """Return the model that ``file`` holds."""
    plain = json.loads(file.read_bytes())
    return TrainedModel(
        plain["model"],
        plain["version"],
        date.fromisoformat(plain["card"]["night"]),
        plain["is_promoted"],
        plain["card"],
        plain["parameters"],
    )


def serving(
    earlier: Sequence[TrainedModel], tonight: TrainedModel | None
) -> TrainedModel | None:
    """Return the model that serves: the newest promoted earlier one, else tonight's."""
    promoted = [one for one in earlier if one.is_promoted]
    if promoted:
        return promoted[-1]
    return tonight if tonight and tonight.is_promoted else None


def why_due(
    earlier: Sequence[TrainedModel], night: date, drift: float | None
) -> str | None:
    """Return why a model is trained tonight; None where it is not due.

    ``drift`` is the PSI of its scores between training and tonight.
    """
    if not earlier:
        return "it was never trained"
    if night - earlier[-1].night >= TRAINED_EVERY:
        return f"it was trained {(night - earlier[-1].night).days} nights ago"
    if drift is not None and drift > DRIFTED:
        return f"its scores have a PSI of {drift:.2f} since its training"
    return None


def write_trained(
    connection: duckdb.DuckDBPyConnection, models: Iterable[TrainedModel]
) -> None:
    """Add ``models`` to the night's table, from which publication keeps them."""
    prepare(connection)
    for one in models:
        forget_trained(connection, [one.model])
        connection.execute(
            f"insert into {TABLE} values (?, ?, ?, ?, ?)",
            [
                one.model,
                one.version,
                one.is_promoted,
                json.dumps(one.card, sort_keys=True),
                json.dumps(one.parameters, sort_keys=True),
            ],
        )


def forget_trained(connection: duckdb.DuckDBPyConnection, names: Sequence[str]) -> None:
    """Take what an attempt before this one trained of these models out of the table."""
    prepare(connection)
    connection.execute(f"delete from {TABLE} where list_contains(?, model)", [names])


def prepare(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the table of tonight's models where it is not there yet."""
    listed = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
    connection.execute("create schema if not exists predictions")
    connection.execute(f"create table if not exists {TABLE} ({listed})")


def write_model_state(settings: Settings, night: date, run: str) -> None:
    """Keep what the night trained; called when the night is published."""
    with duckdb.connect(str(settings.warehouse), read_only=True) as connection:
        known = connection.execute(
            "select count(*) from duckdb_tables() "
            "where schema_name || '.' || table_name = ?",
            [TABLE],
        ).fetchone()
        rows = (
            connection.execute(f"from {TABLE} order by model").fetchall()
            if known and known[0]
            else []
        )
    for model, version, is_promoted, card, parameters in rows:
        kept = TrainedModel(
            model, version, night, is_promoted, json.loads(card), json.loads(parameters)
        )
        write_model(settings, kept, f"{run}.json")
    remove_superseded_models(settings, night, run)


def write_model(settings: Settings, one: TrainedModel, name: str) -> Path:
    """Write a model as JSON into its night's state and return the file."""
    folder = settings.state / "models" / one.model / f"night={one.night.isoformat()}"
    body = {
        "model": one.model,
        "version": one.version,
        "is_promoted": one.is_promoted,
        "card": one.card,
        "parameters": one.parameters,
    }
    text = json.dumps(body, indent=2, sort_keys=True) + "\n"
    write_atomically(folder / name, text.encode("utf-8"))
    return folder / name


def remove_superseded_models(settings: Settings, night: date, run: str) -> None:
    """Remove what other runs of the same night trained."""
    kept = (f"{run}.json", ON_DEMAND)
    pattern = f"*/night={night.isoformat()}/*.json"
    for file in (settings.state / "models").glob(pattern):
        if file.name not in kept:
            file.unlink()
