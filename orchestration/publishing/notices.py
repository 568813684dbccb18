"""What a night has to say for itself: one sentence for whatever did not go out whole.

The terminal, the manifest and the check on the outbox all read what is worked out here.
A notice holds names and counts, never a person's data, and follows from what the night
knew: the same night says the same again.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict

import duckdb

from exporters.rejects import Reject
from exporters.waterfall import Waterfall
from orchestration.home.notes import Held, Notice
from orchestration.home.settings import Settings
from orchestration.publishing.order_notices import (
    UNKNOWN_STATUS,
    WITHOUT_RATE,
    unplaced_orders,
)
from orchestration.publishing.refusal_notices import (
    NAMES_NOBODY,
    UNDATED,
    UNREADABLE,
    refusals_in_doubt,
)

# What is said first. A step's own codes come after these, in the order of the alphabet.
CODES = (
    "held_audiences",
    "held_source",
    "held_people",
    "held_segment",
    "held_template",
    "segment_not_listed",
    "files_not_taken",
    "audience_emptied",
    "mails_refused",
    "members_refused",
    "claims_left_out",
    NAMES_NOBODY,
    UNREADABLE,
    UNDATED,
    WITHOUT_RATE,
    UNKNOWN_STATUS,
    "source_not_fresh",
    "rows_rejected",
    "people_excluded",
)
# Where to look when something is held back; `{name}` is its name in the manifest.
LOOK_AT_HELD: Mapping[str, str] = {
    "source": "nightpost rejects {name}",
    "segment": "nightpost preview seg_{name}",
    "template": "nightpost run",
    "people": "nightpost identity clerical",
    "audiences": "nightpost rejects",
}
SHOW_REJECTS = "nightpost rejects"


def find_notices(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    *,
    held: Iterable[Held],
    told: Iterable[Notice],
    waterfalls: Iterable[Waterfall],
    members: Iterable[Reject],
    mails: Iterable[Reject],
) -> tuple[Notice, ...]:
    """Return all that a night has to say, the gravest first.

    ``connection`` is to the night's warehouse, ``told`` are the notices of earlier steps,
    ``members`` and ``mails`` the rows that an audience and a payload file refused.
    """
    falls = list(waterfalls)
    found = [
        *held_back(held),
        *not_listed(settings),
        *emptied(falls, members_before(connection)),
        *refused_mails(falls, mails),
        *refused_members(members),
        *left_out_of_mails(falls),
        *refusals_in_doubt(connection),
        *unplaced_orders(connection),
        *not_fresh(connection),
        *rejected_rows(connection),
        *excluded_people(connection),
        *told,
    ]
    return tuple(sorted(set(found), key=_gravest_first))


def as_facts(notices: Iterable[Notice]) -> list[dict[str, object]]:
    """Return ``notices`` as the manifest writes them."""
    return [asdict(notice) for notice in notices]


def read_notices(manifest: Mapping[str, object]) -> tuple[Notice, ...]:
    """Return the notices of a manifest; one of an older version has none."""
    entries = manifest.get("notices")
    return tuple(
        Notice(entry["code"], entry["sentence"], entry["count"], entry["command"])
        for entry in (entries if isinstance(entries, list) else [])
    )


def is_held(notice: Notice) -> bool:
    """Tell whether a notice is about something that is held back: the run ends with 3."""
    return notice.code.startswith("held_")


def held_back(held: Iterable[Held]) -> Iterator[Notice]:
    """Yield what is held back, in the words of whoever held it."""
    for one in held:
        command = LOOK_AT_HELD.get(one.kind, SHOW_REJECTS).format(name=one.name)
        yield Notice(f"held_{one.kind}", one.reason, 1, command)


def not_listed(settings: Settings) -> Iterator[Notice]:
    """Yield the segment files that have no place in `segment_priority`."""
    folder = settings.project_dir / "models" / "segments"
    files = {path.stem for path in folder.rglob("seg_*.sql")}
    for model in sorted(files - set(settings.segment_models)):
        sentence = (
            f"{model} has no place in `segment_priority` of dbt_project.yml, so it was left "
            "out: no audience, no mail. Add it to the list and run the night again."
        )
        yield Notice("segment_not_listed", sentence, 1, f"nightpost preview {model}")


def members_before(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Return how many people each audience of the night before had."""
    rows = connection.execute(
        "select segment, count(*) from marts.audience_history where is_exported "
        "group by segment"
    ).fetchall()
    return {str(segment): int(people) for segment, people in rows}


def emptied(
    waterfalls: Sequence[Waterfall], before: Mapping[str, int]
) -> Iterator[Notice]:
    """Yield the audiences that hold nobody, where the night before they held somebody."""
    for one in waterfalls:
        if one.audience == 0 and (people := before.get(one.segment, 0)):
            sentence = (
                f"{one.segment} is empty tonight; the night before, {people:,} people were "
                f"in its audience. {one.selected:,} were selected."
            )
            command = f"nightpost preview seg_{one.segment}"
            yield Notice("audience_emptied", sentence, people, command)


def refused_mails(
    waterfalls: Sequence[Waterfall], rejects: Iterable[Reject]
) -> Iterator[Notice]:
    """Yield per segment how many of its mails could not be made, and why."""
    reasons = reasons_by_segment(rejects)
    for one in waterfalls:
        if one.rejected:
            sentence = (
                f"{one.segment}: {one.rejected:,} of {one.rejected + one.payloads:,} mails "
                f"were not made ({_listed(reasons.get(one.segment, {}))})."
            )
            yield Notice("mails_refused", sentence, one.rejected, SHOW_REJECTS)


def refused_members(rejects: Iterable[Reject]) -> Iterator[Notice]:
    """Yield per segment whom it lost because a cell of theirs cannot stand in a file."""
    for segment, reasons in sorted(reasons_by_segment(rejects).items()):
        people = reasons.total()
        sentence = (
            f"{segment}: {people:,} people are left out, because a cell of theirs cannot "
            f"be written to a file ({_listed(reasons)})."
        )
        yield Notice("members_refused", sentence, people, SHOW_REJECTS)


def left_out_of_mails(waterfalls: Iterable[Waterfall]) -> Iterator[Notice]:
    """Yield per segment which pictures and links its mails went without."""
    for one in waterfalls:
        if one.left_out:
            sentence = (
                f"{one.segment}: its mails went without some pictures or links, whose "
                f"addresses are no plain web addresses ({_listed(one.left_out)})."
            )
            count = sum(one.left_out.values())
            yield Notice("claims_left_out", sentence, count, SHOW_REJECTS)


def reasons_by_segment(rejects: Iterable[Reject]) -> dict[str, Counter[str]]:
    """Return per segment how many of its rows were refused for each reason."""
    reasons: dict[str, Counter[str]] = {}
    for reject in set(rejects):
        reasons.setdefault(reject.segment, Counter())[reject.reason] += 1
    return reasons


def not_fresh(connection: duckdb.DuckDBPyConnection) -> Iterator[Notice]:
    """Yield the sources that are older than their contract allows and serve all the same.

    A source that never arrived is not used here; one that holds something says so itself.
    """
    rows = connection.execute(
        "select concat(source, '/', table_name), newest_export_date, max_age_days "
        "from staging.stg_nightpost__sources "
        "where not is_fresh and when_stale = 'serve' and not is_consent_source "
        "and newest_export_date is not null order by all"
    ).fetchall()
    for name, newest, days in rows:
        sentence = (
            f"{name} is late: its newest export is of {newest.isoformat()}, its contract "
            f"asks for one that is no older than {days} days, and the old one served. "
            "Land a newer one."
        )
        yield Notice("source_not_fresh", sentence, 1, f"nightpost rejects {name}")


def rejected_rows(connection: duckdb.DuckDBPyConnection) -> Iterator[Notice]:
    """Yield per source table how many of its rows no model ever sees."""
    rows = connection.execute(
        "select concat(source, '/', table_name), rows_rejected + rows_unreadable, rows_in "
        "from raw_nightpost.row_counts where rows_rejected + rows_unreadable > 0 "
        "order by all"
    ).fetchall()
    for name, bad, all_rows in rows:
        sentence = f"{name}: {bad:,} of {all_rows:,} rows were rejected, over all of its files."
        yield Notice("rows_rejected", sentence, int(bad), f"{SHOW_REJECTS} {name}")


def excluded_people(connection: duckdb.DuckDBPyConnection) -> Iterator[Notice]:
    """Yield how many people in a segment may not be written to, by reason."""
    rows = connection.execute(
        "select exclusion_reason, count(distinct profile_id) "
        "from activation.act_eligibility where exclusion_reason is not null "
        "group by exclusion_reason order by all"
    ).fetchall()
    reasons = Counter({str(reason): int(people) for reason, people in rows})
    # the segment that loses most of them shows most of the reasons
    row = connection.execute(
        "select (select count(distinct profile_id) from activation.act_eligibility), "
        "segment from activation.act_eligibility where exclusion_reason is not null "
        "group by segment order by count(*) desc, segment limit 1"
    ).fetchone()
    if row:
        people = reasons.total()
        sentence = (
            f"{people:,} of {row[0]:,} people in segments may not be written to "
            f"({_listed(reasons)})."
        )
        yield Notice(
            "people_excluded", sentence, people, f"nightpost preview seg_{row[1]}"
        )


def _listed(counts: Mapping[str, int]) -> str:
    ordered = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    return ", ".join(f"{reason} {count:,}" for reason, count in ordered)


def _gravest_first(notice: Notice) -> tuple[int, Notice]:
    known = notice.code in CODES
    return (CODES.index(notice.code) if known else len(CODES), notice)
