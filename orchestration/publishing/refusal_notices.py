"""What a night says of noes that could not be read as a whole: in one sentence each.

Nobody is let in for it: in doubt such a no holds. But somebody should look.
"""

from collections.abc import Iterator

import duckdb

from orchestration.home.notes import Notice

NAMES_NOBODY, UNREADABLE, UNDATED = "no_names_nobody", "no_unreadable", "no_undated"


def refusals_in_doubt(connection: duckdb.DuckDBPyConnection) -> Iterator[Notice]:
    """Yield per source table the noes that name nobody, are unreadable, or undated.

    ``connection`` is to the night's warehouse, all marts built.
    """
    for name, count in _counts(connection, _NAMES_NOBODY):
        yield Notice(
            NAMES_NOBODY,
            f"{name}: {count:,} rows may say no and name no address that can be read, so "
            "nobody is held back for them. Look whom they mean.",
            count,
            f"nightpost rejects {name}",
        )
    for name, count in _counts(connection, _UNREADABLE):
        yield Notice(
            UNREADABLE,
            f"{name}: {count:,} people are held back, because a row that names them cannot "
            "be read and may say no. Mend the row and deliver its file again.",
            count,
            f"nightpost rejects {name}",
        )
    for name, count in _counts(connection, _UNDATED):
        yield Notice(
            UNDATED,
            f"{name}: {count:,} noes have no time that can be read. They stand as if said at "
            "the end of the day of their export.",
            count,
            f"nightpost rejects {name}",
        )


def _counts(connection: duckdb.DuckDBPyConnection, query: str) -> list[tuple[str, int]]:
    return [
        (str(name), int(count)) for name, count in connection.execute(query).fetchall()
    ]


_NAMES_NOBODY = """
select concat(source, '/', table_name), count(*)
from (
    select distinct source, table_name, file_id, row_number
    from intermediate.int_opt_outs_unioned
    where is_refusal and contact = '' and record_key is null
)
group by all
order by all
"""
_UNREADABLE = """
select concat(source, '/', table_name), count(distinct profile_id)
from marts.refusals
where kind = 'unreadable_withdrawal' and is_in_force and profile_id is not null
group by all
order by all
"""
# A shop's accounts have no time of their own, and lack none.
_UNDATED = """
select concat(source, '/', table_name), count(distinct refusal_id)
from marts.refusals
where
    said_at is null
    and kind not in ('unreadable_withdrawal', 'shop_opt_out')
    and is_in_force
group by all
order by all
"""
