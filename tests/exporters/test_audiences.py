"""Audience files are complete, stable, and harmless in a spreadsheet."""

import csv
import random
import re
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporters.audiences import MEMBER_COLUMNS, export_audience
from exporters.cells import neutralised, neutralised_sql
from exporters.errors import (
    BadSegmentNameError,
    DuplicatePersonError,
    MissingColumnsError,
    WarehouseUnreadableError,
)
from exporters.rejects import value_sha256
from tests.exporters.small_night import SCHEMA, Warehouse

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1"]
FORMULAS += ["＠x", " =1", "\u00a0=1", "\ufeff=1", "\u200b+1", "=", "\x00=1"]


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_members_entered_and_left_stand_in_their_files(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    warehouse.member("p2")
    warehouse.member("p1", membership_change="entered")
    warehouse.member("p3", exclusion_reason="withdrawn")
    warehouse.member("p1", segment="other")
    left = {
        "segment": "vip",
        "profile_id": "p0",
        "departure_reason": "left_segment",
        "email": "p0@example.com",
    }
    warehouse.insert("act_departures", left)

    receipt = export_audience(warehouse.connection, "vip", tmp_path)

    folder = tmp_path / "audiences/vip"
    assert [row["profile_id"] for row in read_csv(folder / "members.csv")] == [
        "p1",
        "p2",
    ]
    assert [row["profile_id"] for row in read_csv(folder / "entered.csv")] == ["p1"]
    assert (folder / "left.csv").read_text() == (
        "profile_id,reason,email\np0,left_segment,p0@example.com\n"
    )
    assert (receipt.members, receipt.entered, receipt.left) == (2, 1, 1)
    assert [file.path for file in receipt.files] == [
        f"audiences/vip/{name}.csv" for name in ("members", "entered", "left")
    ]


def test_every_member_carries_the_consent_that_allows_it(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    warehouse.member("p1")

    export_audience(warehouse.connection, "vip", tmp_path)

    (row,) = read_csv(tmp_path / "audiences/vip/members.csv")
    assert list(row) == list(MEMBER_COLUMNS)
    assert row["consent_event_id"] == "c1"
    assert row["consent_at"] == "2026-03-01T10:00:00Z"


def test_an_empty_audience_is_a_header(warehouse: Warehouse, tmp_path: Path) -> None:
    receipt = export_audience(warehouse.connection, "vip", tmp_path)

    header = ",".join(MEMBER_COLUMNS) + "\n"
    assert (tmp_path / "audiences/vip/members.csv").read_text() == header
    assert receipt.members == 0


def test_row_order_of_the_table_does_not_change_the_files(tmp_path: Path) -> None:
    people = [f"p{number}" for number in range(300)]
    hashes = set()
    for seed in range(3):
        random.Random(seed).shuffle(people)
        with duckdb.connect() as connection:
            connection.execute(SCHEMA)
            connection.execute(f"set threads to {seed + 1}")
            for person in people:
                Warehouse(connection).member(person)
            receipt = export_audience(connection, "vip", tmp_path)
        hashes.add(receipt.files)
    assert len(hashes) == 1


@pytest.mark.parametrize("cell", FORMULAS)
def test_no_name_is_a_formula(warehouse: Warehouse, tmp_path: Path, cell: str) -> None:
    warehouse.member("p1", first_name=cell, last_name=cell, consent_source=cell)

    export_audience(warehouse.connection, "vip", tmp_path)

    (row,) = read_csv(tmp_path / "audiences/vip/members.csv")
    names = {row["first_name"], row["last_name"], row["consent_source"]}
    assert names == {f"'{cell}"}


@pytest.mark.parametrize(
    ("cells", "reason", "field"),
    [
        ({"email": "=cmd@example.com"}, "unsafe_cell", "email"),
        ({"email": "+1@example.com"}, "unsafe_cell", "email"),
        ({"email": "a@b.example,c@d.example"}, "unsafe_cell", "email"),
        ({"email": "a@b.example\r\nBcc: x@y.example"}, "unsafe_cell", "email"),
        ({"email": "Ana <a@b.example>"}, "unsafe_cell", "email"),
        ({"email": None}, "missing_cell", "email"),
        ({"email": ""}, "missing_cell", "email"),
        ({"consent_event_id": None}, "missing_cell", "consent_event_id"),
        ({"consent_event_id": "@x"}, "unsafe_cell", "consent_event_id"),
    ],
)
def test_a_key_cell_is_written_as_it_is_or_refused(
    warehouse: Warehouse,
    tmp_path: Path,
    cells: dict[str, str | None],
    reason: str,
    field: str,
) -> None:
    warehouse.member("p1", **cells)
    warehouse.member("p2")

    receipt = export_audience(warehouse.connection, "vip", tmp_path)

    (refused,) = receipt.rejects
    assert (refused.profile_id, refused.reason, refused.field) == ("p1", reason, field)
    assert refused.value_sha256 == value_sha256(cells[field])
    assert receipt.members == 1
    assert "Bcc" not in (tmp_path / "audiences/vip/members.csv").read_text()


@pytest.mark.parametrize(
    "segment", ["../vip", "vip/x", "Vip", "", "1st", "a" * 64, "ü"]
)
def test_a_segment_that_cannot_name_a_folder_is_refused(
    warehouse: Warehouse, tmp_path: Path, segment: str
) -> None:
    with pytest.raises(BadSegmentNameError):
        export_audience(warehouse.connection, segment, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_somebody_twice_is_refused_and_leaves_no_file(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    warehouse.member("p1")
    warehouse.member("p1")

    with pytest.raises(DuplicatePersonError, match=r"^vip: .* 1 rows too many"):
        export_audience(warehouse.connection, "vip", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_column_is_named(warehouse: Warehouse, tmp_path: Path) -> None:
    warehouse.connection.execute(
        "alter table activation.act_eligibility drop column consent_at"
    )
    with pytest.raises(MissingColumnsError, match="lacks consent_at"):
        export_audience(warehouse.connection, "vip", tmp_path)


def test_an_error_of_the_database_never_shows_a_value(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    warehouse.connection.execute("""
        alter table activation.act_eligibility alter column consent_at type varchar
    """)
    warehouse.member("p1", consent_at="secret@example.com")

    with pytest.raises(WarehouseUnreadableError) as caught:
        export_audience(warehouse.connection, "vip", tmp_path)
    assert "secret" not in str(caught.value)
    assert caught.value.__context__ is None
    assert list((tmp_path / "audiences/vip").iterdir()) == []


def test_a_folder_with_a_quote_in_its_name_is_no_sql(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    warehouse.member("p1")
    receipt = export_audience(warehouse.connection, "vip", tmp_path / "o'brien")
    assert receipt.members == 1


@settings(max_examples=25, deadline=None)
@given(st.lists(st.text(), min_size=1, max_size=5))
def test_any_text_survives_the_csv(
    tmp_path_factory: pytest.TempPathFactory, names: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("out")
    with duckdb.connect() as connection:
        connection.execute(SCHEMA)
        warehouse = Warehouse(connection)
        for number, name in enumerate(names):
            warehouse.member(f"p{number}", first_name=name)
        export_audience(connection, "vip", folder)
    rows = read_csv(folder / "audiences/vip/members.csv")
    assert [row["first_name"] for row in rows] == [neutralised(name) for name in names]


@settings(max_examples=120, deadline=None)
@given(st.text(alphabet=st.sampled_from("=+-@＝＠ \t\r\n\x00\u00a0\u200b\ufeffab'0")))
def test_python_and_sql_agree_on_formulas(cell: str) -> None:
    sql = f"select {neutralised_sql('cell')} from (select ? as cell)"
    (found,) = duckdb.execute(sql, [cell]).fetchall()
    assert found[0] == neutralised(cell)
    assert not re.match(r"[\s]*[=+\-@＝＠]", found[0])
