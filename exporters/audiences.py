"""Audience files: who is in a segment tonight, who entered, and who left.

DuckDB writes the files itself, so memory stays bounded whatever the size. Who may be
exported was decided in ``activation``; here a row is only refused when its key cells
cannot be written as they are.
"""

from dataclasses import dataclass
from pathlib import Path

import duckdb

from exporters.cells import (
    KEY_CELLS,
    checked_segment,
    key_refusal_sql,
    neutralised_sql,
    utc_text_sql,
)
from exporters.errors import DuplicatePersonError
from exporters.files import FileReceipt, write_file_with
from exporters.rejects import Reject, value_sha256
from exporters.warehouse import answer, ask, fetch, require_columns

MEMBER_COLUMNS = (
    "profile_id",
    "email",
    "first_name",
    "last_name",
    "language",
    "country_code",
    "consent_event_id",
    "consent_at",
    "consent_source",
    "consent_policy_version",
)
"""Columns of members.csv and entered.csv, in order. A new column never joins alone."""


@dataclass(frozen=True)
class AudienceReceipt:
    """What was written for one segment; counts are rows, ``rejects`` were refused."""

    segment: str
    files: tuple[FileReceipt, ...]
    members: int
    entered: int
    left: int
    rejects: tuple[Reject, ...]


def export_audience(
    connection: duckdb.DuckDBPyConnection, segment: str, out_dir: Path
) -> AudienceReceipt:
    """Write ``audiences/<segment>/{members,entered,left}.csv`` below ``out_dir``.

    Raises:
        BadSegmentNameError: ``segment`` cannot name a folder.
        MissingColumnsError: a table of the warehouse lacks a column.
        DuplicatePersonError: a person stands twice; nothing is written.
        WarehouseUnreadableError: DuckDB refused a query.
        FileNotWrittenError: the system refused; no half file is left behind.

    """
    checked_segment(segment)
    _check_tables(connection, segment)
    members = _write(connection, segment, out_dir, "members", _members_sql())
    entered = _write(
        connection,
        segment,
        out_dir,
        "entered",
        _members_sql("and membership_change = 'entered'"),
    )
    left = _write(connection, segment, out_dir, "left", _left_sql())
    return AudienceReceipt(
        segment,
        (members, entered, left),
        members.rows,
        entered.rows,
        left.rows,
        _read_rejects(connection, segment),
    )


def _members_sql(condition: str = "") -> str:
    columns = ", ".join(f"{_cell_sql(name)} as {name}" for name in MEMBER_COLUMNS)
    return f"""
        select {columns}
        from activation.act_eligibility as eligibility
        where
            segment = $segment and exclusion_reason is null
            and {key_refusal_sql()} is null {condition}
        order by eligibility.profile_id
    """


def _left_sql() -> str:
    return f"""
        select
            {neutralised_sql("profile_id")} as profile_id,
            {neutralised_sql("departure_reason")} as reason,
            {neutralised_sql("email")} as email
        from activation.act_departures as departures
        where segment = $segment
        order by departures.profile_id
    """


def _cell_sql(name: str) -> str:
    if name in KEY_CELLS:
        return name
    return utc_text_sql(name) if name.endswith("_at") else neutralised_sql(name)


def _write(
    connection: duckdb.DuckDBPyConnection,
    segment: str,
    out_dir: Path,
    name: str,
    sql: str,
) -> FileReceipt:
    # The name is an allow-listed word, so it is safe to write into the statement;
    # COPY takes no bound values.
    query = sql.replace("$segment", f"'{segment}'")

    def fill(path: Path) -> int:
        target = str(path).replace("'", "''")
        copy = (
            f"copy ({query}) to '{target}' (format csv, header true, delimiter ',', "
            "quote '\"', escape '\"', nullstr '', use_tmp_file false)"
        )
        rows = fetch(ask(connection, segment, copy), segment, 1)
        return int(str(rows[0][0]))

    return write_file_with(out_dir, f"audiences/{segment}/{name}.csv", fill)


def _check_tables(connection: duckdb.DuckDBPyConnection, segment: str) -> None:
    member_columns = (
        *MEMBER_COLUMNS,
        "segment",
        "exclusion_reason",
        "membership_change",
    )
    left_columns = ("segment", "profile_id", "departure_reason", "email")
    require_columns(connection, segment, "act_eligibility", member_columns)
    require_columns(connection, segment, "act_departures", left_columns)
    for table in ("act_eligibility", "act_departures"):
        check_one_row_each(connection, segment, table)


def check_one_row_each(
    connection: duckdb.DuckDBPyConnection, segment: str, table: str
) -> None:
    """Check that ``activation.<table>`` has one row a person for ``segment``.

    Raises:
        DuplicatePersonError: somebody stands twice; the sentence says how many.
        WarehouseUnreadableError: DuckDB refused the query.

    """
    sql = f"""
        select count(*) - count(distinct profile_id)
        from activation.{table}
        where segment = ?
    """
    extra = answer(connection, segment, sql, [segment])[0][0]
    if extra:
        raise DuplicatePersonError(
            f"{segment}: activation.{table} holds {extra} rows too many (a person "
            "twice, or without an id). Mend the model's key; nothing was exported."
        )


def _read_rejects(
    connection: duckdb.DuckDBPyConnection, segment: str
) -> tuple[Reject, ...]:
    sql = f"""
        select profile_id, {key_refusal_sql()} as refusal, {", ".join(KEY_CELLS)}
        from activation.act_eligibility
        where segment = ? and exclusion_reason is null and refusal is not null
        order by profile_id
    """
    rejects = []
    for profile_id, refusal, *values in answer(connection, segment, sql, [segment]):
        reason, field = str(refusal).split(" ")
        digest = value_sha256(values[KEY_CELLS.index(field)])
        rejects.append(Reject(segment, str(profile_id), reason, field, digest))
    return tuple(rejects)
