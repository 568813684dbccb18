"""What nights keep of whom they wrote to: a row a mail, a file a night.

A night sends when readers may take its outbox, so when CURRENT moves to it. Published again
while it is the newest, it leaves the same rows; published again later it keeps what it left
then, and a past night that is run for the first time sends nothing.

A night reads the mails of the last nights, and of those before the last one of each id,
address, segment and template, which now and then a night writes down for the others. So what
is read grows with people, not with nights.
"""

import json
import shutil
from datetime import date, timedelta
from pathlib import Path

import duckdb

from orchestration.home.files import private_folder, publish_file
from orchestration.home.settings import Settings
from orchestration.home.standings import earlier_files
from orchestration.home.tables import literal

SENDS = "sends"
EARLIER_SENDS = "earlier_sends"
STATES = (SENDS, EARLIER_SENDS)
NIGHTS_BETWEEN_SUMMARIES = 28
LARGEST_LINE = 1 << 26
COLUMNS = {
    "night": "date",
    "message_id": "varchar",
    "profile_id": "varchar",
    "address_key": "varchar",
    "segment": "varchar",
    "kind": "varchar",
    "channel": "varchar",
    "template": "varchar",
    "template_sha256": "varchar",
    "variant": "varchar",
    "send_at": "timestamp",
}

NO_SENDS = f"""
select {", ".join(f"null::{kind} as {column}" for column, kind in COLUMNS.items())}
where false
"""


class SendsDoNotAddUpError(Exception):
    """A payload is not of tonight's plan, so nobody could say whom the night wrote to."""


def write_sends_view(
    connection: duckdb.DuckDBPyConnection,
    home: Path,
    night: date,
    schema: str,
    remembered_days: int,
) -> None:
    """Write the view over the mails of nights before ``night``."""
    daily = earlier_files(home.resolve(), SENDS, night)
    summaries = earlier_files(home.resolve(), EARLIER_SENDS, night)
    first = night - timedelta(days=remembered_days)
    parts = []
    if summaries:
        first = min(first, night_of(summaries[-1]))
        rows = _rows_of(summaries[-1:])
        parts.append(f"{rows} where night < date '{first.isoformat()}'")
        daily = [file for file in daily if night_of(file) >= first]
    if daily:
        parts.append(_rows_of(daily))
    connection.execute(
        f"create or replace view {schema}.{SENDS} as {' union all '.join(parts) or NO_SENDS}"
    )


def write_no_memory(connection: duckdb.DuckDBPyConnection, schema: str) -> None:
    """Write what a night without a past knows of mails, where nothing else was written."""
    connection.execute(f"create view if not exists {schema}.{SENDS} as {NO_SENDS}")
    connection.execute(
        f"create table if not exists {schema}.templates (segment varchar, template varchar)"
    )


def write_send_states(
    settings: Settings, night: date, staging: Path, name: str, *, is_sent: bool
) -> None:
    """Write whom the night wrote to; ``name`` is the run's.

    ``is_sent``: readers may take this outbox. What a night before the newest left when it
    was the newest stays as it is.

    Raises:
        SendsDoNotAddUpError: a payload is not of tonight's plan.
    """
    if not is_sent:
        for state in STATES:
            _carry_over(settings, night, name, state)
        return
    with duckdb.connect() as connection:
        connection.execute(
            f"attach {literal(settings.warehouse)} as warehouse (read_only)"
        )
        connection.execute("use warehouse")
        written = _payload_rows(staging)
        digests = json.loads((staging / "manifest.json").read_bytes())
        connection.execute(f"create temp table written as {written}")
        connection.execute(
            "create temp table templates as select unnest(map_keys(digests)) as segment, "
            "unnest(map_values(digests)) as template_sha256 "
            "from (select cast($1 as map(varchar, varchar)) as digests)",
            [digests.get("template_sha256", {})],
        )
        _check_all_are_planned(connection, night)
        sends, summary = (_file(settings, state, night, name) for state in STATES)
        _write(connection, TONIGHTS_SENDS, night, sends)
        if _is_due(settings, night):
            _write(connection, LAST_OF_EACH, night, summary)
        else:
            summary.unlink(missing_ok=True)


def sends_digest(connection: duckdb.DuckDBPyConnection) -> str:
    """Return one sha256 over the mails that the night knows of."""
    row = connection.execute(
        "select sha256(coalesce(string_agg(line, '' order by line), '')) from "
        "(select sha256(cast(sends as varchar)) as line from raw_nightpost.sends as sends)"
    ).fetchone()
    return str(row[0] if row else "")


def night_of(file: Path) -> date:
    """Return the night that a file of a state is of."""
    return date.fromisoformat(file.parent.name.partition("=")[2])


TONIGHTS_SENDS = """
select
    cast($1 as date) as night,
    written.message_id,
    written.profile_id,
    -- as the person ledger writes an identifier
    substr(sha256(concat('email:', written.email)), 1, 32) as address_key,
    plan.segment,
    plan.kind,
    plan.channel,
    plan.template,
    templates.template_sha256,
    plan.variant,
    plan.send_at
from written
inner join activation.act_send_plan as plan using (message_id)
left join templates using (segment)
order by written.profile_id, written.message_id
"""
LAST_OF_EACH = """
select * from raw_nightpost.sends
where night < $1
qualify row_number() over (
    partition by profile_id, address_key, segment, kind, channel, template
    order by send_at desc, message_id
) = 1
order by profile_id, address_key, message_id
"""


def _payload_rows(staging: Path) -> str:
    files = sorted((staging / "payloads").glob("*/payloads.jsonl"))
    if not any(file.stat().st_size for file in files):
        return (
            "select null::varchar as message_id, null::varchar as profile_id, "
            "null::varchar as email where false"
        )
    listed = ", ".join(literal(file) for file in files)
    columns = "{message_id: 'varchar', profile_id: 'varchar', email: 'varchar'}"
    return (
        f"select * from read_json([{listed}], format = 'newline_delimited', "
        f"columns = {columns}, maximum_object_size = {LARGEST_LINE})"
    )


def _check_all_are_planned(connection: duckdb.DuckDBPyConnection, night: date) -> None:
    row = connection.execute(
        "select count(*), count(plan.message_id), count(distinct written.message_id) "
        "from written left join activation.act_send_plan as plan "
        "on plan.message_id = written.message_id "
        "and plan.profile_id = written.profile_id and plan.is_planned"
    ).fetchone()
    if row and not row[0] == row[1] == row[2]:
        raise SendsDoNotAddUpError(
            f"Of {row[0]:,} mails of the night {night.isoformat()}, {row[1]:,} are planned "
            f"and {row[2]:,} have an id of their own. Nothing was published; run the night "
            f"again from its start: nightpost run --date {night.isoformat()}."
        )


def _is_due(settings: Settings, night: date) -> bool:
    """Tell whether tonight writes down the last mails of all nights before it."""
    earlier = earlier_files(settings.home, EARLIER_SENDS, night)
    return (
        not earlier or (night - night_of(earlier[-1])).days >= NIGHTS_BETWEEN_SUMMARIES
    )


def _carry_over(settings: Settings, night: date, name: str, state: str) -> None:
    """Let what an earlier publication of the night left stand under the run's name."""
    run = (settings.outbox / night.isoformat()).resolve().name
    left, target = (_file(settings, state, night, one) for one in (run, name))
    if left == target:
        return
    if not left.exists():
        target.unlink(missing_ok=True)
        return
    temporary = target.with_name(f".tmp-{target.name}")
    shutil.copyfile(left, temporary)
    publish_file(temporary, target)


def _write(
    connection: duckdb.DuckDBPyConnection, select: str, night: date, target: Path
) -> None:
    private_folder(target.parent)
    temporary = target.with_name(f".tmp-{target.name}")
    connection.execute(f"create or replace temp table kept as {select}", [night])
    connection.execute(
        f"copy (select {', '.join(COLUMNS)} from kept) to {literal(temporary)} "
        "(format parquet, compression zstd, use_tmp_file false)"
    )
    publish_file(temporary, target)


def _file(settings: Settings, state: str, night: date, name: str) -> Path:
    folder = settings.state / state / f"night={night.isoformat()}"
    return folder / f"{name}.parquet"


def sends_file(settings: Settings, night: date, name: str) -> Path:
    """Return the file of the mails that the run ``name`` of a night wrote."""
    return _file(settings, SENDS, night, name)


def _rows_of(files: list[Path]) -> str:
    listed = ", ".join(literal(file) for file in files)
    return (
        f"select {', '.join(COLUMNS)} "
        f"from read_parquet([{listed}], hive_partitioning = false)"
    )
