"""Pollution as it is found in the wild, a law over all of it: no wrong row without a word.

The kinds are those of Pollock (Vitagliano et al., VLDB 2023), which writes one file in
2,289 ways: delimiters, quotes, escapes and line ends that differ from the declared ones,
in one row or in all; missing and surplus fields, headers and tables. Each file is made
here by seeded code and loaded by a contract that says how it should have been written.
"""

import random
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.arrivals.contracts import Column, Contract
from orchestration.arrivals.loads import LoadReport, load_arrivals

COLUMNS = ("id", "name", "note", "answer")
ROWS = 24
Row = tuple[str, ...]


def contract(**promises: Any) -> Contract:
    columns = tuple(Column(name, name == "id", "text") for name in COLUMNS)
    facts: dict[str, Any] = {
        "source": "shop",
        "table": "orders",
        "delivery": "append",
        "delimiter": ",",
        "quote": '"',
        "encoding": "utf-8",
        "max_age_days": 3,
        "columns": columns,
        "max_reject_share": 1.0,
    }
    return Contract(**(facts | promises))


def table() -> list[Row]:
    draw = random.Random(7)
    notes = ["plain", "a, b", 'the "best"', "two\nlines", "a\rreturn", "", "Zoë", "x;y"]
    return [
        (f"k{place:02d}", f"Ana {place}", draw.choice(notes), draw.choice(["", "yes"]))
        for place in range(ROWS)
    ]


def cell(text: str, quote: str = '"', always: bool = False) -> str:
    needs = always or any(mark in text for mark in ',"\n\r;')
    return quote + text.replace(quote, quote * 2) + quote if needs else text


def line(
    row: Row, *, delimiter: str = ",", quote: str = '"', always: bool = False
) -> str:
    return delimiter.join(cell(text, quote, always) for text in row)


Pollution = Callable[[list[str], int], list[str]]


def at(change: Callable[[str], str]) -> Pollution:
    """Return the pollution that changes one line; line 0 is the header."""
    return lambda lines, place: [
        *lines[:place],
        change(lines[place]),
        *lines[place + 1 :],
    ]


def everywhere(change: Callable[[str], str]) -> Pollution:
    return lambda lines, _: [change(one) for one in lines]


def between(*added: str) -> Pollution:
    return lambda lines, place: [*lines[:place], *added, *lines[place:]]


LINE_POLLUTIONS: dict[str, Pollution] = {
    "a surplus separator at the end": at(lambda one: one + ","),
    "surplus separators at the end": at(lambda one: one + ",,,"),
    "a surplus separator at the start": at(lambda one: "," + one),
    "a separator in a value without quotes": at(
        lambda one: one.replace("Ana ", "Ana, ", 1)
    ),
    "shifted, the last field empty": at(
        lambda one: one.replace("Ana ", "Ana, B", 1) + ","
    ),
    "a missing final field": at(lambda one: one.rpartition(",")[0]),
    "a missing first field": at(lambda one: one.partition(",")[2]),
    "half a row": at(lambda one: one[: len(one) // 2]),
    "a quote in a value without quotes": at(lambda one: one.replace("Ana", 'A"na', 1)),
    "two quotes in a value without quotes": at(
        lambda one: one.replace("Ana", '"A"na', 1)
    ),
    "a quote at the end of a value": at(lambda one: one.replace(",", '",', 1)),
    "a quote that opens": at(lambda one: one.replace(",", ',"', 1)),
    "text behind a closing quote": at(lambda one: one.replace("Ana", '"Ana"', 1)),
    "a blank before a quote": at(lambda one: one.replace(",Ana", ', "Ana', 1) + '"'),
    "quotes inside quotes": at(lambda one: one.replace("Ana", '"A "big" Ana', 1)),
    "escaped by a backslash": at(lambda one: one.replace("Ana", '"A \\" Ana', 1)),
    "another delimiter": at(lambda one: one.replace(",", ";")),
    "another quote": at(lambda one: one.replace("Ana", "'Ana, B'", 1)),
    "a line end that is another": at(lambda one: one + "\r" + "k99,Eve,,"),
    "a return in a value without quotes": at(
        lambda one: one.replace("Ana", "A\rna", 1)
    ),
    "an undecodable byte": at(lambda one: one.replace("Ana", "An\udcff", 1)),
    "a NUL": at(lambda one: one.replace("Ana", "An\0", 1)),
    "another delimiter in all lines": everywhere(lambda one: one.replace(",", ";")),
    "a surplus separator in all rows": lambda lines, _: [
        lines[0],
        *(one + "," for one in lines[1:]),
    ],
    "the header again": between(line(COLUMNS)),
    "a second table": between("", "sku,stock", "MUG,3", "CUP,4"),
    "a comment": between("# exported by hand"),
    "a total": between("Total,24"),
    "a preamble": lambda lines, _: ["Orders of March", "", *lines],
    "a foot": lambda lines, _: [*lines, "24 rows"],
    "no header": lambda lines, _: lines[1:],
    "blank lines": between("", "", ""),
    "lines of blanks": between("   "),
    "lines of separators": between(",,,", ",,"),
}
HARMLESS = {"blank lines"}


def polluted(name: str) -> Iterator[bytes]:
    """Yield the file polluted at some of its lines, with either line end, or none at last."""
    whole = [line(COLUMNS), *(line(row) for row in table())]
    seen = {tuple(whole)}
    for place in (0, 1, 2, 11, ROWS):
        lines = LINE_POLLUTIONS[name](whole, place)
        if tuple(lines) not in seen:
            seen.add(tuple(lines))
            for end, last in (("\n", "\n"), ("\r\n", "\r\n"), ("\n", "")):
                text = end.join(lines) + last
                yield text.encode("utf-8", "surrogateescape")


def load(home: Path, bodies: list[bytes], **promises: Any) -> LoadReport:
    folder = home / "inbox" / "shop" / "orders"
    folder.mkdir(parents=True, exist_ok=True)
    for number, body in enumerate(bodies):
        path = folder / f"{date(2026, 1, 1) + timedelta(days=number)}.csv"
        path.write_bytes(body)
    return load_arrivals(home, [contract(**promises)], [])


def loaded(home: Path, parquet: str) -> list[Row]:
    names = ", ".join(f"coalesce({name}, '')" for name in COLUMNS)
    rows: list[Row] = duckdb.execute(
        f"select {names} from read_parquet(?, file_row_number = true) "
        "order by file_row_number",
        [str(home / parquet)],
    ).fetchall()
    return rows


@pytest.mark.parametrize("name", LINE_POLLUTIONS)
def test_no_pollution_gives_a_wrong_row_without_a_word(
    tmp_path: Path, name: str
) -> None:
    bodies = list(polluted(name))

    report = load(tmp_path, bodies)

    truth = set(table())
    for one in report.loaded:
        rows = loaded(tmp_path, one.parquet)
        # of text that is its column's, not of another column, nothing can be known
        wrong = [row for row in rows if row not in truth and row != ("", "", "", "")]
        assert wrong == [], one.file
        assert one.rows_in == len(rows) + one.rows_rejected
        assert len(rows) == ROWS or one.rows_rejected or name in HARMLESS
    assert len(report.loaded) + len(report.held) + len(report.repeated) == len(bodies)


@pytest.mark.parametrize(("delimiter", "quote"), [(",", '"'), ("\t", "'"), ("§", '"')])
@pytest.mark.parametrize("always", [True, False])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_what_is_written_as_declared_is_loaded_to_the_letter(
    tmp_path: Path, quote: str, delimiter: str, always: bool, end: str
) -> None:
    draw = random.Random(f"{quote}{delimiter}{always}{end}")
    marks = [
        quote,
        delimiter,
        quote * 2,
        f"{delimiter}{quote}",
        f"{quote}{delimiter}",
        "x",
        "",
    ]
    marks += (
        ["\n", "\r", f"\n{quote}", f"{quote}\r\n{quote}"] if end != "\r" else ["\r"]
    )
    rows = [
        tuple("".join(draw.choices(marks, k=draw.randrange(5))) for _ in COLUMNS)
        for _ in range(200)
    ]
    rows = [(f"k{n}", *row[1:]) for n, row in enumerate(rows)]

    def written(text: str) -> str:
        needs = always or any(mark in text for mark in (quote, delimiter, "\n", "\r"))
        return quote + text.replace(quote, quote * 2) + quote if needs else text

    lines = [delimiter.join(map(written, row)) for row in [COLUMNS, *rows]]
    body = (end.join(lines) + end).encode()

    (one,) = load(tmp_path, [body], quote=quote, delimiter=delimiter).loaded

    assert (one.rows_loaded, one.rows_rejected) == (200, 0)
    assert sorted(loaded(tmp_path, one.parquet)) == sorted(rows)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_return_inside_quotes_is_a_letter(tmp_path: Path, end: str) -> None:
    lines = ["id,name,note,answer", *(f'k{n},Ana,"a\rb",' for n in range(3_000))]

    (one,) = load(tmp_path, [end.join([*lines, ""]).encode()]).loaded

    assert set(loaded(tmp_path, one.parquet)) == {
        (f"k{n}", "Ana", "a\rb", "") for n in range(3_000)
    }


def test_mixed_line_ends_are_line_ends(tmp_path: Path) -> None:
    (one,) = load(tmp_path, [b"id,name\r\nk1,Ana\nk2,Ben\r\n"]).loaded

    assert (one.rows_loaded, one.rows_rejected) == (2, 0)
