"""Why somebody is in a segment, or is not: each condition of its SQL, and what they have.

DuckDB reads the segment's query; its conditions are the parts that `and` joins in `where`
and `having`. Each is put to the person's own rows of the published night, alone and after
those before it, so that all of them together are the segment: `test_explained.py` holds
the two against each other for every segment.
"""

import json
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from orchestration.home.published import Published
from orchestration.home.published import published_tables as published_night
from orchestration.home.settings import Settings
from orchestration.looking.lookup import find_profile
from orchestration.looking.previews import (
    PreviewRefusedError,
    printable,
    published_tables,
)
from orchestration.segments.gate import checked_query, segment_files
from orchestration.segments.sandbox import (
    READABLE,
    SegmentRefusedError,
    syntax_tree,
    walk,
)

KEY = "profile_id"
CLOCK = "clock.run_context"
VALUES_SHOWN = 3
WIDTH = 100

Node = dict[str, Any]


@dataclass(frozen=True)
class Condition:
    """One condition, and whether a row of the person fulfils it.

    ``alone``: asked of all of the person's rows; None where none is left to ask. ``so_far``:
    asked together with every condition before it.
    """

    text: str
    alone: bool | None
    so_far: bool
    found: str = ""


@dataclass(frozen=True)
class Part:
    """The conditions of one select of the query, in order."""

    name: str
    conditions: tuple[Condition, ...]

    @property
    def holds(self) -> bool:
        """Whether the person fulfils them all."""
        return all(one.so_far for one in self.conditions)


@dataclass(frozen=True)
class Explanation:
    """Whether somebody is in a segment, why, and what became of it."""

    segment: str
    profile_id: str
    published: Published
    is_member: bool
    parts: tuple[Part, ...]
    exclusion: str | None
    segments: tuple[str, ...]


def explain_member(settings: Settings, segment: str, person: str) -> Explanation:
    """Explain whether ``person`` is in ``segment`` on the published night.

    ``person`` is whatever `nightpost identity` takes; ``segment`` a name, or a .sql file.

    Raises:
        NothingPublishedError: there is no night to look at yet.
        PreviewRefusedError: no such segment, or a night would not build it.
        PersonNotFoundError, SeveralPeopleError: not one person is known by that.
    """
    try:
        with published_night(settings) as (published, connection):
            name, query = query_of(settings, connection, segment)
            profile_id = find_profile(connection, settings, person)
            return explained(connection, published, name, query, profile_id)
    except SegmentRefusedError as error:
        raise PreviewRefusedError(str(error)) from None
    except duckdb.InterruptException:
        raise PreviewRefusedError(
            f"{segment} took too long to be asked about one person. `nightpost preview "
            f"{segment}` says whether it runs in time at all."
        ) from None


def query_of(
    settings: Settings, connection: duckdb.DuckDBPyConnection, segment: str
) -> tuple[str, str]:
    """Return the name and the SQL of a segment, as a night would run it.

    Raises:
        PreviewRefusedError: no such segment.
        SegmentRefusedError: a night would not build it.
    """
    if segment.endswith(".sql"):
        path = Path(segment)
        if not path.is_file():
            raise PreviewRefusedError(f"There is no file {segment}. Check the path.")
    else:
        model = segment if segment.startswith("seg_") else f"seg_{segment}"
        files = {path.stem: path for path in segment_files(settings, ".sql")}
        if model not in files:
            raise PreviewRefusedError(
                f"There is no segment {model}. There are: {', '.join(sorted(files))}."
            )
        path = files[model]
    tables = published_tables(connection)
    marts = {
        name: there for (schema, name), there in tables.items() if schema in READABLE
    }
    return path.stem, checked_query(settings, path, marts)


def explained(
    connection: duckdb.DuckDBPyConnection,
    published: Published,
    name: str,
    query: str,
    profile_id: str,
) -> Explanation:
    """Put a segment's query and each of its conditions to one person."""
    member = connection.execute(
        f"select count(*) from ({query}\n) as segment where {KEY} = ?", [profile_id]
    ).fetchone()
    contact = connection.execute(
        "select exclusion_reason from activation.act_contactable_profiles "
        f"where {KEY} = ?",
        [profile_id],
    ).fetchone()
    others = connection.execute(
        f"select segment from activation.act_segment_memberships where {KEY} = ? "
        "order by all",
        [profile_id],
    ).fetchall()
    return Explanation(
        name,
        profile_id,
        published,
        bool(member and member[0]),
        tuple(parts_of(connection, syntax_tree(query)["node"], profile_id)),
        contact[0] if contact else "no_address",
        tuple(str(one) for (one,) in others),
    )


def parts_of(
    connection: duckdb.DuckDBPyConnection, node: Node, profile_id: str
) -> Iterator[Part]:
    """Yield each select of a query that is about people: its CTEs first, itself last."""
    entries = node["cte_map"]["map"]
    for place, entry in enumerate(entries):
        inner = deepcopy(entry["value"]["query"]["node"])
        inner["cte_map"]["map"] = [*entries[:place], *inner["cte_map"]["map"]]
        if inner["type"] == "SELECT_NODE" and key_of(inner):
            yield part_of(connection, entry["key"], inner, profile_id)
    for side in sides(node):
        yield part_of(connection, "the segment", side, profile_id)


def sides(node: Node) -> Iterator[Node]:
    """Yield the selects that a query unites; each gives people of its own."""
    if node["type"] == "SELECT_NODE":
        yield node
    elif node["type"] == "SET_OPERATION_NODE":
        for side in (node["left"], node["right"]):
            inner = deepcopy(side)
            inner["cte_map"]["map"] = [
                *node["cte_map"]["map"],
                *inner["cte_map"]["map"],
            ]
            yield from sides(inner)


def key_of(node: Node) -> Node | None:
    """Return the expression that a select calls profile_id, if it has one."""
    for one in node["select_list"]:
        if one.get("alias") == KEY or one.get("column_names", [""])[-1] == KEY:
            found: Node = {**one, "alias": ""}
            return found
    return None


def part_of(
    connection: duckdb.DuckDBPyConnection, name: str, node: Node, profile_id: str
) -> Part:
    """Put the conditions of one select to the person's rows, one after the other."""
    key = key_of(node)
    if key is None:
        return Part(name, ())
    own = equals(key, profile_id)
    conditions = [standing(connection, node, own)]
    passed: list[Node] = []
    for condition in conjuncts(node["where_clause"]):
        passed.append(condition)
        conditions.append(
            Condition(
                text_of(folded(connection, condition)),
                has_rows(connection, node, [own, condition]),
                has_rows(connection, node, [own, *passed]),
                values(connection, rows_of(node, [own]), columns_in(condition)),
            )
        )
    conditions += group_conditions(connection, node, [own, *passed])
    if node["qualify"] or limits(node):
        conditions.append(
            Condition("what a window or a limit keeps of these", None, True)
        )
    return Part(name, tuple(conditions))


def standing(connection: duckdb.DuckDBPyConnection, node: Node, own: Node) -> Condition:
    """Return whether the person has rows in what a select reads."""
    tables = [
        f"{one['schema_name']}.{one['table_name']}".removeprefix(".")
        for one in walk(node["from_table"])
        if one.get("type") == "BASE_TABLE"
    ]
    (count,) = connection.execute(sql_of(rows_of(node, [own]))).fetchone() or (0,)
    return Condition(
        f"has rows in {', '.join(dict.fromkeys(tables))}",
        bool(count),
        bool(count),
        f"{count:,} of them" if count else "",
    )


def group_conditions(
    connection: duckdb.DuckDBPyConnection, node: Node, where: Sequence[Node]
) -> Iterator[Condition]:
    """Yield each condition on the groups that are left of the person's rows."""
    conditions = list(conjuncts(node["having"]))
    if not conditions:
        return
    grouped = rows_of(node, where)
    grouped |= {name: node[name] for name in ("group_expressions", "group_sets")}
    asked = sql_of(grouped | {"select_list": conditions})
    groups = connection.execute(asked).fetchall()
    for place, condition in enumerate(conditions):
        yield Condition(
            text_of(folded(connection, condition)),
            any(group[place] for group in groups) if groups else None,
            any(all(group[: place + 1]) for group in groups),
            values(connection, grouped, aggregates_in(condition)),
        )


def conjuncts(condition: Node | None) -> Iterator[Node]:
    """Yield the parts of a condition that `and` joins."""
    if condition is None:
        return
    if condition["type"] == "CONJUNCTION_AND":
        for one in condition["children"]:
            yield from conjuncts(one)
    else:
        yield condition


def rows_of(node: Node, where: Sequence[Node]) -> Node:
    """Return the select that counts the rows which fulfil ``where``, not grouped."""
    counted = syntax_tree("select count(*)")["node"]
    return {
        **deepcopy(node),
        "modifiers": [],
        "select_list": counted["select_list"],
        "where_clause": {
            "class": "CONJUNCTION",
            "type": "CONJUNCTION_AND",
            "alias": "",
            "children": list(where),
        },
        "group_expressions": [],
        "group_sets": [],
        "having": None,
        "qualify": None,
    }


def has_rows(
    connection: duckdb.DuckDBPyConnection, node: Node, where: Sequence[Node]
) -> bool:
    """Tell whether a row of a select fulfils ``where``."""
    found = connection.execute(sql_of(rows_of(node, where))).fetchone()
    return bool(found and found[0])


def values(
    connection: duckdb.DuckDBPyConnection, node: Node, wanted: Sequence[Node]
) -> str:
    """Return what the person has in these expressions, a few values of each."""
    told = []
    for one in wanted:
        asked = sql_of(node | {"select_list": [one]})
        rows = connection.execute(
            f"select distinct * from ({asked}) order by 1"
        ).fetchall()
        shown = ", ".join(
            "null" if row[0] is None else str(row[0]) for row in rows[:VALUES_SHOWN]
        )
        more = f" and {len(rows) - VALUES_SHOWN:,} more" if rows[VALUES_SHOWN:] else ""
        if rows:
            told.append(f"{text_of(one)}: {shown}{more}")
    return "; ".join(told)


def columns_in(condition: Node) -> list[Node]:
    """Return the columns that a condition speaks of, each once, without its sub-queries.

    Nor the person's own id, which nobody needs to be told.
    """
    return once(
        one
        for one in outside(condition)
        if one.get("type") == "COLUMN_REF" and one["column_names"][-1] != KEY
    )


def aggregates_in(condition: Node) -> list[Node]:
    """Return what a condition on groups computes of them, each once."""
    sides = [
        condition[side] for side in ("left", "right", "input") if condition.get(side)
    ]
    return once(one for one in sides if columns_in(one))


def once(found: Iterator[Node]) -> list[Node]:
    """Return expressions in order, each text once."""
    return list({text_of(one): one for one in found}.values())


def outside(part: Any) -> Iterator[Node]:
    """Yield every object of a condition that stands in no sub-query."""
    if isinstance(part, dict) and part.get("type") != "SUBQUERY":
        yield part
        for one in part.values():
            yield from outside(one)
    elif isinstance(part, list):
        for one in part:
            yield from outside(one)


def folded(connection: duckdb.DuckDBPyConnection, part: Any) -> Any:
    """Return a condition for reading: what only asks the night's clock is its answer."""
    if isinstance(part, list):
        return [folded(connection, one) for one in part]
    if not isinstance(part, dict):
        return part
    if part.get("type") == "SUBQUERY" and asks_the_clock(part):
        found = connection.execute(sql_of(part["subquery"]["node"])).fetchone()
        constant = syntax_tree("select 'x'")["node"]["select_list"][0]
        constant["value"]["value"] = str(found[0]) if found else ""
        return constant
    return {name: folded(connection, one) for name, one in part.items()}


def asks_the_clock(subquery: Node) -> bool:
    """Tell whether a sub-query is one value, and of the night's clock alone."""
    tables = [one for one in walk(subquery) if one.get("type") == "BASE_TABLE"]
    return subquery["subquery_type"] == "SCALAR" and {
        f"{one['schema_name']}.{one['table_name']}" for one in tables
    } == {CLOCK}


def limits(node: Node) -> bool:
    """Tell whether a select keeps only some of its rows."""
    return any("LIMIT" in one["type"] for one in node["modifiers"])


def equals(key: Node, profile_id: str) -> Node:
    """Return the condition that a row is of this person."""
    literal = profile_id.replace("'", "''")
    compared = syntax_tree(f"select x = '{literal}'")["node"]["select_list"][0]
    return {**compared, "left": key}


def sql_of(node: Mapping[str, Any]) -> str:
    """Return the SQL of a syntax tree."""
    whole = {"error": False, "statements": [{"node": node, "named_param_map": []}]}
    found = parser().execute("select json_deserialize_sql(?)", [json.dumps(whole)])
    return str((found.fetchone() or ("",))[0])


@cache
def parser() -> duckdb.DuckDBPyConnection:
    """Return a connection that reads no data and only writes SQL."""
    return duckdb.connect()


def text_of(expression: Node) -> str:
    """Return an expression as text."""
    bare = syntax_tree("select 1")["node"] | {"select_list": [expression]}
    text = sql_of(bare).removeprefix("SELECT ")
    is_wrapped = text.startswith("(") and text.endswith(")")
    return text[1:-1] if is_wrapped else text


def as_text(told: Explanation) -> str:
    """Return an explanation as lines for a terminal."""
    verdict = "in it" if told.is_member else "not in it"
    lines = [
        f"{told.segment} and {told.profile_id}, on the night of {told.published.night}: "
        f"{verdict}",
    ]
    for part in told.parts:
        lines += ["", f"{part.name[0].upper()}{part.name[1:]}"]
        lines += [line for one in part.conditions for line in condition_lines(one)]
    lines += [
        "",
        f"May be written to: {f'no ({told.exclusion})' if told.exclusion else 'yes'}",
        f"In the segments:   {', '.join(told.segments) or 'none'}",
    ]
    return "\n".join(lines)


def condition_lines(one: Condition) -> Iterator[str]:
    """Yield a condition's line, and what the person has."""
    if one.so_far:
        answer = "yes"
    elif one.alone is None:
        answer = "-"
    else:
        answer = "alone" if one.alone else "no"
    first, *more = textwrap.wrap(printable(one.text), WIDTH)
    yield f"  {answer:<6}{first}"
    yield from (f"        {line}" for line in more)
    if one.found:
        yield f"        has {printable(one.found)}"
