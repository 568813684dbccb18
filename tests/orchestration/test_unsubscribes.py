"""An unsubscribe link becomes a withdrawal of whoever it was sent to."""

import csv
import io
import json
from pathlib import Path

import duckdb
import pytest
import yaml
from typer.testing import CliRunner

from exporters.unsubscribe import unsubscribe_token
from orchestration.command.main import app
from orchestration.home.settings import Settings, read_settings
from orchestration.publishing.unsubscribes import (
    LEDGER_COLUMNS,
    BadRequestError,
    find_withdrawals,
    read_requests,
)
from tests.conftest import PROJECT

TABLES = """
create schema marts;
create table marts.profiles as from (values
    ('p_1', 'ana@x.example'), ('p_2', null)
) as t (profile_id, email);
create table marts.profile_identifiers as from (values
    ('p_1', 'email', 'ana@x.example'), ('p_1', 'email', 'ana@old.example'),
    ('p_1', 'phone', '+441')
) as t (profile_id, identifier_type, identifier_value);
create table marts.profile_aliases as from (values
    ('p_0', 'p_1')
) as t (old_profile_id, profile_id);
"""
AT = "2026-04-06T09:30:00+01:00"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A home whose published night knows one person by two addresses and two ids."""
    settings = read_settings(tmp_path / "home")
    settings.published.mkdir(parents=True)
    settings.outbox.mkdir()
    with duckdb.connect(str(settings.published / "small.duckdb")) as connection:
        connection.execute(TABLES)
    current = {"night": "2026-04-05", "run_id": "r", "outbox": "outbox/x"}
    (settings.outbox / "CURRENT").write_text(
        json.dumps({**current, "database": "published/small.duckdb"})
    )
    return settings


def token(settings: Settings, profile_id: str, email: str) -> str:
    return unsubscribe_token(settings.unsubscribe_key(), profile_id, email)


def test_every_link_that_was_ever_sent_to_a_known_address_is_a_withdrawal(
    settings: Settings,
) -> None:
    sent = [
        ("p_1", "ana@x.example"),
        ("p_1", "ana@old.example"),
        ("p_0", "ana@x.example"),
    ]
    links = [f"https://x.example/u/{token(settings, *one)}/, {AT}" for one in sent]

    rows, strangers = find_withdrawals(settings, read_requests("\n".join(links)))

    assert strangers == []
    found = list(csv.DictReader(io.StringIO(rows)))
    assert [row["subject"] for row in found] == [email for _, email in sent]
    assert {
        (row["channel"], row["purpose"], row["status"], row["event_time"])
        for row in found
    } == {("email", "marketing", "withdrawn", AT)}


def test_the_rows_have_the_consent_ledgers_columns() -> None:
    file = PROJECT / "models/staging/consent/_consent__sources.yml"
    (source,) = yaml.safe_load(file.read_text(encoding="utf-8"))["sources"]
    for table in source["tables"]:
        names = {column["name"] for column in table["columns"]}
        assert names == set(LEDGER_COLUMNS), table["name"]


@pytest.mark.parametrize(
    "line", [",2026-04-06T09:30:00Z", "x", "x,yesterday", "x,2026-04-06"]
)
def test_a_line_without_a_token_or_a_time_with_its_offset_is_refused(line: str) -> None:
    with pytest.raises(BadRequestError, match=r"^Line 2 "):
        read_requests(f"\n{line}")


def test_the_command_writes_a_private_file_and_names_the_lines_that_are_nobodys(
    settings: Settings, tmp_path: Path
) -> None:
    clicked = tmp_path / "clicked.csv"
    clicked.write_text(f"{token(settings, 'p_1', 'ana@x.example')}\nforged\n")
    out = tmp_path / "withdrawals.csv"

    answer = CliRunner().invoke(
        app,
        [
            "unsubscribe",
            str(clicked),
            "--at",
            AT,
            "--out",
            str(out),
            "--home",
            str(settings.home),
        ],
    )

    assert answer.exit_code == 3
    assert "--as consent/withdrawals" in answer.output.replace("\n", " ")
    assert "1 of 2 links are nobody's" in answer.output
    assert "line 2" in answer.output
    assert "ana@" not in answer.output
    assert out.stat().st_mode & 0o777 == 0o600
    assert out.read_text().splitlines()[1].startswith("ana@x.example,email,marketing,")
