"""Turn a segment's SQL file into plain SQL without starting dbt.

Knows `ref()`, `var()` and the project's own clock and engine macros: what a segment may
use. Everything else is refused with a sentence, so that a preview never differs from
what dbt would build.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jinja2
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from orchestration.settings import Settings

MACRO_FILES = ("macros/clock.sql", "macros/engine")


class SegmentSqlRefusedError(Exception):
    """The SQL file cannot be read as a segment; the message says where and why."""


class Adapter:
    """Stands in for dbt's adapter: picks a macro's DuckDB implementation."""

    @jinja2.pass_context
    def dispatch(
        self, context: Context, name: str, _namespace: str
    ) -> Callable[..., str]:
        """Return the macro `duckdb__<name>`."""
        macro: Callable[..., str] = context.resolve(f"duckdb__{name}")
        return macro


def plain_sql(settings: Settings, path: Path, tables: Mapping[str, str]) -> str:
    """Return the SQL of the segment file ``path``, ready for the published database.

    ``tables`` maps a model's name to its `schema.table`.

    Raises:
        SegmentSqlRefusedError: the file cannot be read, or uses what a segment may not.
    """
    try:
        source = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise SegmentSqlRefusedError(
            f"{path} cannot be read as a UTF-8 text file."
        ) from None
    environment = ImmutableSandboxedEnvironment(
        undefined=jinja2.StrictUndefined, extensions=["jinja2.ext.do"]
    )
    names: dict[str, Any] = {
        "ref": lambda model: table_of(path, model, tables),
        "var": settings.variable,
        "adapter": Adapter(),
    }
    try:
        return environment.from_string(macros(settings) + source).render(names)
    except jinja2.TemplateSyntaxError as error:
        raise SegmentSqlRefusedError(f"{path.name}: {error.message}.") from None
    except (jinja2.TemplateError, TypeError) as error:
        raise SegmentSqlRefusedError(
            f"{path.name} uses something that a preview does not know ({error}). A segment "
            "may use ref(), var() and the macros of macros/clock.sql."
        ) from None


def table_of(path: Path, model: str, tables: Mapping[str, str]) -> str:
    """Return where the published night keeps ``model``."""
    if model not in tables:
        raise SegmentSqlRefusedError(
            f"{path.name}: the published night has no model {model}. Check the name; a new "
            "model appears after the next night."
        )
    return tables[model]


def macros(settings: Settings) -> str:
    """Return the text of the macros that a segment may use."""
    texts = []
    for name in MACRO_FILES:
        found = settings.project_dir / name
        files = [found] if found.is_file() else sorted(found.glob("*.sql"))
        texts += [file.read_text(encoding="utf-8") for file in files]
    return "\n".join(texts)
