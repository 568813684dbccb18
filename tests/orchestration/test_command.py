"""The `nightpost` command as somebody meets it who never saw it before."""

import fcntl
import os
import re
import socket
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from orchestration.command import options
from orchestration.command.main import app, main
from orchestration.command.ui import LOCK_NAME as UI_LOCK_NAME
from orchestration.home.locks import LOCK_NAME
from orchestration.home.settings import read_settings
from orchestration.segments.sandbox import Refused, checked_sql
from tests.conftest import REPOSITORY

# Commands that may begin a home; all others look at one, or go on with it.
BEGINNERS = {"run", "backfill", "land", "demo"}
# Commands that write a list for a person, each with what else it must be told.
WRITERS = (
    ["rejects", "--export"],
    ["identity", "clerical", "--csv"],
    ["unsubscribe", "TOKEN", "--at", "2026-04-06T09:30:00Z", "--out"],
)
# Commands that work on a night of a home, so that two at once would be one too many.
ONE_AT_A_TIME = (
    ["run", "--date", "2026-04-05"],
    ["backfill", "--from", "2026-04-05", "--to", "2026-04-05"],
    ["accept", "shopify/orders/2026-04-05.csv", "--why", "a test"],
    ["reprocess", "--from", "2026-04-05", "--to", "2026-04-05"],
    ["verify"],
)
AHEAD = (date.today() + timedelta(days=3)).isoformat()


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder without a home, and a process that has none in its environment."""
    monkeypatch.chdir(tmp_path)
    for name in ("NIGHTPOST_HOME", "NIGHTPOST_WAREHOUSE", "DAGSTER_HOME"):
        monkeypatch.delenv(name, raising=False)
    # what a command exports is taken back after the test
    monkeypatch.setattr(options, "export_environment", lambda _: None)
    return tmp_path


def every_command() -> Iterator[list[str]]:
    """Yield the words of every command and group, from the program itself on."""

    def below(command: object, words: list[str]) -> Iterator[list[str]]:
        yield words
        for name, child in getattr(command, "commands", {}).items():
            yield from below(child, [*words, name])

    yield from below(typer.main.get_command(app), [])


def looking() -> Iterator[list[str]]:
    """Yield every command that needs a home that is there, with what it must be told."""
    for words in every_command():
        command = typer.main.get_command(app)
        for word in words:
            command = getattr(command, "commands", {})[word]
        if "home" in {one.name for one in command.params} and words[0] not in BEGINNERS:
            told = list(words)
            for one in command.params:
                if one.required:
                    option = [one.opts[0]] if one.param_type_name == "option" else []
                    told += [*option, "2026-04-05"]
            yield told


def ended_with(words: list[str], monkeypatch: pytest.MonkeyPatch) -> int:
    """Return the exit code of `nightpost …`."""
    monkeypatch.setattr(sys, "argv", ["nightpost", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


@pytest.mark.parametrize("words", every_command(), ids=" ".join)
def test_every_help_has_an_example_and_writes_dates_as_people_do(
    words: list[str],
) -> None:
    said = CliRunner().invoke(app, [*words, "--help"], env={"COLUMNS": "200"}).output

    assert f"nightpost {' '.join(words)}".strip() in said.partition("Examples:")[2]
    assert "%Y" not in said
    assert "datetime" not in said


def test_the_version_is_told() -> None:
    said = CliRunner().invoke(app, ["--version"])

    assert (
        said.exit_code,
        bool(re.fullmatch(r"nightpost \d+\.\d+\.\d+\n", said.output)),
    ) == (
        0,
        True,
    )


@pytest.mark.parametrize(
    "words",
    [
        ["run", "--date", AHEAD],
        ["backfill", "--from", "2026-04-05", "--to", AHEAD],
        ["land", "orders.csv", "--as", "shopify/orders", "--date", AHEAD],
        ["run", "--date", "2026-02-30"],
        ["run", "--date", "20260405"],
        ["run", "--date", "05.04.2026"],
        ["land", "absent.csv", "--as", "shopify/orders", "--date", "2026-04-05"],
        ["land", "orders.csv", "--as", "generic/orders", "--date", "2026-04-05"],
        ["ui", "--port", "80000"],
        ["ui", "--port", "0"],
        ["ui"],
        ["preview", "seg_customers"],
        ["identity", "show", "ana@example.com"],
        ["rejects"],
        ["reprocess", "--from", "2026-04-05", "--to", "2026-04-05"],
        ["verify"],
        ["drift"],
        ["run"],
        ["run", "--date", "2026-04-05"],
    ],
    ids=" ".join,
)
def test_what_cannot_be_done_is_refused_at_once_and_leaves_nothing(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    (elsewhere / "orders.csv").write_text("Id\n1\n")

    assert ended_with(words, monkeypatch) == 2
    assert [path.name for path in elsewhere.iterdir()] == ["orders.csv"]


@pytest.mark.parametrize("words", looking(), ids=" ".join)
def test_where_no_home_is_a_command_that_looks_says_so(
    elsewhere: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
) -> None:
    assert ended_with(words, monkeypatch) == 2
    assert f"There is no home at {elsewhere / 'data'} yet." in capsys.readouterr().err
    assert not list(elsewhere.iterdir())


@pytest.mark.parametrize("words", WRITERS, ids=" ".join)
def test_no_list_is_written_into_what_the_home_keeps(
    elsewhere: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
) -> None:
    current = elsewhere / "data" / "outbox" / "CURRENT"
    current.parent.mkdir(parents=True)
    current.write_text("as it was")

    assert ended_with([*words, str(current)], monkeypatch) == 2
    assert "nothing was written" in capsys.readouterr().err
    assert current.read_text() == "as it was"


def test_a_file_or_table_that_is_not_there_is_said(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (elsewhere / "data").mkdir()
    ended_with(["rejects", "shop/absent"], monkeypatch)

    assert "no source table shop/absent that is on. On are: consent/ledger" in (
        capsys.readouterr().err
    )
    absent = elsewhere / "absent.sql"
    found = checked_sql(read_settings(), [absent], {})
    assert found == {absent: Refused(f"cannot be read: there is no file {absent}.")}


def test_what_runs_a_night_stands_first_in_the_list_of_commands() -> None:
    assert next(iter(getattr(typer.main.get_command(app), "commands", {}))) == "run"


def test_every_file_of_the_project_that_an_example_names_can_be_where_it_says() -> None:
    for words in every_command():
        said = CliRunner().invoke(app, [*words, "--help"], env={"COLUMNS": "200"})
        for path in re.findall(r"dbt_project/\S+", said.output):
            assert (REPOSITORY / path).parent.is_dir(), path


def test_the_home_is_the_folder_data_where_you_are_and_is_said_first(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ended_with(["run", "--date", AHEAD], monkeypatch)

    assert capsys.readouterr().err.splitlines()[0] == f"Home {elsewhere / 'data'}"


def test_a_vendor_that_is_off_is_said_with_its_switch(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (elsewhere / "o.csv").write_text("Id\n1\n")
    words = ["land", "o.csv", "--as", "generic/orders", "--date", "2026-04-05"]
    ended_with(words, monkeypatch)

    assert "`use_generic: true` under `vars:`" in capsys.readouterr().err


@pytest.mark.parametrize("words", ONE_AT_A_TIME, ids=lambda words: words[0])
def test_while_a_night_runs_another_command_ends_with_a_code_of_its_own(
    elsewhere: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
) -> None:
    home = elsewhere / "data"
    (home / "warehouse").mkdir(parents=True)
    (home / "warehouse" / "nightpost_history.duckdb").touch()
    (home / "inbox" / "shopify" / "orders").mkdir(parents=True)
    (home / "inbox" / "shopify" / "orders" / "2026-04-05.csv").write_text("Id\n1\n")
    with (home / LOCK_NAME).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)

        assert ended_with(words, monkeypatch) == options.NIGHT_RUNNING == 4

    assert "already running on this home" in capsys.readouterr().err


def test_every_exit_code_stands_on_the_page_that_lists_them() -> None:
    page = (REPOSITORY / "orchestration" / "README.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| (\d) \| ", page, flags=re.MULTILINE)

    assert listed == [
        str(code)
        for code in (
            0,
            options.FAILED,
            options.USAGE,
            options.HELD_BACK,
            options.NIGHT_RUNNING,
        )
    ]


def test_a_second_ui_on_one_home_and_a_taken_port_are_sentences(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    home = elsewhere / "data"
    home.mkdir()
    monkeypatch.setattr(os, "execv", lambda *_: pytest.fail("opened all the same"))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert ended_with(["ui", "--port", str(port)], monkeypatch) == 2
    assert f"Port {port} of 127.0.0.1 cannot be used" in capsys.readouterr().err
    with (home / UI_LOCK_NAME).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert ended_with(["ui", "--port", str(port)], monkeypatch) == 2
    assert f"Dagster is already open on {home}" in capsys.readouterr().err


def test_a_command_is_shown_as_it_can_be_typed_here(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(sys, "argv", [".venv/bin/nightpost", "run"])
    here, there = read_settings(), read_settings(elsewhere / "other")

    assert options.runnable("nightpost rejects", here) == ".venv/bin/nightpost rejects"
    assert (
        options.runnable("nightpost rejects", there)
        == f".venv/bin/nightpost rejects --home {elsewhere / 'other'}"
    )
    assert read_settings(elsewhere / "data") == here
    assert not read_settings(elsewhere / "data").home_is_named
