"""Every macro of macros/engine/: the same answer from DuckDB and from Spark."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest
from dbt.cli.main import dbtRunner

from tests.conftest import PROJECT
from tests.spark.cluster import LOOPBACK, Cluster

ENGINE_MACROS = PROJECT / "macros" / "engine"
# No expression shows these: the comparison of a night does, in int_components.
SHOWN_BY_A_NIGHT = {"connected_parts", "connect_parts"}
Values = Sequence[str | int | None]


@dataclass(frozen=True)
class Case:
    """An expression over the column `given`, and what it is given."""

    expression: str
    values: Values
    kind: str = "string"


TEXTS = (
    None, "", " ", "Zoe\u0308 Björk-Łuk", "ZoÃ«", "a\u200bb\tc\u00a0d", "İstanbul ẞ",
    "back\\slash 'quoted' \"twice\"", "🎈 Ab9",
)  # fmt: skip
UNSEEN = "\ufeffa\u00adb\u200bc\u2060d\u180ee\u034ff\ufe0fg\u3164\u2800h\x85i\u3000j\x07l\u2028m"
NAMES = (
    "ИВАНОВ Йосиф", "Ανδρέας ΣΟΦΟΣ", "أحمد", "한지민", "王", "रवि", "がか", "Mª José 2 ❤️",
)  # fmt: skip
PAGES = (
    "Salt &amp; Pepper", "It&#8217;s &#x2019;s &rsquo;s", "Caf&eacute;&eacute",
    "&bogus; &#9999999; AT&T;", "5 &lt; 6 &quot;inch&quot;",
)  # fmt: skip
TIMES = (
    "2026-03-29 00:59:59", "2026-03-29 01:30:00", "2026-03-29 02:00:00",
    "2026-10-25 00:59:59", "2026-10-25 01:30:00.123456", "2026-10-25 02:30:00", None,
)  # fmt: skip
DATES = ("2024-02-29", "2026-01-31", "2025-11-06", None)
JSON = (
    '[{"k": "a", "v": "1"}, {"k": "b", "v": null}, {"v": "é/\\"x"}]',
    '{"not": "a list"}', "[]", '["a", 1, {"k": "a"}]', "{", "", None,
)  # fmt: skip
PARAMETERS = (
    '[{"key": "page", "value": {"int_value": "7"}}, {"key": "q", "value": {}}]',
    '[{"key": "page", "value": {"string_value": "/a", "int_value": null}}]', "x", None,
)  # fmt: skip
URLS = (
    "https://Shop.Example:8080/a?x=1&utm=caf%C3%A9+noir#z", "https://user@b.example/?utm=",
    "not a url", "http://c.example?utm=%zz", "http://d.example/a?b=utm=1",
    "http://e.example?utm=%FF", "http://f.example?utm=100%25&x", None,
)  # fmt: skip
INSTANTS = (
    "2025-05-11 09:55:16 -0400", "2025-05-11T09:55:16.25Z", "2025-05-11",
    "2025-05-11 09:55:16", "2025-13-45 09:55:16 +01:00", "2025-05-11 09:55:16 UTC", None,
)  # fmt: skip
TIMESTAMP = "timestamp"

CASES = {
    "sha256": [Case("{{ sha256('given') }}", TEXTS)],
    "matches": [Case("{{ matches('given', '^[A-Z].*[a-z]$') }}", TEXTS)],
    "matches_pattern": [Case("{{ matches_pattern('given', \"'^Zo.*'\") }}", TEXTS)],
    "replace_all": [Case("{{ replace_all('given', '[a-c]+', '-') }}", TEXTS)],
    "rewrite": [Case("{{ rewrite('given', '^(.)(.)', '\\\\2\\\\1') }}", TEXTS)],
    "name_letters": [Case("{{ name_letters('given') }}", (*TEXTS, *NAMES))],
    "html_unescaped": [Case("{{ html_unescaped('given') }}", (*TEXTS, *PAGES))],
    "without_accents": [Case("{{ without_accents('given') }}", TEXTS)],
    "nfc": [
        Case("length({{ nfc('given') }})", TEXTS),
        Case("{{ nfc('given') }}", TEXTS),
    ],
    "has_blanks_or_controls": [Case("{{ has_blanks_or_controls('given') }}", TEXTS)],
    "without_controls": [Case("{{ without_controls('given') }}", TEXTS)],
    "without_invisible": [Case("{{ without_invisible('given') }}", (*TEXTS, UNSEEN))],
    "all_matches": [Case("{{ all_matches('given', '[a-z]+', ';') }}", TEXTS)],
    "has_mojibake": [Case("{{ has_mojibake('given') }}", TEXTS)],
    "explode_text": [Case("{{ explode_text('given', ',') }}", ("a,b,,c", "a"))],
    "url_parameter": [Case("{{ url_parameter('given', 'utm') }}", URLS)],
    "url_host": [Case("{{ url_host('given') }}", URLS)],
    "json_text": [
        Case("{{ json_text('given', '$[0].k') }}", JSON),
        Case("{{ json_text('given', '$.not') }}", JSON),
    ],
    "json_texts": [Case("{{ json_texts('given', 'v') }}", JSON)],
    "json_named_text": [
        Case("{{ json_named_text('given', 'k', 'a', 'v') }}", JSON),
        Case("{{ json_named_text('given', 'k', 'none', 'v') }}", JSON),
    ],
    "explode_json": [Case("{{ explode_json('given') }}", (JSON[0], "[]", None))],
    "json_rows": [
        Case("{{ json_rows({'text': 'given', 'n': 'n'}, ['given', 'n']) }}", TEXTS[1:])
    ],
    "key_values": [Case("{{ value_of(key_values('given'), 'page') }}", PARAMETERS)],
    "value_of": [Case("{{ value_of(key_values('given'), 'q') }}", PARAMETERS)],
    "local_to_utc": [
        Case("{{ local_to_utc('given', 'Europe/London') }}", TIMES, TIMESTAMP)
    ],
    "utc_to_local": [
        Case("{{ utc_to_local('given', 'America/New_York') }}", TIMES, TIMESTAMP)
    ],
    "local_to_utc_in": [
        Case("{{ local_to_utc_in('given', \"'Asia/Kolkata'\") }}", TIMES, TIMESTAMP),
        Case("{{ local_to_utc_in('given', \"'Europe/Berlin'\") }}", TIMES, TIMESTAMP),
    ],
    "utc_to_local_in": [
        Case("{{ utc_to_local_in('given', \"'Asia/Kolkata'\") }}", TIMES, TIMESTAMP)
    ],
    "instant_to_utc": [Case("{{ instant_to_utc('given') }}", INSTANTS)],
    "epoch_micros_to_utc": [
        Case(
            "{{ epoch_micros_to_utc('given') }}", (0, 1774825199123456, None), "bigint"
        )
    ],
    "seconds_between": [
        Case(f"{{{{ seconds_between({ends}) }}}}", TIMES, TIMESTAMP)
        for ends in (
            "'given', \"cast('2026-03-30' as \" ~ timestamp_type() ~ ')'",
            "\"cast('2026-03-28 10:00:00.5' as \" ~ timestamp_type() ~ ')', 'given'",
        )
    ],
    "timestamp_type": [
        Case("cast(given as {{ timestamp_type() }})", ("2026-03-29 01:30:00", None))
    ],
    "to_second": [Case("{{ to_second('given') }}", TIMES, TIMESTAMP)],
    "whole_days_between": [
        Case("{{ whole_days_between('given', \"date '2026-03-01'\") }}", DATES, "date")
    ],
    "add_months": [
        Case(f"{{{{ add_months('given', {months}) }}}}", DATES, "date")
        for months in (1, -6, -12)
    ],
    "select_replacing": [
        Case(
            "(select max(concat(a, b)) from ({{ select_replacing("
            "\"(select 'x' as a, 'y' as b) as t\", {'a': \"'z'\"}) }}) as u)",
            ("any",),
        )
    ],
}


def test_every_macro_has_a_case() -> None:
    dispatched = {
        name
        for path in ENGINE_MACROS.glob("*.sql")
        for name in re.findall(
            r'adapter\.dispatch\(\s*"(\w+)"', path.read_text(encoding="utf-8")
        )
    }
    assert dispatched == CASES.keys() | SHOWN_BY_A_NIGHT


@pytest.fixture(scope="module")
def compiled(
    cluster: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, dict[str, list[str]]]:
    """Every case's expression, by target and macro."""
    found = {}
    for target in ("duckdb", "spark"):
        folder = tmp_path_factory.mktemp(target)
        found[target] = compile_cases(target, folder, cluster.port)
    return found


def compile_cases(target: str, folder: Path, port: int) -> dict[str, list[str]]:
    """Compile all cases for ``target`` in one call of dbt."""
    separator = "-- next\n"
    inline = separator.join(
        f"{one.expression}\n" for cases in CASES.values() for one in cases
    )
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("NIGHTPOST_WAREHOUSE", str(folder / "nightpost.duckdb"))
        environment.setenv("NIGHTPOST_SPARK_PORT", str(port))
        outcome = dbtRunner().invoke(
            [
                "--quiet", "compile", "--inline", inline, "--target", target,
                "--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT),
                "--target-path", str(folder / "target"), "--log-path", str(folder / "logs"),
            ]
        )  # fmt: skip
    results = getattr(outcome.result, "results", None)
    assert results, outcome.exception
    parts = iter(str(results[0].node.compiled_code).split(separator.strip()))
    return {macro: [next(parts) for _ in cases] for macro, cases in CASES.items()}


@pytest.mark.parametrize("macro", CASES)
def test_a_macro_gives_the_same_on_both_engines(
    compiled: dict[str, dict[str, list[str]]], cluster: Cluster, macro: str
) -> None:
    for number, case in enumerate(CASES[macro]):
        with duckdb.connect() as connection:
            connection.execute("set timezone = 'UTC'")
            ours = connection.execute(
                select(case, compiled["duckdb"][macro][number], on_spark=False)
            ).fetchall()
        with spark_cursor(cluster) as cursor:
            cursor.execute(
                select(case, compiled["spark"][macro][number], on_spark=True)
            )
            theirs = cursor.fetchall()
        assert sorted(map(str, theirs)) == sorted(map(str, ours)), case.expression


@contextmanager
def spark_cursor(cluster: Cluster) -> Iterator[Any]:
    from pyhive import hive

    connection: Any = hive.connect(
        host=LOOPBACK, port=cluster.port, username="nightpost"
    )
    try:
        yield connection.cursor()
    finally:
        connection.close()


def select(case: Case, expression: str, *, on_spark: bool) -> str:
    """Return the select of a case's answers; each engine reads its own literals."""
    kind = "timestamp_ntz" if on_spark and case.kind == TIMESTAMP else case.kind
    rows = " union all ".join(
        f"select {number} as n, cast({literal(value, on_spark)} as {kind}) as given"
        for number, value in enumerate(case.values)
    )
    if "json_rows" in case.expression:
        return f"select {expression} as value from ({rows}) as given_rows"
    return (
        "select n, cast(value as string) as value from "
        f"(select n, {expression} as value from ({rows}) as given_rows) as answered"
    )


def literal(value: str | int | None, on_spark: bool) -> str:
    if value is None:
        return "null"
    text = str(value)
    if on_spark:
        escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    else:
        escaped = text.replace("'", "''")
    return f"'{escaped}'"
