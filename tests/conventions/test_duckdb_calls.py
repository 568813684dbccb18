"""No call of DuckDB's Python API that version 2 refuses; `make test-duckdb-next` runs them."""

import re

import pytest

from tests.conftest import REPOSITORY

ROOMS = ("orchestration", "exporters", "seeds")
CALLS = {
    "a table registered by hand; use `handed`": r"\bconnection\.(un)?register\(",
    "an Arrow result by its old name; use to_arrow_table": (
        r"\.(arrow|fetch_arrow_table|fetch_record_batch)\("
    ),
    "fetchone of a relation; use connection.execute": (
        r"\.(sql|query|table|view)\((?:[^()]|\([^()]*\))*\)\s*\.fetchone\("
    ),
    "a lambda with an arrow; write `lambda x:`": (
        r"\b(columns|list_\w+|apply|filter|reduce)\([^()]*\b\w+ -> "
    ),
}
EXAMPLES = {
    'connection.register("kept", table)',
    'connection.unregister("kept")',
    "found = connection.execute(query).fetch_arrow_table()",
    'connection.sql("select count(*) from t").fetchone()',
    "select columns(c -> c = 'a') from t",
    "select list_filter(a, x -> x > 1) from t",
}
ALLOWED = {
    "found = connection.execute(query).to_arrow_table()",
    'connection.execute("select count(*) from t").fetchone()',
    "def columns(self, name: str) -> list[str]:",
    "select columns(lambda c: c = 'a') from t",
    'names = connection.sql("from t").columns\nconnection.execute("from t").fetchone()',
}


def refused(text: str) -> list[str]:
    return [what for what, call in CALLS.items() if re.search(call, text)]


def test_the_rule_knows_its_calls() -> None:
    assert [len(refused(one)) for one in EXAMPLES] == [1] * len(EXAMPLES)
    assert [refused(one) for one in ALLOWED] == [[]] * len(ALLOWED)


@pytest.mark.parametrize("room", ROOMS)
def test_duckdb_is_called_in_ways_that_version_2_takes(room: str) -> None:
    found = {
        str(path.relative_to(REPOSITORY)): refused(path.read_text(encoding="utf-8"))
        for path in sorted((REPOSITORY / room).rglob("*.py"))
        if path.parts[-2:] != ("home", "tables.py")
    }

    assert {path: calls for path, calls in found.items() if calls} == {}
