"""Compiled SQL says only what DuckDB and Spark read alike; every ban is shown to bite."""

import csv
import re

import pytest

from tests.conftest import PROJECT
from tests.conventions.portable_sql import BANNED, JAVA_ON_SPARK, find_banned

JAVA = "/* engine */ strip_accents(a) /* portable */"
REFUSED = {
    "arg_max, arg_min": ["select arg_max(a, b) from t", "select arg_min(a, b) from t"],
    "list or subscript": ["select [1, 2] as a", "select a[1] from t", "select a[1:3] from t"],
    "struct": ["select {'a': 1} as a", "select struct_pack(a) from t"],
    "day of week": [
        "select extract(dow from a) from t",
        "select dayofweek(a) from t",
        "select date_part('dow', a) from t",
    ],
    "epoch": ["select epoch(a) from t", "select epoch_ms(a) from t"],
    "strftime, strptime": ["select strftime(a, '%Y') from t", "select strptime(a, b) from t"],
    "unnest": ["select unnest(a) from t"],
    "list()": ["select list(a) from t", "select list_sort(a) from t"],
    "quantile_cont": ["select quantile_cont(a, 0.5) from t"],
    "asof join": ["select a from t asof join u on t.a >= u.a"],
    "union by name": ["select a from t union all by name select a from u"],
    "* exclude, * replace, * except": [
        "select * exclude (a) from t",
        "select * replace (1 as a) from t",
        "select * except (a) from t",
    ],
    "//": ["select a // 2 from t"],
    "arrow": ["select a ->> 'b' from t", "select a -> 'b' from t"],
    "lambda or named argument": ["select f(lambda x: x) from t", "select f(a := 1) from t"],
    "starts_with": ["select starts_with(a, 'b') from t"],
    "calendar interval": [
        "select a + interval 30 day from t",
        "select a + interval '30' day from t",
        "select a - interval 1 month from t",
        "select a - interval '1' year from t",
        "select a - interval (7) days from t",
    ],
    "interval in words": ["select a - interval '3 months' from t"],
    "trailing comma": ["select a, b, from t", "select f(a, b,) from t"],
    "bare varchar or text": ["select cast(a as varchar) from t", "select a::text from t"],
    "hugeint": ["select cast(a as hugeint) from t"],
    "regexp_": ["select regexp_extract(a, 'b') from t", "select regexp_replace(a, b, c) from t"],
    "ignore nulls inside": ["select first(a ignore nulls) from t"],
    "hash()": ["select hash(a) from t"],
    "datediff, date_sub": ["select date_diff('minute', a, b) from t", "select date_sub('day', a, b) from t"],
    "string_agg": ["select string_agg(a, ',') from t", "select array_agg(a) from t"],
    "window order without nulls": [
        "select row_number() over (order by a) from t",
        "select row_number() over (partition by b order by a nulls last, c desc) from t",
        "select ntile(5) over (order by f(a, b)) from t",
        "select sum(a) over (order by a rows between unbounded preceding and current row) from t",
    ],
    "round to digits": ["select round(a, 2) from t", "select round(a / b, 6) * c from t"],
    "java in a condition": [
        f"select 1 from t left join u on u.a = {JAVA}",
        f"select 1 from t inner join u on lower(u.a) = lower({JAVA}) and u.b = t.b",
        f"select max({JAVA}) from t",
        f"select rank() over (order by {JAVA} nulls last) from t inner join u on u.b = t.b",
        f"select count(*) filter (where {JAVA} = 'a') from t",
        f"select sum(case when {JAVA} = 'a' then 1 else 0 end) from t",
        f"select 1 from t where exists (select 1 from u where u.a = {JAVA})",
        f"select 1 from t where {JAVA} in (select a from u)",
        f"select (select b from u where u.a = {JAVA}) from t",
    ],
    "date - date": [
        "select as_of_date - birth_date from t",
        "select cast(a as date) - cast(b as date) from t",
        "select ended_at - started_at from t",
        "select max(ended_at) - min(started_at) from t",
    ],
}  # fmt: skip

ALLOWED = [
    "select round(a * 1e6) / 1e6 from t",
    "select a as text_length from t where b = 'unnest([1, 2]) // ->> varchar'",
    "select as_of_at - interval '24' hour from run_context",
    "select as_of_date + 1 from run_context",
    "select amount - fee_amount from t",
    "select row_number() over (partition by a order by b desc nulls last, c nulls first) from t",
    "select percentile_cont(0.2) within group (order by a) from t",
    "select max_by(a, b) filter (where a is not null) from t",
    "select count(*) from t -- arg_max(a, b) as a comment",
    'select "Image [Src]" from t',
    f"select {JAVA} from t where {JAVA} = 'a' group by {JAVA}",
    f"select row_number() over (partition by {JAVA} order by a nulls last) from t",
    f"select 1 from (select {JAVA} as a from t where {JAVA} <> '') as t inner join u on u.a = t.a",
    "select /* engine */ unnest(/* engine */ from_json(a, '[1]') /* portable */) /* portable */ as b from t",
]  # fmt: skip


@pytest.mark.parametrize(
    ("idiom", "sql"),
    [
        pytest.param(idiom, sql, id=sql)
        for idiom, all_sql in REFUSED.items()
        for sql in all_sql
    ],
)
def test_a_banned_idiom_is_refused(idiom: str, sql: str) -> None:
    assert idiom in {finding.idiom for finding in find_banned(sql)}


@pytest.mark.parametrize("sql", ALLOWED)
def test_portable_sql_is_let_through(sql: str) -> None:
    assert find_banned(sql) == []


def test_every_ban_is_shown_to_bite() -> None:
    assert set(BANNED) <= set(REFUSED)


def test_every_macro_that_calls_java_on_spark_is_known() -> None:
    text = (PROJECT / "macros" / "engine" / "text.sql").read_text(encoding="utf-8")
    bodies = re.findall(
        r"{% macro (\w+?)__(\w+)\(.*?-%}(.*?){%- endmacro %}", text, re.S
    )
    calling = {
        name
        for engine, name, body in bodies
        if engine == "spark"
        and re.search(r"reflect|spark__(nfc|without_accents)", body)
    }

    assert calling == set(JAVA_ON_SPARK)
    assert all(
        JAVA_ON_SPARK[name] in body
        for engine, name, body in bodies
        if engine == "duckdb" and name in JAVA_ON_SPARK
    )


def test_a_marker_without_its_partner_is_an_error() -> None:
    with pytest.raises(ValueError, match="without"):
        find_banned("select /* engine */ a from t")


def test_no_seed_says_null() -> None:
    """dbt takes the word for no value where it reads a seed for Spark, DuckDB does not."""
    told = [
        f"{seed.name}: {row}"
        for seed in sorted((PROJECT.parent / "seeds" / "reference").glob("*.csv"))
        for row in csv.reader(seed.read_text(encoding="utf-8").splitlines())
        if any(value.strip().lower() == "null" for value in row)
    ]
    assert not told


def test_every_model_and_test_is_portable(compiled_sql: dict[str, str]) -> None:
    told = [
        f"{name}: {finding}"
        for name, sql in sorted(compiled_sql.items())
        for finding in find_banned(sql)
    ]

    assert not told, "\n".join(
        ["SQL that Spark reads differently or not at all:", *told]
    )
