"""Which contents tonight's records have, reading only the texts that are not known yet."""

from collections.abc import Sequence

import duckdb

from orchestration.identity.linkage.features import FIELDS, write_features
from orchestration.identity.linkage.kept_store import STORE

RAW = "raw_one, raw_other"


def write_members(
    connection: duckdb.DuckDBPyConnection,
    records: str,
    columns: Sequence[str],
    *,
    days_first: bool,
) -> None:
    """Write temp tables `members`, `contents`, `new_raws` and `forgotten`.

    `members` (record_id, source, component_id, id) are all of ``records``, `contents` (id,
    FIELDS) only what they say that no night before knew, `forgotten` (id) what nobody
    says any more. Ids are hashes of what is said: they depend on nothing else.
    """
    texts = ", ".join(columns)
    backwards = ", ".join(reversed(columns))
    connection.execute(
        f"""
        create or replace temp table seen as
        select record_id, source, component_id,
            hash({texts}) as raw_one, hash('', {backwards}) as raw_other
        from {records};
        create or replace temp table unread as
        select {RAW}, min(record_id) as record_id
        from seen anti join {STORE}.raws using ({RAW}) group by {RAW}
        """
    )
    _read(connection, records, columns, "unread", days_first=days_first)
    text = ", '|', ".join(f"coalesce({field}, '')" for field in FIELDS)
    connection.execute(
        f"""
        create or replace temp table features_by_id as
        select ('0x' || left(md5(concat({text})), 16))::ubigint as id, features.*
        from features;
        create or replace temp table new_raws as
        select {RAW}, id
        from unread inner join features_by_id using (record_id);
        create or replace temp table members as
        with raws as (from {STORE}.raws union all from new_raws)
        select record_id, source, component_id, id
        from seen inner join raws using ({RAW});
        create or replace temp table forgotten as
        select distinct id from {STORE}.raws anti join members using (id);
        create or replace temp table contents as
        select distinct on (id) id, {", ".join(FIELDS)}
        from features_by_id anti join {STORE}.raws using (id);
        drop table features;
        drop table features_by_id;
        drop table unread
        """
    )


def read_contents(
    connection: duckdb.DuckDBPyConnection,
    records: str,
    columns: Sequence[str],
    wanted: str,
    *,
    days_first: bool,
) -> None:
    """Add to `contents` those of the query ``wanted`` (id) that are not there."""
    connection.execute(
        f"""
        create or replace temp table missing as
        with wanted as ({wanted})
        select id, min(record_id) as record_id
        from members
        where id in (select id from wanted) and id not in (select id from contents)
        group by id
        """
    )
    _read(connection, records, columns, "missing", days_first=days_first)
    connection.execute(
        f"""
        insert into contents by name
        select id, {", ".join(FIELDS)}
        from missing inner join features using (record_id);
        drop table features;
        drop table missing
        """
    )


def _read(
    connection: duckdb.DuckDBPyConnection,
    records: str,
    columns: Sequence[str],
    wanted: str,
    *,
    days_first: bool,
) -> None:
    """Write temp table `features` of the ``records`` whose ids are ``wanted``."""
    connection.execute(
        f"create or replace temp view to_read as "
        f"from {records} semi join {wanted} using (record_id)"
    )
    write_features(connection, "to_read", columns, "features", days_first=days_first)
    connection.execute("drop view to_read")
