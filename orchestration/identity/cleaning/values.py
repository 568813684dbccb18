"""Judge every distinct address and phone number that staging found, once, over all nights.

Between dbt's stages `staging` and `facts`. A value's judgement does not depend on the
night, so it is kept beside the warehouse and only values that were never seen are judged;
with or without that file the tables are the same. What tonight's sources no longer hold
leaves the file with the night.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.home.files import create_private_file, private_folder, publish_file
from orchestration.home.redaction import redact
from orchestration.home.tables import handed, identifier, literal
from orchestration.identity.cleaning.identifiers import (
    Judgement,
    is_phone_region,
    judge_email,
    judge_phone,
    rules_digest,
)

SCHEMA = "cleaned"
TABLES: Mapping[str, Mapping[str, str]] = {
    "emails": {"email_text": "varchar", "email": "varchar", "problem": "varchar"},
    "phones": {
        "phone_text": "varchar",
        "country_text": "varchar",
        "phone": "varchar",
        "problem": "varchar",
    },
}
_KEPT: Mapping[str, Sequence[str]] = {
    "emails": ("text", "value", "problem"),
    "phones": ("text", "region", "value", "problem"),
}


class CleaningError(Exception):
    """The judgements could not be written; the message names no person's data."""


@dataclass(frozen=True)
class HeldColumn:
    """A staging column that holds addresses or phones, with the country beside it."""

    schema: str
    model: str
    column: str
    holds: str
    country: str | None = None


@dataclass(frozen=True)
class Cleaned:
    """What became of one kind: how many values there are, were judged anew, are none."""

    table: str
    values: int
    judged: int
    problems: Mapping[str, int]


def held_columns(nodes: Mapping[str, Any]) -> tuple[HeldColumn, ...]:
    """Return the columns of staging models whose yml says `holds: email` or `phone`.

    Raises:
        CleaningError: `holds` says something else.
    """
    found = []
    for node in nodes.values():
        if node["resource_type"] != "model" or node["fqn"][1] != "staging":
            continue
        for name, column in node["columns"].items():
            meta = (column.get("config") or {}).get("meta") or column.get("meta") or {}
            holds = meta.get("holds")
            if holds is None:
                continue
            if holds not in ("email", "phone"):
                raise CleaningError(
                    f"{node['name']}.{name}: `holds` is email or phone, not {holds}."
                )
            found.append(
                HeldColumn(
                    node["schema"], node["name"], name, holds, meta.get("country")
                )
            )
    return tuple(sorted(found, key=lambda one: (one.model, one.column)))


def write_empty_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Write the tables of this step without rows, so that what reads them compiles."""
    connection.execute(f"create schema if not exists {SCHEMA}")
    for table, columns in TABLES.items():
        listed = ", ".join(f"{name} {kind}" for name, kind in columns.items())
        connection.execute(f"create or replace table {SCHEMA}.{table} ({listed})")


def clean_values(
    connection: duckdb.DuckDBPyConnection,
    columns: Sequence[HeldColumn],
    kept: Path,
    default_country: str,
) -> tuple[Cleaned, ...]:
    """Write `cleaned.emails` and `cleaned.phones` over the staging views of ``columns``.

    ``kept`` is the folder of the judgements of earlier nights, ``default_country`` the
    country of a number that names none, in a record that names none.

    Raises:
        CleaningError: the default country is none, or the engine refused.
    """
    if not is_phone_region(default_country):
        raise CleaningError(
            "dbt_project.yml: `default_country` must be an ISO 3166-1 alpha-2 code in "
            "capitals, like GB."
        )
    try:
        write_empty_tables(connection)
        _find_texts(connection, columns, default_country)
        return tuple(_judge(connection, table, kept) for table in TABLES)
    except duckdb.Error as error:
        raise CleaningError(
            "Addresses and phones could not be judged, so nothing was published. "
            f"The engine says: {redact(str(error))}"
        ) from None


def _find_texts(
    connection: duckdb.DuckDBPyConnection,
    columns: Sequence[HeldColumn],
    default_country: str,
) -> None:
    emails = [_texts(one) for one in columns if one.holds == "email"]
    phones = [_texts(one) for one in columns if one.holds == "phone"]
    nothing = "select null as text, '' as country_text where false"
    connection.execute(
        "create or replace temp table found_emails as select distinct text from "
        f"({' union all '.join([nothing, *emails])}) where text is not null"
    )
    regions = ", ".join(literal(code) for code in _regions(connection))
    connection.execute(
        f"""
        create or replace temp table found_phones as
        select distinct
            found.text,
            found.country_text,
            case
                when countries.country_code in ({regions}) then countries.country_code
                else {literal(default_country)}
            end as region
        from ({" union all ".join([nothing, *phones])}) as found
        left join reference.countries as countries
            on lower(countries.country_name) = lower(found.country_text)
        where found.text is not null
        """
    )


def _texts(one: HeldColumn) -> str:
    country = f"coalesce({identifier(one.country)}, '')" if one.country else "''"
    return (
        f"select {identifier(one.column)} as text, {country} as country_text "
        f"from {identifier(one.schema)}.{identifier(one.model)}"
    )


def _regions(connection: duckdb.DuckDBPyConnection) -> list[str]:
    rows = connection.execute(
        "select distinct country_code from reference.countries order by all"
    ).fetchall()
    return ["", *(code for (code,) in rows if is_phone_region(code))]


def _judge(connection: duckdb.DuckDBPyConnection, table: str, kept: Path) -> Cleaned:
    """Judge what is new, write the table and what is kept, and count the problems."""
    names = _KEPT[table]
    key = ", ".join(names[:-2])
    path = kept / f"cleaned-{table}-{rules_digest()}.parquet"
    known = _read_kept(path, names)
    with handed(connection, known=known):
        unseen = connection.execute(
            f"select distinct {key} from found_{table} anti join known using ({key}) "
            "order by all"
        ).fetchall()
        with handed(connection, judged=_table(names, _judged(table, unseen))):
            connection.execute(
                f"create or replace temp table kept_{table} as select * from "
                f"(from known union all by name from judged) "
                f"semi join found_{table} using ({key}) order by {key}"
            )
    connection.execute(
        f"insert into {SCHEMA}.{table} select found.* {_WITHOUT[table]}, "
        f"kept.value, kept.problem from found_{table} as found "
        f"inner join kept_{table} as kept using ({key}) order by all"
    )
    now = connection.execute(f"from kept_{table}").to_arrow_table()
    if unseen or now.num_rows != known.num_rows:
        _write_kept(path, now)
    for outdated in kept.glob(f"*cleaned-{table}-*.parquet"):
        if outdated != path:
            outdated.unlink()
    return _counted(connection, table, len(unseen))


_WITHOUT = {"emails": "", "phones": "exclude (region)"}


def _judged(
    table: str, unseen: Sequence[tuple[str, ...]]
) -> Iterator[tuple[str | None, ...]]:
    judge: Any = judge_email if table == "emails" else judge_phone
    for key in unseen:
        judgement: Judgement = judge(*key)
        yield (*key, judgement.value, judgement.problem)


def _table(names: Sequence[str], rows: Iterator[tuple[str | None, ...]]) -> pa.Table:
    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    return pa.table(
        {
            name: pa.array(column, pa.string())
            for name, column in zip(names, columns, strict=True)
        }
    )


def _read_kept(path: Path, names: Sequence[str]) -> pa.Table:
    """Return the judgements of earlier nights; none where the file cannot be read."""
    try:
        return pq.read_table(path).select(names).cast(_schema(names))
    except (OSError, pa.ArrowException, KeyError, ValueError):
        return _schema(names).empty_table()


def _schema(names: Sequence[str]) -> pa.Schema:
    return pa.schema([(name, pa.string()) for name in names])


def _write_kept(path: Path, rows: pa.Table) -> None:
    private_folder(path.parent)
    temporary = create_private_file(path.with_name(f".tmp-{path.name}"))
    try:
        pq.write_table(rows, temporary, compression="zstd")
        publish_file(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def _counted(connection: duckdb.DuckDBPyConnection, table: str, judged: int) -> Cleaned:
    rows = connection.execute(
        f"select coalesce(problem, ''), count(*) from {SCHEMA}.{table} group by all"
    ).fetchall()
    counts = {str(problem): int(count) for problem, count in sorted(rows)}
    values = sum(counts.values())
    counts.pop("", None)
    return Cleaned(table, values, judged, counts)
