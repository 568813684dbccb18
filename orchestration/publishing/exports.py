"""Write one night's files into a private staging folder: audiences, payloads, manifest.

Knows what a night is and what is held back; how a file looks is `exporters/`' business.
Nothing here is visible to a reader until `orchestration/publishing/publish.py` has moved it.
"""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb

from exporters.audiences import AudienceReceipt, export_audience
from exporters.errors import TemplateBrokenError
from exporters.files import FileReceipt
from exporters.manifest import write_manifest
from exporters.payloads import PayloadReceipt, export_payloads, payload_columns
from exporters.rejects import Reject, write_rejects
from exporters.template_library import load_template
from exporters.unsubscribe import Sender
from exporters.waterfall import Waterfall, read_waterfalls
from orchestration.arrivals.refused_rows import refused_digest
from orchestration.home.business_days import listed_days
from orchestration.home.files import private_folder
from orchestration.home.fingerprints import (
    code_digest,
    read_sources,
    run_id,
    segment_digests,
    state_digest,
)
from orchestration.home.notes import Held, Notice, read_told
from orchestration.home.sends_state import sends_digest
from orchestration.home.settings import Settings
from orchestration.home.standings import changes_digest
from orchestration.publishing.notices import as_facts, find_notices

RENDER_WORKERS = 2


@dataclass
class Exports:
    """What one night's export wrote, and what it held back."""

    folder: Path
    run_id: str = ""
    audiences: dict[str, AudienceReceipt] = field(default_factory=dict)
    payloads: dict[str, PayloadReceipt] = field(default_factory=dict)
    waterfalls: dict[str, Waterfall] = field(default_factory=dict)
    held: tuple[Held, ...] = ()
    notices: tuple[Notice, ...] = ()

    def files(self) -> Iterator[FileReceipt]:
        """Yield the receipt of every file but the manifest and the rejects."""
        for audience in self.audiences.values():
            yield from audience.files
        for payload in self.payloads.values():
            yield payload.file

    def refused_members(self) -> list[Reject]:
        """Return every row that an audience file refused."""
        return [one for receipt in self.audiences.values() for one in receipt.rejects]

    def refused_mails(self) -> list[Reject]:
        """Return every row that a payload file refused."""
        return [one for receipt in self.payloads.values() for one in receipt.rejects]

    def left_out(self) -> list[Reject]:
        """Return every picture and link that a mail went without."""
        return [one for receipt in self.payloads.values() for one in receipt.left_out]


def export_night(settings: Settings, night: date, held: tuple[Held, ...]) -> Exports:
    """Write everything that leaves the house for ``night`` and return the receipts.

    Where a consent source is missing or too old tonight, no person's file is written.
    ``held`` is what earlier steps held back; it goes into the manifest.
    """
    exports = Exports(fresh_staging(settings, night), held=held)
    with duckdb.connect(str(settings.warehouse), read_only=True) as connection:
        check_night(connection, night)
        exports.waterfalls = read_waterfalls(connection, tonights_segments(connection))
        if consent_is_complete(connection):
            export_segments(connection, settings, exports)
        else:
            stale = stale_consents(connection)
            missing = days_missing(connection, stale[0], night) if stale else [night]
            hold_everything(exports, night, stale, missing)
        write_facts(connection, settings, night, exports)
    return exports


def fresh_staging(settings: Settings, night: date) -> Path:
    """Return the night's empty staging folder; what a killed run left is removed."""
    private_folder(settings.outbox)
    for leftover in settings.outbox.glob(".staging-*"):
        shutil.rmtree(leftover)
    return private_folder(settings.outbox / f".staging-{night.isoformat()}")


class WrongNightError(Exception):
    """The warehouse holds another night than the one that is to be exported."""


def check_night(connection: duckdb.DuckDBPyConnection, night: date) -> None:
    """Refuse to export one night's people under another night's date.

    Raises:
        WrongNightError: the warehouse was built for another night.
    """
    built = as_of_at(connection)
    row = connection.execute("select as_of_date from clock.run_context").fetchone()
    if row is None or row[0] != night:
        raise WrongNightError(
            f"The warehouse holds the night that ended at {built.isoformat()} UTC, not "
            f"{night.isoformat()}. Run the night from its start: nightpost run --date "
            f"{night.isoformat()}."
        )


def consent_is_complete(connection: duckdb.DuckDBPyConnection) -> bool:
    """Tell whether the night knows every consent event that it should; if not sure, no.

    Every consent source that is switched on must have arrived for tonight and for every
    day before, and none of its files may be held back; nor a file of any other table that
    can say no, if nobody can know whom it names: a withdrawal could be in what is missing.
    The rule is in `stg_nightpost__sources`.
    """
    row = connection.execute(
        "select bool_and(is_fresh) filter (where is_consent_source) "
        "and not bool_or(has_unknown_rows) from staging.stg_nightpost__sources"
    ).fetchone()
    return bool(row and row[0])


def stale_consents(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Return the consent tables, as `<source>/<table>`, that are not known as a whole."""
    rows = connection.execute(
        "select concat(source, '/', table_name) from staging.stg_nightpost__sources "
        "where (is_consent_source and not is_fresh) or has_unknown_rows "
        "order by not is_consent_source, source, table_name"
    ).fetchall()
    return [str(row[0]) for row in rows]


def days_missing(
    connection: duckdb.DuckDBPyConnection, table: str, night: date
) -> list[date]:
    """Return the days from a table's first export to ``night`` that have none.

    Only of a table of consents that must come every day; of others none is missing.
    """
    must_come = connection.execute(
        "select count(*) from staging.stg_nightpost__sources where is_consent_source "
        "and concat(source, '/', table_name) = $table",
        {"table": table},
    ).fetchone()
    if not must_come or not must_come[0]:
        return []
    days = connection.execute(
        "select distinct export_date from raw_nightpost.arrivals "
        "where concat(source, '/', table_name) = $table and export_date <= $night",
        {"table": table, "night": night},
    ).fetchall()
    known = {day for (day,) in days}
    first = min(known, default=night)
    every = (first + timedelta(days=n) for n in range((night - first).days + 1))
    return [day for day in every if day not in known]


def hold_everything(
    exports: Exports, night: date, stale: Sequence[str], missing: Sequence[date]
) -> None:
    """Hold all audiences back, because nobody's consent can be shown tonight.

    ``stale`` are the consent tables that are not known as a whole, ``missing`` the days of
    which the first of them has no export.
    """
    table = stale[0] if stale else "consent/ledger"
    named = "ledger" if table == "consent/ledger" else f"source {table}"
    gaps = [day for day in missing if day != night]
    faults = [
        *(["has not arrived"] if night in missing else []),
        *([f"misses {listed_days(gaps)}"] if gaps else []),
    ]
    why = " and ".join(faults) or "has a file that is held back and may say no"
    land = "that file mended" if not missing else "what is missing"
    day = min(missing, default=night)
    reason = (
        f"Nothing is exported: the consent {named} for {night.isoformat()} {why}. Land "
        f"{land} (nightpost land FILE --as {table} --date {day.isoformat()}) and run the "
        "night again."
    )
    if others := stale[1:]:
        reason += f" {', '.join(others)} cannot be relied on either."
    exports.held = (*exports.held, Held("audiences", "all", reason))


def export_segments(
    connection: duckdb.DuckDBPyConnection, settings: Settings, exports: Exports
) -> None:
    """Write every segment's audience and payloads; a broken template holds only itself."""
    sender = read_sender(settings)
    columns = tuple(payload_columns(connection))
    for segment in tonights_segments(connection):
        audience = export_audience(connection, segment, exports.folder)
        exports.audiences[segment] = audience
        try:
            template = load_template(settings.templates, segment, columns)
            exports.payloads[segment] = export_payloads(
                connection,
                template,
                segment,
                exports.folder,
                sender,
                workers=RENDER_WORKERS,
            )
        except TemplateBrokenError as broken:
            exports.held = (*exports.held, Held("template", segment, str(broken)))
        exports.waterfalls[segment] = exports.waterfalls[segment].completed(
            audience, exports.payloads.get(segment)
        )


def tonights_segments(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Return the slugs of the segments evaluated tonight, by priority."""
    rows = connection.execute(
        "select segment from activation.act_segments order by priority"
    ).fetchall()
    return [str(segment) for (segment,) in rows]


def read_sender(settings: Settings) -> Sender:
    """Return who sends, from dbt_project.yml's vars and this home's key."""
    return Sender(
        name=settings.variable("sender_name"),
        postal_address=settings.variable("sender_postal_address"),
        unsubscribe_base_url=settings.variable("unsubscribe_base_url"),
        key=settings.unsubscribe_key(),
    )


def write_facts(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    night: date,
    exports: Exports,
) -> None:
    """Write rejects.csv and, last, the manifest."""
    sources, code = read_sources(connection), code_digest(settings)
    held_back = [
        {"kind": held.kind, "name": held.name, "reason": held.reason}
        for held in sorted(set(exports.held))
    ]
    inputs = {"sources": sources, "held_back": held_back}
    state = state_digest(connection) + changes_digest(connection)
    state += refused_digest(connection) + sends_digest(connection)
    exports.run_id = run_id(night, inputs, state, code, settings.unsubscribe_key())
    refused = [
        *exports.refused_members(),
        *exports.refused_mails(),
        *exports.left_out(),
    ]
    rejects = write_rejects(refused, exports.folder)
    exports.notices = find_notices(
        connection,
        settings,
        held=exports.held,
        told=read_told(settings, night),
        waterfalls=exports.waterfalls.values(),
        members=exports.refused_members(),
        mails=exports.refused_mails(),
    )
    facts: dict[str, object] = {
        "run_id": exports.run_id,
        "as_of_date": night.isoformat(),
        "as_of_at": as_of_at(connection),
        "sources": sources,
        "code_sha256": code,
        "segment_sql_sha256": segment_digests(settings),
        "template_sha256": {
            segment: payload.template_sha256
            for segment, payload in exports.payloads.items()
        },
        "held_back": held_back,
        "notices": as_facts(exports.notices),
    }
    write_manifest(
        exports.folder,
        facts,
        files=[*exports.files(), rejects],
        waterfalls=exports.waterfalls.values(),
    )


def as_of_at(connection: duckdb.DuckDBPyConnection) -> datetime:
    """Return the night's instant, UTC."""
    row = connection.execute("select as_of_at from clock.run_context").fetchone()
    if row is None or not isinstance(row[0], datetime):
        raise LookupError(
            "clock.run_context is empty: run the night again from its start."
        )
    return row[0]
