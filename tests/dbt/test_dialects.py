"""Numbers, dates and times in a contract's writing are read right or not at all."""

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.conftest import call_dbt

COMMA, POINT = {"decimal": ","}, {"decimal": "."}


@pytest.fixture(scope="module")
def database(scratch_home: Path) -> Any:
    with duckdb.connect(":memory:") as connection:
        connection.execute("set timezone = 'UTC'")
        yield connection


@pytest.fixture(scope="module")
def canonical(scratch_home: Path) -> Any:
    """Return the SQL that the macros make for a contract's kinds of columns."""

    def compile_one(kind: str, contract: dict[str, str]) -> str:
        value = f"canonical_value('x', '{kind}', {json.dumps(contract)})"
        inline = (
            f"select {{{{ read_{kind}({value}) }}}} as y, {{{{ {value} }}}} as z from t"
        )
        outcome = call_dbt(scratch_home, "compile", "--inline", inline)
        assert outcome.success, outcome.exception
        (result,) = outcome.result.results
        return str(result.node.compiled_code)

    return compile_one


CASES = [
    ("decimal", {"decimal": ","}, {"1.234,56": "1234.56", "1234,5": "1234.50", "-0,99": "-0.99", "12": "12.00",
                                   "1.234": "1234.00", "1.5": None, "1,234.56": None, "NaN": None, "€ 5,00": None, "1e3": None}),
    ("decimal", {}, {"1234.56": "1234.56", "1,234.56": None, "1.234,56": None, "NaN": None, "inf": None, "-0": "0.00"}),
    ("integer", {"decimal": ","}, {"1.000": "1000", "7": "7", "1,5": None, "3,0": "3"}),
    ("integer", {}, {"7": "7", "-2": "-2", "3.0": "3", "2.5": None, "1,000": None, "": None}),
    ("date", {"date_order": "dmy"}, {"5.4.2026": "2026-04-05", "05/04/2026": "2026-04-05", "2026-04-05": "2026-04-05",
                                     "31/12/2026": "2026-12-31", "12/31/2026": None, "29.02.2026": None}),
    ("date", {"date_order": "mdy"}, {"04/05/2026": "2026-04-05", "12/31/2026": "2026-12-31", "31/12/2026": None}),
    ("instant", {"time_zone": "Europe/Berlin"}, {"2026-01-05 10:00:00": "2026-01-05 09:00:00", "2026-07-05T10:00": "2026-07-05 08:00:00",
                                                 "2026-07-05T10:00:00Z": "2026-07-05 10:00:00", "2026-07-05 10:00:00-0400": "2026-07-05 14:00:00",
                                                 "2026-07-05": "2026-07-04 22:00:00", "soon": None}),
    ("instant", {"time_zone": "Europe/Berlin", "date_order": "dmy"}, {"05.07.2026 10:00:00": "2026-07-05 08:00:00"}),
    ("instant", {}, {"2026-07-05 10:00:00": None}),
    ("local_time", {"time_zone": "America/New_York"}, {"2026-07-05 10:00:00": "2026-07-05 14:00:00"}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "contract", "expected"),
    CASES,
    ids=[f"{kind} {' '.join(c.values())}" for kind, c, _ in CASES],
)
def test_a_value_is_read_as_its_contract_writes_it_or_not_at_all(
    database: Any,
    canonical: Any,
    kind: str,
    contract: dict[str, str],
    expected: dict[str, str | None],
) -> None:
    sql = canonical(kind, contract)
    texts = [*expected, "", "  "]
    values = ", ".join(f"('{text}')" for text in texts)
    database.execute(f"create or replace table t as from (values {values}) v(x)")

    rows = database.execute(sql).fetchall()

    found = [None if y is None else str(y) for y, _ in rows[: len(expected)]]
    assert dict(zip(expected, found, strict=True)) == expected
    is_missing = [not (z or "").strip() for _, z in rows]
    assert is_missing == [not text.strip() for text in texts], (
        "what is there and cannot be read is not missing"
    )
