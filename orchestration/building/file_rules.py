"""By which rules the events of a file were worked out: those and no others.

Models `materialized: by_file` keep what every file gave. Their tables are worked out anew
where something that they read has changed: their SQL and that of the models before them,
the macros and vars named in it, the seeds, the contracts of the sources, and the code that
fills the tables before them. A comment, a description, a file's place, a template or a
mart is none of that.
"""

import ast
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from orchestration.building.stage_nodes import ancestors
from orchestration.home.fingerprints import JUDGES

BY_FILE = "by_file"
ENGINES = ("duckdb", *JUDGES)
# What decides the raw views, and what addresses and phones are judged to be.
MODULES = (
    "arrivals/raw_views.py",
    "identity/cleaning/values.py",
    "identity/cleaning/identifiers.py",
)
PACKAGE = Path(__file__).parent.parent
VENDOR_SWITCH = "use_"
COMMENTS = re.compile(r"\{#.*?#\}|^\s*--[^\n]*$", re.DOTALL | re.MULTILINE)
# What a column's yml says that a model or a loader reads.
DECIDING = ("name", "data_type", "config", "meta", "quote")
WORD = re.compile(r"[a-z_][a-z0-9_]*", re.IGNORECASE)


def file_rules(manifest: Mapping[str, Any], variables: Mapping[str, Any]) -> str:
    """Return the sha256 of all that the project's models by file are worked out by."""
    by_file = {
        unique_id
        for unique_id, node in manifest["nodes"].items()
        if node["resource_type"] == "model"
        and node["config"]["materialized"] == BY_FILE
    }
    read = by_file | ancestors(manifest, by_file)
    nodes = {
        one: node_rules({**manifest["nodes"], **manifest["sources"]}[one])
        for one in read
    }
    sql = [node["sql"] for node in nodes.values()]
    macros = named_macros(manifest["macros"], sql)
    words = set(words_of([*sql, *macros.values()]))
    parts = {
        "nodes": nodes,
        "macros": macros,
        "vars": {
            name: value
            for name, value in variables.items()
            if name in words or name.startswith(VENDOR_SWITCH)
        },
        "modules": [module_rules(name) for name in MODULES],
        "engines": {name: version(name) for name in ENGINES},
    }
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def node_rules(node: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of a model, seed or source decides rows."""
    config = node["config"]
    return {
        "sql": without_comments(node.get("raw_code") or ""),
        # a seed's rows; of a model it would be its file, comments included
        "rows": node.get("checksum") if node["resource_type"] == "seed" else None,
        "columns": {
            name: {key: value for key, value in column.items() if key in DECIDING}
            for name, column in node.get("columns", {}).items()
        },
        "materialized": config.get("materialized"),
        "column_types": config.get("column_types"),
        "meta": config.get("meta"),
        "source_meta": node.get("source_meta"),
    }


def named_macros(macros: Mapping[str, Any], sql: Iterable[str]) -> dict[str, str]:
    """Return the project's own macros that ``sql`` names, and those that these name.

    A macro that an engine has its own of is named without the engine (`duckdb__…`).
    """
    own = {
        one["name"]: without_comments(one["macro_sql"])
        for one in macros.values()
        if one["package_name"] == "nightpost"
    }
    found = {name: text for name, text in own.items() if BY_FILE in name}
    new: Iterable[str] = [*sql, *found.values()]
    while new:
        words = set(words_of(new))
        named = {
            name: text
            for name, text in own.items()
            if name not in found and words & {name, name.partition("__")[2]}
        }
        found |= named
        new = list(named.values())
    return found


def words_of(texts: Iterable[str]) -> Iterable[str]:
    """Return every word of ``texts``."""
    return (word for text in texts for word in WORD.findall(text))


def without_comments(text: str) -> str:
    """Return SQL or a macro without Jinja's comments and lines that are one."""
    return " ".join(COMMENTS.sub(" ", text).split())


@cache
def module_rules(name: str) -> str:
    """Return a module as Python reads it: without its comments, wherever modules lie."""
    module = ast.parse((PACKAGE / name).read_text(encoding="utf-8"))
    for node in ast.walk(module):
        if isinstance(node, ast.ImportFrom) and node.module:
            node.module = node.module.rpartition(".")[2]
    return ast.dump(module)
