"""What a README claims to exist: paths, links, make targets, commands and dbt models."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

SUFFIXES: Final = (
    "cfg", "csv", "css", "db", "duckdb", "gz", "html", "j2", "json", "jsonl", "lock",
    "md", "parquet", "png", "py", "sh", "sql", "svg", "toml", "txt", "yaml", "yml",
)  # fmt: skip
ROOMS: Final = ("dbt_project", "orchestration", "exporters", "seeds", "tests")
# First folders and bare names that a run makes under NIGHTPOST_HOME; not in the repository.
MADE_BY_A_RUN: Final = {
    "audiences", "CURRENT", "dagster", "data", "dbt", "demo_truth", "destinations",
    "entered.csv", "inbox", "keys", "left.csv", "manifest.json", "members.csv", "outbox",
    "payloads", "payloads.jsonl", "published", "raw", "rejected", "rejects.csv", "state",
    "warehouse",
}  # fmt: skip
# Written like a path, and none. Add a word here only with its reason.
NOT_PATHS: Final = {
    "//": "an operator that is banned",
    "text/html": "a media type",
    "text/plain": "a media type",
    "Europe/London": "a time zone",
}
MODEL: Final = re.compile(r"(stg|int|seg|act)_[a-z0-9_]+")
COMMAND: Final = re.compile(r"(?:^|[;&|$]\s*)(make|nightpost)\s+([a-z][a-z-]*)")


@dataclass(frozen=True)
class Claim:
    """Something that a README says is there: its kind, its words and its line."""

    kind: str
    words: str
    line: int


def read_claims(text: str) -> Iterator[Claim]:
    """Return what ``text``, a README in Markdown, claims to exist."""
    is_code = False
    for number, line in enumerate(text.splitlines(), start=1):
        if line.lstrip().startswith("```"):
            is_code = not is_code
        elif is_code:
            yield from _commands(line.strip(), number)
        else:
            for token in re.findall(r"`([^`]+)`", line):
                yield from _token(token.strip(), number)
            for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", line):
                if not target.startswith(("http:", "https:", "mailto:")):
                    yield Claim("path", target, number)


def _token(token: str, line: int) -> Iterator[Claim]:
    if MODEL.fullmatch(token):
        yield Claim("model", token, line)
    elif COMMAND.match(token):
        yield from _commands(token, line)
    elif _is_path(token):
        yield Claim("path", token, line)


def _commands(line: str, number: int) -> Iterator[Claim]:
    for program, word in COMMAND.findall(line.removeprefix("$ ")):
        yield Claim("make target" if program == "make" else "command", word, number)


def _is_path(token: str) -> bool:
    if " " in token or "://" in token or token in NOT_PATHS or token.startswith("."):
        return False
    bare_name = re.fullmatch(rf"[\w<>*{{}},.…-]+\.({'|'.join(SUFFIXES)})", token)
    return bare_name is not None or bool(
        re.fullmatch(r"[\w<>*{},./…-]*/[\w<>*{},./…-]*", token)
    )


def examples(text: str) -> tuple[str, ...]:
    """Return the paths that a page says are its own examples, to be made by the reader.

    The page says so in a comment: `<!-- examples, not in the tree: a/b.sql, c/ -->`.
    """
    found = re.findall(r"<!-- examples, not in the tree: ([^>]*?) -->", text)
    return tuple(word.strip() for line in found for word in line.split(","))


def exists(path: str, beside: Path, repository: Path) -> bool:
    """Tell whether ``path`` is in the tree, or is one of the things that a run makes.

    It may be meant from the README's folder or one below it, from the repository, the dbt
    project or its models. `<name>`, `…` and `*` stand for anything; a bare file name may
    stand anywhere in a room of the repository.
    """
    if path.split("/", maxsplit=1)[0] in MADE_BY_A_RUN or path.startswith("raw_"):
        return True
    pattern = re.sub(r"<[^>]*>|…|\.\.\.", "*", path).strip("/")
    project = repository / "dbt_project"
    roots = [beside, repository, project, project / "models", project / "macros"]
    if beside != repository:
        roots += [folder for folder in beside.rglob("*") if folder.is_dir()]
    if "/" not in path:
        rooms = [repository / room for room in ROOMS]
        roots += [
            *rooms,
            *(one for room in rooms for one in room.rglob("*") if one.is_dir()),
        ]
    return any(_found(root, one) for root in roots for one in _braces(pattern))


def _found(root: Path, pattern: str) -> bool:
    if pattern.startswith(".."):
        return (root / pattern).exists()
    return pattern in {"", "."} or next(root.glob(pattern), None) is not None


def _braces(pattern: str) -> list[str]:
    """Return ``pattern`` once for every word in its first `{a,b}`."""
    if not (found := re.search(r"\{([^{}]*)\}", pattern)):
        return [pattern]
    start, end = found.span()
    return [pattern[:start] + word + pattern[end:] for word in found[1].split(",")]
