"""A lint over compiled SQL: idioms that DuckDB and Spark read differently, or one not at all.

What stands between `/* engine */` and `/* portable */` was written by a macro of
`dbt_project/macros/engine/` and may be anything. The rest must mean the same on both.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import sqlglot
from sqlglot import exp

ENGINE, PORTABLE = "/* engine */", "/* portable */"
JAVA_ON_SPARK: Final = {
    "without_accents": "strip_accents(",
    "name_letters": "strip_accents(",
    "html_unescaped": "'zwj;'",
    "nfc": "nfc_normalize(",
}
"""The macros that call a function of Java on Spark, and how each is known on DuckDB."""
CALENDAR_UNITS = "days?|weeks?|months?|quarters?|years?"


@dataclass(frozen=True)
class Finding:
    """A banned idiom: its name, what to write instead, and where it stands."""

    idiom: str
    instead: str
    excerpt: str

    def __str__(self) -> str:
        return f"{self.idiom}: {self.instead} (near `{self.excerpt}`)"


BANNED: Final[dict[str, tuple[str, str]]] = {
    "arg_max, arg_min": (r"\barg_(max|min)\s*\(", "write max_by or min_by"),
    "list or subscript": (r"[\[\]]", "use a macro of macros/engine/nested.sql"),
    "struct": (r"[{}]|\bstruct_pack\s*\(|\brow\s*\(", "use json_rows()"),
    "day of week": (
        r"\bextract\s*\(\s*(iso)?(dow|dayofweek|weekday)\b|\b(iso)?(dayofweek|weekday)\s*\("
        r"|\bdate_part\s*\(",
        "the engines count from different days; add a macro to macros/engine/time.sql",
    ),
    "epoch": (r"\bepoch(_ms|_us|_ns)?\s*\(", "use epoch_micros_to_utc()"),
    "strftime, strptime": (
        r"\b(try_)?str[fp]time\s*\(",
        "read times by macros/readers.sql",
    ),
    "unnest": (r"\bunnest\s*\(", "use explode_json()"),
    "list()": (r"\blist(_\w+)?\s*\(", "use json_rows()"),
    "quantile_cont": (
        r"\bquantile\w*\s*\(",
        "write percentile_cont(…) within group (order by …)",
    ),
    "asof join": (r"\basof\b", "join on row_number() over the candidates"),
    "union by name": (r"\bby\s+name\b", "list the columns"),
    "* exclude, * replace, * except": (
        r"\*\s*(exclude|replace|except)\b",
        "list the columns",
    ),
    "//": (r"//", "write floor(a / b)"),
    "arrow": (r"->>?", "use json_text()"),
    "lambda or named argument": (
        r"\blambda\b|:=",
        "use a macro of macros/engine/nested.sql",
    ),
    "starts_with": (r"\b(starts|ends)_with\s*\(", "write like 'text%'"),
    "calendar interval": (
        rf"\binterval\s+\(?\s*('[^']*'|\d+)\s*\)?\s*({CALENDAR_UNITS})\b",
        "DuckDB takes 30 days for 1 month; use days_before(), months_before() or "
        "add_months(), or add whole days to a date",
    ),
    "interval in words": (
        rf"\binterval\s+'\s*-?\d+\s*({CALENDAR_UNITS})\s*'",
        "use days_before(), months_before() or add_months()",
    ),
    "trailing comma": (
        r",\s*(\)|\bfrom\b|\bwhere\b|\bgroup\s+by\b|$)",
        "take it away; only DuckDB reads it",
    ),
    "bare varchar or text": (
        r"(\bas\s+|::\s*)(varchar|text)\b",
        "write string, which both read",
    ),
    "hugeint": (r"\bu?hugeint\b", "write decimal(38, 0)"),
    "regexp_": (r"\bregexp_\w+\s*\(", "use matches() or replace_all()"),
    "ignore nulls inside": (
        r"\bignore\s+nulls\s*\)",
        "write it behind the closing bracket",
    ),
    "hash()": (r"(?<!\w)hash\s*\(", "use sha256(); an engine's own hash may change"),
    "datediff, date_sub": (
        r"\bdate_?(diff|sub|add)\s*\(",
        "use seconds_between(); the engines round differently",
    ),
    "string_agg": (r"\b(string|list|array)_agg\s*\(", "use json_rows()"),
}
_WINDOW = re.compile(r"\bover\s*\(", re.IGNORECASE)
_ORDER_BY = re.compile(r"\border\s+by\b(.*)", re.IGNORECASE | re.DOTALL)
_FRAME = re.compile(
    r"\b(rows|range|groups)\s+(between|unbounded|current)\b.*", re.S | re.I
)
_NULLS_SAID = re.compile(r"\bnulls\s+(first|last)\s*$", re.IGNORECASE)


def find_banned(compiled: str) -> list[Finding]:
    """Return every banned idiom in ``compiled``, engine macros' output left out."""
    portable = without_engine_output(without_comments(compiled))
    masked = without_names_and_texts(portable)
    return [
        *_by_pattern(masked, portable),
        *_windows_without_nulls(masked),
        *_by_meaning(portable),
    ]


def without_comments(sql: str) -> str:
    """Return ``sql`` without comments, the engine markers kept."""
    pattern = re.compile(
        r"('(?:[^']|'')*'|\"[^\"]*\"|/\* engine \*/|/\* portable \*/)|--[^\n]*|/\*.*?\*/",
        re.S,
    )
    return pattern.sub(lambda match: match[1] or " ", sql)


def without_engine_output(sql: str) -> str:
    """Return ``sql`` with everything between the markers, which may nest, as one name.

    Raises:
        ValueError: a marker has no partner.
    """
    kept: list[str] = []
    depth = 0
    for part in re.split(f"({re.escape(ENGINE)}|{re.escape(PORTABLE)})", sql):
        if part == ENGINE:
            if depth == 0:
                kept.append(" engine_value ")
            depth += 1
        elif part == PORTABLE:
            depth -= 1
        elif depth == 0:
            kept.append(part)
        elif any(sign in part for sign in JAVA_ON_SPARK.values()):
            kept[-1] = " java_value "
        if depth < 0:
            raise ValueError(f"{PORTABLE} without {ENGINE} before it.")
    if depth:
        raise ValueError(f"{ENGINE} without {PORTABLE} behind it.")
    return "".join(kept)


def without_names_and_texts(sql: str) -> str:
    """Return ``sql`` with quoted names and texts emptied; intervals keep their text."""
    kept = re.sub(r"(?<!interval )'(?:[^']|'')*'", "''", sql, flags=re.IGNORECASE)
    return re.sub(r'"[^"]*"', "quoted_name", kept)


def _by_pattern(masked: str, portable: str) -> Iterator[Finding]:
    for idiom, (pattern, instead) in BANNED.items():
        for match in re.finditer(pattern, masked, re.IGNORECASE):
            yield Finding(idiom, instead, _excerpt(masked, match.start()))


def _windows_without_nulls(masked: str) -> Iterator[Finding]:
    for window in _WINDOW.finditer(masked):
        inside = _balanced(masked[window.end() :])
        ordering = _ORDER_BY.search(inside)
        for item in _split(_FRAME.sub("", ordering[1])) if ordering else []:
            if not _NULLS_SAID.search(item.strip()):
                yield Finding(
                    "window order without nulls",
                    "say `nulls first` or `nulls last`; the engines disagree",
                    " ".join(item.split()),
                )


def _by_meaning(portable: str) -> Iterator[Finding]:
    try:
        statements = sqlglot.parse(portable, read="duckdb")
    except sqlglot.ParseError as error:
        yield Finding("unreadable", "sqlglot cannot parse it", str(error)[:60])
        return
    for statement in statements:
        for difference in statement.find_all(exp.Sub) if statement else []:
            if _is_time(difference.this) and _is_time(difference.expression):
                yield Finding(
                    "date - date",
                    "a number in DuckDB, an interval in Spark; use seconds_between()",
                    difference.sql("duckdb")[:60],
                )
        for node in statement.walk() if statement else []:
            if _java_where_spark_takes_none(node):
                yield Finding(
                    "java in a condition",
                    "Spark takes no function of Java in a join, in a window over one, in "
                    "an aggregate or a sub-query's condition; make it a column before",
                    node.sql("duckdb")[:60],
                )
        for rounded in statement.find_all(exp.Round) if statement else []:
            if rounded.args.get("decimals"):
                yield Finding(
                    "round to digits",
                    "the engines round ties of doubles otherwise; write "
                    "round(x * 1e6) / 1e6, or cast a decimal to fewer digits",
                    rounded.sql("duckdb")[:60],
                )


def _java_where_spark_takes_none(node: exp.Expression) -> bool:
    """Tell whether a value that Java makes stands in a condition or in an aggregate.

    Spark holds a function of Java for one that gives another value each time.
    """
    if isinstance(node, exp.Join):
        return _has_java(node.args.get("on"))
    if isinstance(node, exp.Filter | exp.AggFunc):
        return _has_java(node)
    if isinstance(node, exp.Window):
        select = node.parent_select
        return bool(select and select.args.get("joins")) and _has_java(node)
    if isinstance(node, exp.In):
        return node.args.get("query") is not None and _has_java(node.this)
    return (
        isinstance(node, exp.Select)
        and _is_compared(node.parent)
        and _has_java(node.args.get("where"))
    )


def _is_compared(parent: exp.Expression | None) -> bool:
    if isinstance(parent, exp.Subquery):
        return not isinstance(parent.parent, exp.From | exp.Join)
    return isinstance(parent, exp.Exists | exp.In)


def _has_java(node: exp.Expression | None) -> bool:
    return node is not None and any(
        column.name == "java_value" for column in node.find_all(exp.Column)
    )


def _is_time(node: exp.Expression) -> bool:
    if isinstance(node, exp.Paren | exp.Subquery):
        return _is_time(node.this)
    if isinstance(node, exp.Select):
        return len(node.expressions) == 1 and _is_time(node.expressions[0])
    if isinstance(node, exp.Cast):
        return node.to.is_type("date", "timestamp", "timestamptz")
    if isinstance(node, exp.Func) and node.args.get("this") is not None:
        return isinstance(node, exp.Max | exp.Min) and _is_time(node.this)
    return isinstance(node, exp.Column) and node.name.endswith(("_date", "_at"))


def _balanced(text: str) -> str:
    """Return ``text`` up to the bracket that closes it."""
    depth = 1
    for index, character in enumerate(text):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth == 0:
            return text[:index]
    return text


def _split(text: str) -> list[str]:
    """Split ``text`` at its commas, those in brackets left out."""
    parts, depth = [""], 0
    for character in text:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return parts


def _excerpt(text: str, at: int) -> str:
    return " ".join(text[max(0, at - 25) : at + 35].split())
