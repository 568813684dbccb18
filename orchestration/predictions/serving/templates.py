"""The SQL of `dbt_project/macros/predictions.sql` for any day, without starting dbt.

The same text gives tonight's features, those of a training day in the past, and those of
any table of orders, so a model is never tested on other features than it is given.
"""

from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import jinja2
from jinja2.sandbox import SandboxedEnvironment

from orchestration.home.settings import REPOSITORY
from orchestration.segments.renderer import Adapter

MACROS = REPOSITORY / "dbt_project" / "macros"
FILES = (MACROS / "engine" / "days.sql", MACROS / "predictions.sql")


def features_sql(deeds: str, at: date) -> str:
    """Return the query for what was known of everybody at the end of ``at``."""
    return call("features_at", deeds, day(at))


def histories_sql(orders: str, at: date) -> str:
    """Return the query for what everybody had bought by the end of ``at``."""
    return call("purchase_histories", orders, day(at))


def purchases_sql(orders: str, after: date, until: date, known_by: date) -> str:
    """Return the query for who bought how often after ``after`` and by ``until``."""
    return call("purchases_between", orders, day(after), day(until), day(known_by))


def outcomes_sql(deeds: str, deed: str, at: date, days: int, known_by: date) -> str:
    """Return the query for who did ``deed`` in the ``days`` after ``at``.

    As it was known at the end of ``known_by``.
    """
    return call("deeds_after", deeds, deed, day(at), days, day(known_by))


def day(at: date) -> str:
    """Return a date as SQL."""
    return f"date '{at.isoformat()}'"


def call(macro: str, *arguments: object) -> str:
    """Return what a macro of the project gives."""
    found = getattr(_module(FILES), macro)
    return str(found(*arguments)).strip()


@lru_cache(maxsize=2)
def _module(files: tuple[Path, ...]) -> Any:
    environment = SandboxedEnvironment(
        undefined=jinja2.StrictUndefined, extensions=["jinja2.ext.do"]
    )
    text = "\n".join(file.read_text(encoding="utf-8") for file in files)
    names = {"adapter": Adapter()}
    return environment.from_string(text).make_module(names)
