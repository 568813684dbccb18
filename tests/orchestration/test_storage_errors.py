"""A full disk, below Dagster's storage too, is a sentence and exit code 1."""

import errno
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError
from typer.testing import CliRunner

from orchestration.command import nights
from orchestration.command.main import app

FULL = sqlite3.OperationalError("database or disk is full")
ERRORS = {
    "sqlite": FULL,
    "sqlalchemy": OperationalError(
        "insert into runs values (?)", ("ana@example.com",), FULL
    ),
    "the system": OSError(errno.ENOSPC, "No space left on device", "/some/file"),
}


@pytest.mark.parametrize("kind", ERRORS)
def test_a_full_disk_is_a_sentence(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NIGHTPOST_HOME", "NIGHTPOST_WAREHOUSE", "DAGSTER_HOME"):
        monkeypatch.setenv(name, "")
    arrived = tmp_path / "inbox" / "consent" / "ledger" / "2026-04-05.csv"
    arrived.parent.mkdir(parents=True)
    arrived.write_text("subject\n")

    def fail(_: object) -> object:
        raise ERRORS[kind]

    monkeypatch.setattr(nights, "build_definitions", fail)
    arguments = ["run", "--date", "2026-04-05", "--home", str(tmp_path)]
    ended = CliRunner().invoke(app, arguments)

    assert ended.exit_code == 1
    assert "cannot be used (" in ended.output
    assert "Free or mend the disk and run the night again." in ended.output
    assert "Traceback" not in ended.output
    assert "ana@" not in ended.output
