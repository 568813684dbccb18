"""What a person lets pass is recorded once, for these bytes under this name."""

import hashlib
import json
import stat
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from orchestration.arrivals.acceptances import (
    ACCEPTED_FILE,
    Acceptance,
    AcceptancesDamagedError,
    AcceptError,
    accept_file,
    accepted_files,
    read_acceptances,
)
from orchestration.arrivals.contracts import Contract
from orchestration.command.main import app

CONTRACT = Contract("shop", "orders", "append", ",", '"', "utf-8", 3, ())
DAY = date(2026, 3, 29)
NAME = "shop/orders/2026-03-29.csv"
BODY = b"id\n"


def put(home: Path, body: bytes = BODY, day: date = DAY) -> Path:
    path = home / "inbox" / "shop" / "orders" / f"{day.isoformat()}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)
    return path


def accept(home: Path, name: str = NAME, why: str = "a holiday") -> Acceptance:
    return accept_file(home, [CONTRACT], name, why, [])


def test_an_acceptance_says_what_when_and_why(tmp_path: Path) -> None:
    put(tmp_path)
    accepted = accept(tmp_path, why="  Åsa: Easter\nSunday ")

    assert accepted == Acceptance(
        "shop", "orders", "2026-03-29.csv", hashlib.sha256(BODY).hexdigest(), DAY,
        "Åsa: Easter\nSunday",
    )  # fmt: skip
    assert read_acceptances(tmp_path) == (accepted,)
    path = tmp_path / ACCEPTED_FILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_bytes().count(b"\n") == 1


def test_after_its_night_was_published_it_counts_from_the_next_one(
    tmp_path: Path,
) -> None:
    put(tmp_path)

    assert accept_file(tmp_path, [CONTRACT], NAME, "why", [DAY]).night == date(
        2026, 3, 30
    )


def test_the_record_is_only_added_to_and_says_the_same_once(tmp_path: Path) -> None:
    put(tmp_path)
    accept(tmp_path)
    before = (tmp_path / ACCEPTED_FILE).read_bytes()
    accept(tmp_path, why="again")
    assert (tmp_path / ACCEPTED_FILE).read_bytes() == before

    put(tmp_path, b"id\n1\n")
    accept(tmp_path)
    assert (tmp_path / ACCEPTED_FILE).read_bytes().startswith(before)
    assert len(read_acceptances(tmp_path)) == 2


def test_a_file_without_rows_does_not_accept_all_files_without_rows(
    tmp_path: Path,
) -> None:
    put(tmp_path)
    put(tmp_path, day=date(2026, 3, 30))
    accept(tmp_path)
    content = hashlib.sha256(BODY).hexdigest()

    assert accepted_files(tmp_path) == {("shop", "orders", "2026-03-29.csv", content)}


@pytest.mark.parametrize(
    ("name", "why", "says"),
    [
        pytest.param("shop/orders/2026-03-30.csv", "x", "no such file", id="no file"),
        pytest.param("../../etc/passwd", "x", "no such file", id="outside"),
        pytest.param(NAME, "  ", "Say why", id="no reason"),
    ],
)
def test_nothing_is_accepted_without_a_file_and_a_reason(
    tmp_path: Path, name: str, why: str, says: str
) -> None:
    put(tmp_path)

    with pytest.raises(AcceptError, match=says):
        accept(tmp_path, name, why)
    assert accepted_files(tmp_path) == frozenset()


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda body: body[:-1], id="cut at its end"),
        pytest.param(lambda body: body[:-20], id="cut in its line"),
        pytest.param(lambda body: body + b"\n", id="an empty line"),
        pytest.param(lambda body: body + b"[]\n", id="no object"),
        pytest.param(lambda body: body.replace(b'"why"', b'"who"'), id="another key"),
        pytest.param(lambda body: body.replace(b"2026-", b"2O26-"), id="no date"),
        pytest.param(lambda body: body.replace(b'"a holiday"', b"7"), id="no text"),
        pytest.param(lambda body: body.replace(b"a", b"\xff"), id="no text at all"),
        pytest.param(
            lambda body: body.replace(hashlib.sha256(BODY).hexdigest().encode(), b"ff"),
            id="no hash",
        ),
    ],
)
def test_a_damaged_record_is_a_sentence_and_stays_as_it_is(
    tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    put(tmp_path)
    accept(tmp_path)
    damaged = damage((tmp_path / ACCEPTED_FILE).read_bytes())
    (tmp_path / ACCEPTED_FILE).write_bytes(damaged)

    with pytest.raises(AcceptancesDamagedError, match=r"is damaged in line [12]"):
        accepted_files(tmp_path)
    with pytest.raises(AcceptancesDamagedError):
        accept(tmp_path)
    assert (tmp_path / ACCEPTED_FILE).read_bytes() == damaged


def test_the_command_accepts_a_file_or_says_in_a_sentence_why_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NIGHTPOST_HOME", "NIGHTPOST_WAREHOUSE", "DAGSTER_HOME"):
        monkeypatch.setenv(name, "")
    folder = tmp_path / "inbox" / "consent" / "ledger"
    folder.mkdir(parents=True)
    (folder / "2026-03-29.csv").write_text("subject\n")
    runner = CliRunner()
    home = ["--home", str(tmp_path)]
    file = "consent/ledger/2026-03-29.csv"

    unknown = runner.invoke(app, ["accept", "consent/no/x.csv", "--why", "x", *home])
    assert (unknown.exit_code, "no such file" in unknown.output) == (2, True)
    assert runner.invoke(app, ["accept", file, *home]).exit_code == 2, "no --why"

    done = runner.invoke(app, ["accept", file, "--why", "Easter", *home])
    assert (done.exit_code, "night 2026-03-29" in done.output) == (0, True)
    record = (tmp_path / ACCEPTED_FILE).read_text()
    assert json.loads(record)["why"] == "Easter"

    (tmp_path / ACCEPTED_FILE).write_text("x")
    damaged = runner.invoke(app, ["accept", file, "--why", "x", *home])
    assert (damaged.exit_code, "damaged in line 1" in damaged.output) == (1, True)
