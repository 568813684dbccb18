"""A law over all formats: what nobody sees of a header does not count, and is no loss."""

import gzip
import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from orchestration.arrivals.contracts import Column, Contract, read_contracts
from orchestration.arrivals.loads import LoadReport, load_arrivals
from orchestration.arrivals.readers.workplace import stored_names
from tests.conftest import PROJECT, every_vendor

OPT_OUT = "Unsubscribed from all email"
CONTRACT = Contract(
    "shop",
    "contacts",
    "versions",
    ",",
    '"',
    "utf-8",
    3,
    (
        Column("Record ID", True, "text", ("Contact ID",)),
        Column(OPT_OUT, False, "text"),
    ),
)
FORMATS = ("csv", "csv.gz", "jsonl", "jsonl.gz", "parquet")


def put(home: Path, suffix: str, header: list[str], row: list[str]) -> None:
    path = home / "inbox" / "shop" / "contacts" / f"{date(2026, 4, 5)}.{suffix}"
    path.parent.mkdir(parents=True)
    if suffix == "parquet":
        pq.write_table(pa.Table.from_arrays([pa.array([x]) for x in row], header), path)
        return
    if suffix.startswith("csv"):
        text = f"{','.join(header)}\n{','.join(row)}\n"
    else:
        text = json.dumps(dict(zip(header, row, strict=True))) + "\n"
    pack = gzip.compress if suffix.endswith("gz") else bytes
    path.write_bytes(pack(text.encode()))


def read(home: Path, report: LoadReport) -> dict[str, Any]:
    (line,) = report.loaded
    rows = duckdb.execute(
        "select * exclude (_source_file, export_date) from read_parquet(?)",
        [str(home / line.parquet)],
    )
    names = [column[0] for column in rows.description or ()]
    return dict(zip(names, rows.fetchall()[0], strict=True))


AROUND = {
    "a blank behind": "{} ",
    "a blank before": " {}",
    "a tab": "\t{}",
    "a fixed blank": "\u00a0{}\u00a0",
    "an ideographic blank": "{}\u3000",
    "the mark of an encoding": "\ufeff{}",
    "no width": "\u200b{}\u2060",
    "no width inside": "Uns\u200bub{}",
    "a fixed blank inside": "{}|\u00a0",
}


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("case", AROUND)
def test_what_nobody_sees_of_a_header_does_not_count(
    tmp_path: Path, suffix: str, case: str
) -> None:
    form = AROUND[case]
    header = form.format(OPT_OUT)
    if "inside" in case:
        header = OPT_OUT.replace("sub", "s\u200bub").replace(" all", "\u00a0all")
    put(
        tmp_path,
        suffix,
        [form.format("Record ID") if "in" not in case else "Record ID", header],
        ["1", "true"],
    )

    found = read(tmp_path, load_arrivals(tmp_path, [CONTRACT], []))

    assert found == {"Record ID": "1", OPT_OUT: "true"}


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("sign", ["_", "-", ".", "", "  "])
def test_blanks_signs_and_case_of_an_optional_columns_header_do_not_count(
    tmp_path: Path, suffix: str, sign: str
) -> None:
    header = OPT_OUT.title().replace(" ", sign)
    put(tmp_path, suffix, ["Record ID", f"{header}:"], ["1", "true"])

    found = read(tmp_path, load_arrivals(tmp_path, [CONTRACT], []))

    assert found == {"Record ID": "1", OPT_OUT: "true"}


def test_of_two_headers_alike_none_is_the_column(tmp_path: Path) -> None:
    two = [OPT_OUT.replace(" ", sign) for sign in "_-"]
    put(tmp_path, "csv", ["Record ID", *two], ["1", "true", "false"])

    found = read(tmp_path, load_arrivals(tmp_path, [CONTRACT], []))

    assert found == {"Record ID": "1", two[0]: "true", two[1]: "false"}


@pytest.mark.parametrize("suffix", [one for one in FORMATS if one.startswith("csv")])
def test_a_column_that_nobody_promised_may_come_twice(
    tmp_path: Path, suffix: str
) -> None:
    put(tmp_path, suffix, ["Contact ID", "Notes", "notes ", "Notes_2", ""], [*"12345"])

    report = load_arrivals(tmp_path, [CONTRACT], [])

    expected = {"Record ID": "1", "Notes": "2", "notes_3": "3", "Notes_2": "4"}
    assert read(tmp_path, report) == {**expected, "_unnamed_5": "5"}
    assert any("`notes` occurs twice" in warning for warning in report.warnings)


@pytest.mark.parametrize("suffix", FORMATS)
def test_names_that_are_one_to_the_eye_are_kept_apart(
    tmp_path: Path, suffix: str
) -> None:
    put(tmp_path, suffix, ["Record ID", "Notes", "Notes "], [*"123"])

    report = load_arrivals(tmp_path, [CONTRACT], [])

    assert read(tmp_path, report) == {"Record ID": "1", "Notes": "2", "Notes_2": "3"}
    assert report.warnings


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("second", [f"{OPT_OUT} ", f"\ufeff{OPT_OUT}", OPT_OUT.upper()])
def test_a_promised_column_twice_holds_the_file(
    tmp_path: Path, suffix: str, second: str
) -> None:
    put(tmp_path, suffix, ["Record ID", OPT_OUT, second], ["1", "true", "false"])

    (held,) = load_arrivals(tmp_path, [CONTRACT], []).held

    assert "occurs twice, so which of the two counts is not known" in held.reason


WHO_SAY_NO = [
    (contract, column)
    for contract in read_contracts(PROJECT, every_vendor())
    for column in contract.columns
    if column.says_no
]


@pytest.mark.parametrize(
    "form",
    [
        "{object}.{column}",
        "{object}: {column}",
        "{object} {column}",
        "{object}_{column}",
        "Account.{column}",
        "Person / {column}",
        "CampaignMember.{object}.{column}",
    ],
)
@pytest.mark.parametrize(
    ("contract", "column"), WHO_SAY_NO, ids=lambda one: getattr(one, "source", "")
)
def test_a_column_that_says_no_is_known_behind_the_object_that_it_is_of(
    contract: Contract, column: Column, form: str
) -> None:
    thing = contract.table.removesuffix("s").title()
    for name in (column.name, *column.aliases):
        header = form.format(object=thing, column=name)

        assert stored_names(["x", header], contract) == ("x", column.name), header


def test_the_address_of_whom_owns_a_contact_is_not_the_contacts() -> None:
    (contract,) = [
        one
        for one, _ in WHO_SAY_NO
        if (one.source, one.table) == ("salesforce", "contacts")
    ]

    names = stored_names(["Id", "Owner.Email", "Contact.Email"], contract)

    assert names == ("Id", "Owner.Email", "Email")


@pytest.mark.parametrize(
    "headers",
    [["has_opted_out"], ["Lead.Opted out", "Contact.Opted out"]],
)
def test_what_may_be_the_column_that_says_no_holds_the_file(
    tmp_path: Path, headers: list[str]
) -> None:
    contract = replace(
        CONTRACT,
        columns=(CONTRACT.columns[0], Column("opted_out", False, "text", says_no=True)),
    )
    put(tmp_path, "csv", ["Record ID", *headers], ["1", *["true"] * len(headers)])

    (held,) = load_arrivals(tmp_path, [contract], []).held

    assert "may be the opt-outs of `opted_out`" in held.reason


def test_the_opt_outs_of_another_channel_hold_no_file(tmp_path: Path) -> None:
    contract = replace(
        CONTRACT,
        columns=(CONTRACT.columns[0], Column("opted_out", False, "text", says_no=True)),
    )
    put(tmp_path, "csv", ["Record ID", "sms_opted_out"], ["1", "true"])

    assert not load_arrivals(tmp_path, [contract], []).held
