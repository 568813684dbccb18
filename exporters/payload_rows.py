"""Rows for payloads, as plain values: text, whole numbers, floats, booleans, null.

DuckDB casts before Python sees a value, so a row is the same in every process and as
JSON: money stays exact as text, instants are UTC text to the second, doubles are
rounded to six digits.
"""

from collections.abc import Iterator, Mapping

import duckdb

from exporters.cells import key_refusal_sql, utc_text_sql
from exporters.errors import NotInAudienceError, UnsupportedColumnError
from exporters.messages import Row
from exporters.template_lint import token_name
from exporters.warehouse import answer, ask, column_types, fetch

TABLE = "act_payload_fields"
CHUNK_ROWS = 200
"""Rows that are fetched, rendered and written together."""

_AS_IS = {
    *("BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT"),
    *("UTINYINT", "USMALLINT", "UINTEGER", "VARCHAR"),
}


def payload_columns(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Return the columns of ``activation.act_payload_fields`` and their types.

    Raises:
        WarehouseUnreadableError: there is no such table.

    """
    return column_types(connection, TABLE, TABLE)


def count_rows(connection: duckdb.DuckDBPyConnection, segment: str) -> int:
    """Return how many rows `read_chunks` will yield for ``segment``.

    Raises:
        WarehouseUnreadableError: DuckDB refused the query.

    """
    sql = f"select count(*) {_FROM}"
    return int(str(answer(connection, segment, sql, [segment])[0][0]))


def read_chunks(
    connection: duckdb.DuckDBPyConnection, segment: str, types: Mapping[str, str]
) -> Iterator[list[Row]]:
    """Yield the rows of ``segment`` in order of ``profile_id``, some at a time.

    Raises:
        UnsupportedColumnError: a column's type cannot become a token.
        WarehouseUnreadableError: DuckDB refused the query.

    """
    cells = ", ".join(_plain_sql(segment, name, kind) for name, kind in types.items())
    sql = f"select {cells} {_FROM} order by payload_fields.profile_id"
    cursor = ask(connection, segment, sql, [segment])
    while rows := fetch(cursor, segment, CHUNK_ROWS):
        yield rows


def check_everybody_may_be_written_to(
    connection: duckdb.DuckDBPyConnection, segment: str
) -> None:
    """Check that each row is a member, with the same address and consent event.

    Raises:
        NotInAudienceError: some are not; the sentence says how many.
        WarehouseUnreadableError: DuckDB refused the query.

    """
    sql = f"""
        select count(*)
        from activation.{TABLE} as payload_fields
        where segment = ? and not exists (
            select 1
            from activation.act_eligibility as member
            where
                member.segment = payload_fields.segment
                and member.profile_id = payload_fields.profile_id
                and member.exclusion_reason is null
                and member.email is not distinct from payload_fields.email
                and member.consent_event_id
                    is not distinct from payload_fields.consent_event_id
        )
    """
    if strangers := answer(connection, segment, sql, [segment])[0][0]:
        raise NotInAudienceError(
            f"{segment}: {strangers} people in activation.{TABLE} are not in the "
            "audience with that address and consent. Nothing was rendered; mend the "
            "model so that it starts from act_eligibility."
        )


def check_token_names(segment: str, types: Mapping[str, str]) -> None:
    """Check that no two columns become the same token.

    Raises:
        UnsupportedColumnError: they do; the sentence names one.

    """
    for name in types:
        if token_name(name) != name and token_name(name) in types:
            raise UnsupportedColumnError(
                f"{segment}: the columns {token_name(name)} and {name} would be one "
                "token. Rename one of them in the model."
            )


_FROM = f"""
    from activation.{TABLE} as payload_fields
    where segment = ? and {key_refusal_sql()} is null
"""


def _plain_sql(segment: str, name: str, kind: str) -> str:
    column = '"' + name.replace('"', '""') + '"'
    if kind in _AS_IS:
        return column
    if kind in ("JSON", "UUID", "DATE") or kind.startswith(("DECIMAL", "ENUM")):
        return f"cast({column} as varchar)"
    if kind in ("HUGEINT", "UBIGINT", "UHUGEINT"):
        return f"cast({column} as bigint)"
    if kind in ("DOUBLE", "FLOAT"):
        finite = f"case when isfinite({column}) then {column} end"
        return f"round(cast({finite} as double), 6) + 0.0"
    if kind.startswith("TIMESTAMP"):
        return utc_text_sql(column)
    raise UnsupportedColumnError(
        f"{segment}: activation.{TABLE}.{name} has a type that cannot be a token; cast "
        "it to text, a number or a date, or name it …_json and hold JSON in it."
    )
