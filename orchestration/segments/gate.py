"""What keeps a segment from the warehouse: every segment is judged before dbt sees it.

Its files are judged before the project is parsed, for dbt runs the Jinja that it parses;
and before it is built it is run once as a preview runs it. What is refused is held back
alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from orchestration.home.published import locked_down
from orchestration.home.settings import Settings
from orchestration.segments.caught import catch_people
from orchestration.segments.described import (
    is_personal,
    models_of,
    read_yml,
    why_refused_yml,
)
from orchestration.segments.sandbox import (
    READABLE,
    Refused,
    SegmentRefusedError,
    checked_sql,
    why_refused,
)

SEGMENTS = "segments"
CODE, WORDS = (".sql", ".py"), (".yml", ".yaml")
# What dbt reads in place of a refused file: a segment of nobody, which is never built.
NOBODY = {
    ".sql": "select cast(null as string) as profile_id where false",
    ".py": "def model(dbt, session):\n    return session.table('nobody')\n",
}
NOTHING_SAID = """
  - name: {name}
    columns: [{{name: profile_id, data_type: string}}]
"""


@dataclass(frozen=True)
class Judgement:
    """The project's segments: the SQL of each, or the sentence that refuses it.

    ``stand_ins`` is what dbt reads in place of a refused file, by its path.
    """

    queries: Mapping[Path, str]
    refused: Mapping[str, str]
    stand_ins: Mapping[str, str]


def checked_query(settings: Settings, path: Path, tables: Mapping[str, str]) -> str:
    """Return the SQL of one segment file, judged with the yml beside it.

    ``tables`` maps a mart's name to its `schema.table`.

    Raises:
        SegmentRefusedError: a night would not build it.
    """
    found = checked_sql(settings, [path], tables)[path]
    yml = path.with_suffix(".yml")
    why = found.why if isinstance(found, Refused) else None
    if not why and yml.exists():
        why = why_refused_yml(yml, judge_condition)
    if why or isinstance(found, Refused):
        raise SegmentRefusedError(f"{path.stem} {why}")
    return found


def judge_condition(sql: str) -> str | None:
    """Return why a condition in a yml is refused: it reads no table at all."""
    return why_refused(sql, set())


def judge_files(settings: Settings) -> Judgement:
    """Return what may be built of the project's segments, unless judged before."""
    read = [
        *segment_files(settings, *CODE, *WORDS),
        *sorted((settings.project_dir / "macros").rglob("*.sql")),
        settings.project_dir / "dbt_project.yml",
    ]
    texts = "".join(f"{path}\0{path.read_bytes()!r}" for path in read)
    return _judged(settings, tuple(mart_tables(settings).items()), texts)


def segment_files(settings: Settings, *suffixes: str) -> list[Path]:
    """Return the files of these kinds that dbt would read as segments."""
    folder = settings.project_dir / "models" / SEGMENTS
    return sorted(one for one in folder.rglob("*") if one.suffix in suffixes)


@lru_cache(maxsize=4)
def _judged(
    settings: Settings, tables: tuple[tuple[str, str], ...], _texts: str
) -> Judgement:
    found = checked_sql(settings, segment_files(settings, *CODE), dict(tables))
    refused: dict[str, str] = {}
    stand_ins: dict[str, str] = {}
    for path in segment_files(settings, *WORDS):
        if why := why_refused_yml(path, judge_condition):
            names = [str(model["name"]) for model in models_of(read_yml(path))]
            names = names or [path.stem]
            refused |= {name: f"{name} {why}" for name in names}
            said = "".join(NOTHING_SAID.format(name=name) for name in names)
            stand_ins[str(path)] = f"models:{said}"
    for path, one in found.items():
        if isinstance(one, Refused):
            refused[path.stem] = f"{path.stem} {one.why}"
            stand_ins[str(path)] = NOBODY[path.suffix]
    queries = {path: one for path, one in found.items() if isinstance(one, str)}
    return Judgement(
        {path: sql for path, sql in queries.items() if path.stem not in refused},
        refused,
        stand_ins,
    )


def mart_tables(settings: Settings) -> dict[str, str]:
    """Return the tables that a segment may read, by the name that ref() knows."""
    models = settings.project_dir / "models"
    return {
        path.stem: f"{schema}.{path.stem}"
        for schema in READABLE
        for path in sorted((models / schema).rglob("*.sql"))
    }


def refused_tonight(settings: Settings) -> dict[str, str]:
    """Return the segments that tonight's warehouse refuses, each with its sentence.

    Where another engine computes them, they are judged by their files alone.
    """
    judged = judge_files(settings)
    refused = dict(judged.refused)
    if settings.target != "duckdb":
        return refused
    with locked_down(settings, settings.warehouse) as connection:
        for path, query in judged.queries.items():
            try:
                catch_people(
                    settings,
                    connection,
                    path.stem,
                    query,
                    is_personal=bool(is_personal(path)),
                )
            except SegmentRefusedError as error:
                refused[path.stem] = str(error)
    return refused
