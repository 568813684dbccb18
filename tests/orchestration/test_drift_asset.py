"""Dagster shows the figures and a picture of them, warns, and never stops for them."""

import base64
import struct
import zlib
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any, cast

import dagster as dg
import duckdb
import pytest
from typer.testing import CliRunner

from orchestration.assets import drift
from orchestration.assets.drift import DRIFT, drift_asset, drift_result
from orchestration.building.dbt import Project
from orchestration.command.main import app
from orchestration.home.settings import Settings, read_settings
from orchestration.jobs.resources import Night
from orchestration.publishing.publish import point_to, write_states
from orchestration.steps import why_not
from orchestration.watching.distributions import measure_night
from orchestration.watching.drift_plots import plot_shifts
from orchestration.watching.drift_state import read_shifts
from orchestration.watching.psi import PREVIOUS, REFERENCE, Shift, Watched

NIGHT = date(2026, 4, 5)
AMOUNT = Watched("marts.carts", "amount")
STEADY = Shift(AMOUNT, PREVIOUS, NIGHT, 1000, 0.02)
DRIFTED = Shift(AMOUNT, REFERENCE, NIGHT, 1000, 0.26)
UNKNOWN = Shift(AMOUNT, PREVIOUS, None, 1000, None)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    given = read_settings(tmp_path / "home")
    return Settings(given.home, given.project_dir, given.templates)


def make_warehouse(settings: Settings, amount: str = "i") -> None:
    settings.warehouse.parent.mkdir(parents=True, exist_ok=True)
    settings.warehouse.unlink(missing_ok=True)
    with duckdb.connect(str(settings.warehouse)) as connection:
        connection.execute("create schema marts")
        connection.execute(
            f"create table marts.carts as select {amount} as amount "
            "from range(1000) as t (i)"
        )


def publish(settings: Settings, night: date, run: str = "aaa") -> None:
    """What publication does with the figures, and its link in the outbox."""
    name = f"{night.isoformat()}-{run}"
    write_states(settings, night, name)
    (settings.outbox / "runs" / name).mkdir(parents=True, exist_ok=True)
    point_to(settings.outbox / night.isoformat(), Path("runs") / name)


def metadata(result: Any) -> dict[str, Any]:
    return {
        name: [record.data for record in value.records]
        if isinstance(value, dg.TableMetadataValue)
        else value.value
        for name, value in result.metadata.items()
    }


def measured(
    settings: Settings, night: date, watched: list[Watched]
) -> tuple[Shift, ...]:
    with duckdb.connect(str(settings.warehouse)) as warehouse:
        return measure_night(settings, warehouse, night, watched)


def test_the_picture_is_a_whole_png_and_the_same_every_time() -> None:
    picture = plot_shifts([STEADY, DRIFTED, UNKNOWN])

    assert picture is not None and picture == plot_shifts([STEADY, DRIFTED, UNKNOWN])
    chunks = list(png_chunks(picture))
    assert [chunks[0][0], chunks[-1][0]] == [b"IHDR", b"IEND"]
    width, height = struct.unpack(">II", chunks[0][1][:8])
    pixels = zlib.decompress(b"".join(body for kind, body in chunks if kind == b"IDAT"))
    assert len(pixels) == height * (width * 4 + 1)
    assert not any(b"Software" in body for _, body in chunks)


def png_chunks(picture: bytes) -> Sequence[tuple[bytes, bytes]]:
    """The chunks of a PNG, each with its checksum verified."""
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    at, chunks = 8, []
    while at < len(picture):
        (length,) = struct.unpack(">I", picture[at : at + 4])
        kind, body = picture[at + 4 : at + 8], picture[at + 8 : at + 8 + length]
        (checksum,) = struct.unpack(">I", picture[at + 8 + length : at + 12 + length])
        assert zlib.crc32(kind + body) == checksum
        chunks.append((kind, body))
        at += 12 + length
    return chunks


def test_nothing_known_is_no_picture_but_a_sentence() -> None:
    assert plot_shifts([UNKNOWN]) is None
    shown = metadata(drift_result([UNKNOWN]))

    assert "nothing to compare with yet" in shown["note"]
    assert shown["psi"][0]["psi"] == "–"
    assert "picture" not in shown


def test_the_figures_are_a_table_and_a_picture_and_a_warning_above_a_quarter() -> None:
    result = drift_result([STEADY, DRIFTED])
    shown = metadata(result)

    assert [line["verdict"] for line in shown["psi"]] == ["steady", "drifted"]
    start, _, body = shown["picture"].partition("base64,")
    assert start.startswith("![") and body.endswith(")")
    assert base64.b64decode(body[:-1], validate=True) == plot_shifts([STEADY, DRIFTED])
    (check,) = result.check_results or []
    assert (check.passed, check.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert check.metadata["drifted"].value == [DRIFTED.sentence]
    (check,) = drift_result([STEADY]).check_results or []
    assert check.passed


def test_a_night_reads_what_published_nights_before_it_left(settings: Settings) -> None:
    make_warehouse(settings)
    first = measured(settings, NIGHT, [AMOUNT])
    publish(settings, NIGHT)
    make_warehouse(settings, "i % 10")
    second = measured(settings, NIGHT + timedelta(1), [AMOUNT])
    publish(settings, NIGHT + timedelta(1))

    assert {shift.psi for shift in first} == {None}
    assert {shift.verdict for shift in second} == {"drifted"}
    assert read_shifts(settings, NIGHT) == first
    assert read_shifts(settings, NIGHT + timedelta(1)) == second
    make_warehouse(settings)
    assert measured(settings, NIGHT, [AMOUNT]) == first, "again, and months later"


def test_what_a_killed_publication_left_is_not_read(settings: Settings) -> None:
    make_warehouse(settings)
    measured(settings, NIGHT, [AMOUNT])
    write_states(settings, NIGHT, f"{NIGHT}-killed")

    later = measured(settings, NIGHT + timedelta(1), [AMOUNT])
    assert {shift.night for shift in later} == {None}
    publish(settings, NIGHT, "aaa")
    later = measured(settings, NIGHT + timedelta(1), [AMOUNT])
    assert {shift.night for shift in later} == {NIGHT}


def test_a_night_that_could_not_measure_leaves_nothing(settings: Settings) -> None:
    make_warehouse(settings)
    measured(settings, NIGHT, [AMOUNT])
    publish(settings, NIGHT)
    make_warehouse(settings)
    publish(settings, NIGHT)

    assert read_shifts(settings, NIGHT) is None
    assert not [path for path in settings.state.rglob("*") if path.is_file()]


def materialise(settings: Settings) -> dg.ExecuteInProcessResult:
    # nights begin with the first export
    arrived = settings.home / "inbox" / "consent" / "ledger" / f"{NIGHT}.csv"
    arrived.parent.mkdir(parents=True, exist_ok=True)
    arrived.write_text("subject\n")
    columns = {"amount": {"config": {"meta": {"drift": True}}}}
    node = {"resource_type": "model", "schema": "marts", "name": "carts"}
    project = Project(cast(Any, None), {"nodes": {"x": {**node, "columns": columns}}})
    return dg.materialize(
        [drift_asset(settings, project, ())],
        partition_key=NIGHT.isoformat(),
        resources={"night": Night(home=str(settings.home))},
        selection=[DRIFT],
    )


@pytest.fixture
def own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NIGHTPOST_HOME", "NIGHTPOST_WAREHOUSE", "DAGSTER_HOME"):
        monkeypatch.setenv(name, "")


@pytest.mark.usefixtures("own_environment")
def test_the_step_ends_well_with_its_figures(settings: Settings) -> None:
    make_warehouse(settings)
    result = materialise(settings)

    (materialised,) = result.get_asset_materialization_events()
    assert "note" in materialised.materialization.metadata
    assert result.success
    assert result.get_asset_check_evaluations()[0].passed


@pytest.mark.usefixtures("own_environment")
@pytest.mark.parametrize("breaks", ["warehouse", "picture"])
def test_whatever_breaks_the_night_goes_on_and_names_no_value(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, breaks: str
) -> None:
    make_warehouse(settings, "'ana@example.com'")
    if breaks == "warehouse":
        settings.warehouse.write_bytes(b"ana@example.com" * 1000)
    else:

        def fail(shifts: Sequence[Shift]) -> bytes:
            raise ValueError("ana@example.com")

        monkeypatch.setattr(drift, "plot_shifts", fail)
    result = materialise(settings)

    assert result.success
    (check,) = result.get_asset_check_evaluations()
    assert (check.passed, check.severity) == (False, dg.AssetCheckSeverity.WARN)
    reason = str(check.metadata["reason"].value)
    assert reason.startswith("Drift could not be measured tonight (")
    assert "ana" not in reason


def test_the_engines_words_are_redacted() -> None:
    error = duckdb.ConversionException(
        "Could not convert string 'ana@example.com' to INT32"
    )

    assert "ana" not in why_not("Drift could not be measured tonight", error)


@pytest.mark.usefixtures("own_environment")
def test_the_command_prints_a_nights_figures_or_says_that_there_are_none(
    settings: Settings,
) -> None:
    runner, home = CliRunner(), ["--home", str(settings.home)]
    nothing = runner.invoke(app, ["drift", *home])
    assert (nothing.exit_code, "nightpost run" in nothing.output) == (2, True)

    make_warehouse(settings)
    measured(settings, NIGHT, [AMOUNT])
    publish(settings, NIGHT)
    shown = runner.invoke(app, ["drift", "--date", NIGHT.isoformat(), *home])
    assert (shown.exit_code, "1 columns have nothing" in shown.output) == (0, True)
    other = runner.invoke(app, ["drift", "--date", "2026-04-06", *home])
    assert (other.exit_code, "left no figures" in other.output) == (2, True)
