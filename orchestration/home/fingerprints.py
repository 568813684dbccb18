"""What a night was made from, as one short id: inputs, state, code and configuration.

The id does not depend on the order of rows in a file, on how rows are spread over files,
or on the machine: the same night has the same id wherever it is run.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date
from importlib.metadata import version
from pathlib import Path

import duckdb

from orchestration.home.settings import REPOSITORY, Settings

CODE_SUFFIXES = {".sql", ".yml", ".csv", ".json", ".py", ".j2", ".toml"}
# What decides whether an address or a number is one.
JUDGES = ("email-validator", "idna", "phonenumbers")
LEFT_BY_DBT = {"target", "logs", ".user.yml"}
# What a night's figures hang on: another version may round, fit or render otherwise.
ENGINES = (
    *("duckdb", "dbt-core", "dbt-duckdb", "jinja2", *JUDGES),
    *("numpy", "scipy", "scikit-learn", "pandas", "pyarrow"),
)
RUN_ID_LENGTH = 12


def read_sources(connection: duckdb.DuckDBPyConnection) -> dict[str, dict[str, object]]:
    """Return per source table what the night knows: newest export, rows, fingerprint.

    `rows_in` = `rows_rejected` + `rows_unreadable` + `rows_staged`.
    """
    rows = connection.execute(
        """
        with arrivals as (
            select distinct source, table_name, file_id, export_date, rows_fingerprint
            from raw_nightpost.arrivals
        ),
        known as (
            select
                source,
                table_name,
                cast(max(export_date) as varchar) as newest_export_date,
                cast(
                    sum(cast(rows_fingerprint as hugeint)) % 18446744073709551616 as varchar
                ) as rows_fingerprint
            from arrivals
            group by source, table_name
        )
        select
            source || '/' || table_name as name,
            newest_export_date,
            rows_in,
            rows_loaded,
            rows_rejected,
            rows_unreadable,
            rows_staged,
            rows_fingerprint
        from known
        inner join raw_nightpost.row_counts using (source, table_name)
        order by name
        """
    ).fetchall()
    columns = (
        "newest_export_date",
        "rows_in",
        "rows_loaded",
        "rows_rejected",
        "rows_unreadable",
        "rows_staged",
        "rows_fingerprint",
    )
    return {name: dict(zip(columns, facts, strict=True)) for name, *facts in rows}


def state_digest(connection: duckdb.DuckDBPyConnection) -> str:
    """Return the sha256 of what the night has from nights before it.

    The audiences, and the linkage model that serves it: a newly promoted one may join
    other people.
    """
    models = connection.execute(
        "select model_id from linked.linkage_runs order by all"
    ).fetchall()
    rows = connection.execute(
        """
        select segment, profile_id, is_exported
        from raw_nightpost.audiences
        order by all
        """
    ).fetchall()
    return hashlib.sha256(json.dumps([rows, models]).encode("utf-8")).hexdigest()


def files_digest(paths: Iterable[Path], root: Path) -> str:
    """Return one sha256 over the names (below ``root``) and bytes of ``paths``."""
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(path.relative_to(root).as_posix().encode("utf-8") + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def code_digest(settings: Settings) -> str:
    """Return the sha256 of every rule that decides what a night gives.

    The models, seeds, templates, exporters and orchestration, and the engines' versions.
    """
    rooms = [settings.project_dir, settings.templates]
    rooms += [
        REPOSITORY / name for name in ("seeds/reference", "exporters", "orchestration")
    ]
    parts = [files_digest(code_files(room), room) for room in rooms]
    parts += [f"{name}={version(name)}" for name in ENGINES]
    return hashlib.sha256(" ".join(parts).encode()).hexdigest()


def code_files(folder: Path) -> list[Path]:
    """Return the files below ``folder`` that decide something; READMEs do not."""
    return [path for path in written_files(folder) if path.suffix in CODE_SUFFIXES]


def written_files(folder: Path) -> list[Path]:
    """Return the files below ``folder``, but what a dbt that ran by hand left there."""
    return [
        path
        for path in folder.rglob("*")
        if path.is_file() and path.relative_to(folder).parts[0] not in LEFT_BY_DBT
    ]


def segment_digests(settings: Settings) -> dict[str, str]:
    """Return the sha256 of each segment's SQL file, by slug."""
    found = (settings.project_dir / "models" / "segments").rglob("seg_*.sql")
    return {
        path.stem.removeprefix("seg_"): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(found)
    }


def run_id(
    night: date,
    inputs: Mapping[str, object],
    state: str,
    code: str,
    unsubscribe_key: bytes,
) -> str:
    """Return the night's id: 12 hexadecimal characters over everything that goes in."""
    parts = {
        "night": night.isoformat(),
        "inputs": inputs,
        "state": state,
        "code": code,
        "unsubscribe_key": hashlib.sha256(unsubscribe_key).hexdigest(),
    }
    text = json.dumps(parts, sort_keys=True).encode("utf-8")
    return hashlib.sha256(text).hexdigest()[:RUN_ID_LENGTH]
