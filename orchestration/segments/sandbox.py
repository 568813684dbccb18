"""Turn segments into plain SQL without dbt, and refuse what a segment may not do.

Both the preview and the night ask here, so what one refuses the other does, in the same
words. Rendering happens in a process of its own (`segment_renderer`) with little time and
memory; what the SQL reads is told by DuckDB's own parser. Nothing is run here.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from orchestration.home.settings import REPOSITORY, Settings

ONE_SELECT = "must be one select statement and nothing else."
# Schemas that a segment reads: marts, and the night's date.
READABLE = ("marts", "clock")
ROWS_OF_THEIR_OWN = {"unnest", "range", "generate_series"}
CLOCKS = {
    "current_date", "current_time", "current_timestamp", "get_current_time",
    "get_current_timestamp", "localtime", "localtimestamp", "now", "today",
    "transaction_timestamp", "clock_timestamp", "txid_current",
    "current_localtime", "current_localtimestamp",
}  # fmt: skip
DICE = {
    "rand", "random", "setseed", "uuid", "uuidv4", "uuidv7", "gen_random_uuid", "nextval",
}  # fmt: skip
MACHINES = {
    "getenv", "getvariable", "current_setting", "current_user", "session_user", "user",
    "current_database", "current_catalog", "current_role", "version",
}  # fmt: skip
# Stands before a table that ref() named, while the SQL is looked at.
BY_REF = "by_ref"
# Of the processor, to become SQL; and of the clock, for all of them on a busy machine.
SECONDS_ALLOWED = 5
_PATIENCE = 600


class SegmentRefusedError(Exception):
    """A segment does what a segment may not; the message says what, and what to do."""


@dataclass(frozen=True)
class Refused:
    """What became of a segment that may not be built: the rest of a sentence."""

    why: str


def checked_sql(
    settings: Settings, paths: Sequence[Path], tables: Mapping[str, str]
) -> dict[Path, str | Refused]:
    """Return for each segment file its SQL, or why it is refused."""
    found: dict[Path, str | Refused] = {}
    sources: dict[Path, str] = {}
    for path in paths:
        if path.suffix != ".sql":
            found[path] = Refused("is no SQL file; a segment is a .sql with a .yml.")
            continue
        try:
            sources[path] = path.read_text(encoding="utf-8")
        except FileNotFoundError:
            found[path] = Refused(f"cannot be read: there is no file {path}.")
        except (OSError, UnicodeDecodeError):
            found[path] = Refused("cannot be read as a UTF-8 text file.")
    readable = set(tables.values())
    marked = {name: f"{BY_REF}.{table}" for name, table in tables.items()}
    rendered = render(settings, list(sources.values()), marked)
    for path, sql in zip(sources, rendered, strict=True):
        found[path] = sql
        if isinstance(sql, str):
            why = why_refused(sql, readable)
            found[path] = Refused(why) if why else sql.replace(f"{BY_REF}.", "")
    return found


def render(
    settings: Settings, sources: Sequence[str], tables: Mapping[str, str]
) -> Iterator[str | Refused]:
    """Yield the SQL of each of ``sources``, or why there is none."""
    waiting = list(sources)
    while waiting:
        request = {
            "macros": macros(settings),
            "variables": dict(settings.variables),
            "tables": dict(tables),
            "sources": waiting,
            "seconds": SECONDS_ALLOWED,
        }
        answers = ask(request)
        for one in answers:
            yield one["sql"] if "sql" in one else Refused(one["refused"])
        del waiting[: len(answers)]
        if waiting:
            # the process has ended on the first that it has not answered
            yield Refused(
                f"took longer than {SECONDS_ALLOWED} seconds to become SQL and was "
                "stopped. Look for a loop, or a number, without end."
            )
            del waiting[0]


def ask(request: Mapping[str, object]) -> list[dict[str, str]]:
    """Return what a rendering process answered before it ended."""
    process = subprocess.Popen(
        [sys.executable, "-m", "orchestration.segments.renderer"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=REPOSITORY,
    )
    try:
        said, _ = process.communicate(json.dumps(request).encode(), timeout=_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        said, _ = process.communicate()
    return [json.loads(line) for line in said.splitlines() if line.endswith(b"}")]


def macros(settings: Settings) -> list[str]:
    """Return the texts of the project's macros."""
    folder = settings.project_dir / "macros"
    return [file.read_text(encoding="utf-8") for file in sorted(folder.rglob("*.sql"))]


def why_refused(sql: str, readable: set[str]) -> str | None:
    """Return why ``sql`` is no segment's; None where it may be built.

    ``readable`` are the tables that it may read, as `schema.table`.
    """
    if sql.endswith(";"):
        return "ends in a semicolon; dbt puts a segment into a statement of its own."
    tree = syntax_tree(sql)
    if isinstance(tree, str):
        return tree
    parts = list(walk(tree))
    own = {entry["key"] for part in parts for entry in _entries(part)}
    return next((why for part in parts if (why := why_not(part, readable, own))), None)


def syntax_tree(sql: str) -> Any:
    """Return DuckDB's own reading of one select statement, or why there is none."""
    with duckdb.connect() as connection:
        row = connection.execute("select json_serialize_sql(?)", [sql]).fetchone()
    said = (
        json.loads(row[0])
        if row
        else {"error": True, "error_type": "", "error_message": ""}
    )
    if not said["error"] and len(said["statements"]) == 1:
        return said["statements"][0]
    if said["error"] and said["error_type"] == "parser":
        return f"cannot be run: {said['error_message']}."
    return ONE_SELECT


def walk(part: Any) -> Iterator[dict[str, Any]]:
    """Yield every object of a syntax tree, the outer before the inner."""
    if isinstance(part, dict):
        yield part
        for one in part.values():
            yield from walk(one)
    elif isinstance(part, list):
        for one in part:
            yield from walk(one)


def _entries(part: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the CTEs that a part of a syntax tree names."""
    named = part.get("cte_map")
    return named["map"] if isinstance(named, dict) else []


def why_not(part: Mapping[str, Any], readable: set[str], own: set[str]) -> str | None:
    """Return why one part of a syntax tree may not stand in a segment, if so."""
    kind = part.get("type")
    if kind == "BASE_TABLE":
        return why_not_read(part, readable, own)
    if kind == "TABLE_FUNCTION":
        return why_not_made(str(part["function"].get("function_name", "")).lower())
    if kind == "SHOW_REF":
        return ONE_SELECT
    if part.get("sample"):
        return "draws a sample; a night can be run again and must give the same people."
    return why_not_said(part)


def why_not_made(name: str) -> str | None:
    """Return why a function may not give rows, if so."""
    if name in ROWS_OF_THEIR_OWN:
        return None
    return (
        f"reads {name}(); a segment reads marts by ref() and nothing else: no file, no "
        "other database, nothing of the engine's own."
    )


def why_not_said(part: Mapping[str, Any]) -> str | None:
    """Return why an expression may not be used, if so."""
    if part.get("class") == "FUNCTION":
        arguments = len(part.get("children", []))
        return why_not_called(str(part["function_name"]).lower(), arguments)
    if part.get("class") == "COLUMN_REF" and len(part["column_names"]) == 1:
        return why_not_called(str(part["column_names"][0]).lower(), 0, bare=True)
    return None


def why_not_read(
    part: Mapping[str, Any], readable: set[str], own: set[str]
) -> str | None:
    """Return why a table may not be read, if so."""
    catalog, schema, table = (
        str(part[name]) for name in ("catalog_name", "schema_name", "table_name")
    )
    if catalog == BY_REF or (not catalog and not schema and table in own):
        return None
    name = f"{schema}.{table}" if schema else table
    if name in readable:
        return (
            f'reads {name} by its own name; write {{{{ ref("{table}") }}}}, so that it is '
            "built before."
        )
    return f"reads {name}; a segment reads marts by ref(), and nothing else."


def why_not_called(name: str, arguments: int, *, bare: bool = False) -> str | None:
    """Return why a function may not be called, if so; ``bare``: without brackets."""
    called = name if bare else f"{name}()"
    if name in CLOCKS or (name == "age" and arguments == 1):
        return (
            f"reads a clock ({called}); a night can be run again, so its date is "
            "as_of_date(), and its instant as_of_at()."
        )
    if name in DICE and not bare:
        return (
            f"rolls dice ({called}); a night can be run again and must give the same "
            "people."
        )
    if name in MACHINES and not (bare and name in {"user", "version"}):
        return f"asks the machine ({called}); a segment depends on marts alone."
    return None
