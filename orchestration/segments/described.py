"""Judge the yml of a segment, of which dbt would render every text and obey every setting.

It says who owns the segment, what it is for and how it is tested. It changes nothing about
how it is built, has no Jinja, and its tests ask about rows and nothing else.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

PERSONAL = "personalisation"
_FILE = {"version", "models", "unit_tests"}
_MODEL = {
    "name",
    "description",
    "config",
    "columns",
    "data_tests",
    "tests",
    "meta",
    "docs",
}
_CONFIG = {"meta", "tags", "contract", "docs", "group"}
_COLUMN = {"name", "description", "data_type", "data_tests", "tests", "config", "meta"}
_TEST_CONFIG = {"severity", "where", "warn_if", "error_if", "limit", "tags", "meta"}
_JINJA = re.compile(r"\{[{%#]")
_DOC = re.compile(r"\{\{ *doc\((['\"])\w+\1\) *\}\}")
_PLAIN = re.compile(r"[\w .,/:<>=!-]*")
_REF = re.compile(r"ref\((['\"])\w+\1\)")
# What dbt runs as Jinja though it has no braces.
_CALL = re.compile(r"\s*(env_var|ref|var|source|doc)\s*\(.*", re.DOTALL)
_HOW = "How a segment is built is for dbt_project.yml to say; take it out."


def read_yml(path: Path) -> Any:
    """Return what a yml says; None where it cannot be read, or says nothing."""
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError):
        return None


def models_of(loaded: object) -> list[Mapping[str, Any]]:
    """Return the models that a yml describes."""
    models = loaded.get("models") if isinstance(loaded, dict) else None
    found = models if isinstance(models, list) else []
    return [one for one in found if isinstance(one, dict) and "name" in one]


def is_personal(path: Path) -> bool | None:
    """Tell whether the yml beside a segment marks it; None where there is no such yml."""
    for model in models_of(read_yml(path.with_suffix(".yml"))):
        if model["name"] == path.stem:
            meta = (model.get("config") or {}).get("meta") or {}
            return bool(meta.get("uses") == PERSONAL)
    return None


def why_refused_yml(path: Path, judge: Callable[[str], str | None]) -> str | None:
    """Return why a segment's yml is refused, if so; ``judge`` does the same for SQL."""
    loaded = read_yml(path)
    if not isinstance(loaded, dict):
        return f"has a yml that cannot be read ({path.name}); check its indentation."
    return next(faults(loaded, judge), None)


def faults(
    loaded: Mapping[str, Any], judge: Callable[[str], str | None]
) -> Iterator[str]:
    """Yield what is wrong with a yml."""
    yield from unknown("its yml", loaded, _FILE)
    for text in texts(loaded):
        if _JINJA.search(_DOC.sub("", text)):
            yield "has Jinja in its yml; write there what it should say."
    for model in models_of(loaded):
        yield from unknown("its yml", model, _MODEL)
        yield from unknown("the config of its yml", model.get("config"), _CONFIG)
        columns = model.get("columns")
        for part in (model, *(columns if isinstance(columns, list) else [])):
            if part is not model:
                yield from unknown("a column of its yml", part, _COLUMN)
            for test in (*(part.get("data_tests") or []), *(part.get("tests") or [])):
                yield from test_faults(test, judge)


def unknown(where: str, part: object, known: set[str]) -> Iterator[str]:
    """Yield the settings of a part that a segment has no business with."""
    if isinstance(part, dict) and (others := sorted(set(map(str, part)) - known)):
        yield f"sets {', '.join(f'`{one}`' for one in others)} in {where}. {_HOW}"


def test_faults(test: object, judge: Callable[[str], str | None]) -> Iterator[str]:
    """Yield what is wrong with one data test."""
    if not isinstance(test, dict):
        return
    for name, arguments in test.items():
        if isinstance(arguments, dict):
            yield from unknown(
                f"its test {name}", arguments.get("config"), _TEST_CONFIG
            )
            for text in texts(arguments):
                if _PLAIN.fullmatch(text) or _REF.fullmatch(text):
                    continue
                if _CALL.fullmatch(text):
                    yield f"has a test {name} that calls something; name a model by ref('…')."
                elif why := judge(f"select 1 where ({text}\n)"):
                    yield f"has a test {name} that {why}"


def texts(part: object) -> Iterator[str]:
    """Yield every text of a yml, keys included."""
    if isinstance(part, str):
        yield part
    elif isinstance(part, dict):
        for key, one in part.items():
            yield from texts(key)
            yield from texts(one)
    elif isinstance(part, list):
        for one in part:
            yield from texts(one)
