"""The files of an inbox in which histories arrive, in the layouts of the contracts."""

import csv
import io
import json
import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from orchestration.arrivals.contracts import Contract
from tests.consents.histories import MAIL_TABLES, RECORD_TABLES
from tests.consents.kinds import UNREADABLE_TIMES
from tests.consents.layouts import MAILS, Cells
from tests.consents.story import DAYS, FIRST_GRANT, Line, Story

JSON_LINES = (
    "magento/customers", "sendgrid/events", "webhook/events", "cmp/receipts",
    "mailchimp/unsubscribes", "mailchimp/abuse_reports",
    "mailchimp/reports_email_activity", "segment/events",
)  # fmt: skip
# A file may hold one row in ten that cannot be read.
READABLE_PER_BAD = 12
NO_UTF_8 = "\udce9"
Groups = Mapping[Path, Sequence[Line]]


def first_files(
    stories: Iterable[Story], contracts: Iterable[Contract], inbox: Path
) -> None:
    """Write what arrives before the night of `PUBLISHED`, or in time."""
    write(inbox, contracts, [one for one in lines_of(stories) if not one.is_late])


def second_files(
    stories: Iterable[Story], contracts: Iterable[Contract], inbox: Path
) -> None:
    """Write what arrives behind that night: late files, and files that come again."""
    lines = list(lines_of(stories))
    write(inbox, contracts, [one for one in lines if one.is_late])
    forgotten = [one for one in lines if one.is_forgotten]
    write(inbox, contracts, forgotten, without_them=True)


def lines_of(stories: Iterable[Story]) -> Iterable[Line]:
    """Return the lines of all stories, and a quiet one of every table and day."""
    for story in stories:
        yield from story.lines
    for day in DAYS:
        for table in (*RECORD_TABLES, *MAIL_TABLES, "consent/ledger", "cmp/receipts"):
            yield quiet_line(table, day, f"{day:%d}")
        yield Line(
            "cookie_consent/decisions",
            day,
            {
                "decided_at": f"{day}T10:00:00Z", "device_id": f"d{day:%d}",
                "analytics": "granted", "ads": "granted", "personalisation": "granted",
                "gpc": "false", "jurisdiction": "GB", "banner_version": "1",
            },
        )  # fmt: skip


def quiet_line(table: str, day: object, key: str) -> Line:
    """Return a readable line of somebody whom no history is about."""
    story = Story(99_000 + int(key) % 100, "quiet", table, random.Random(key))
    who = story.person()
    story.lines.clear()
    story.keys = int(key) * 10
    address = who.addresses[0]
    if table in RECORD_TABLES:
        story.version(who, story.key(), False, FIRST_GRANT, DAYS[0])
    elif table in MAIL_TABLES:
        words = MAILS[table].words if table in MAILS else {"other": {}}
        word = "other" if "other" in words else next(iter(words))
        story.mail(word, FIRST_GRANT, DAYS[0], email=address, named=(address,))
    else:
        at = FIRST_GRANT + timedelta(seconds=int(key))
        story.decide(address, True, at, DAYS[0], table=table)
    return Line(table, day, story.lines[-1].cells)  # type: ignore[arg-type]


def write(
    inbox: Path,
    contracts: Iterable[Contract],
    lines: Iterable[Line],
    *,
    without_them: bool = False,
) -> None:
    """Write ``lines``, a file for each table, day and header, or those files without them."""
    by_table = {f"{one.source}/{one.table}": one for one in contracts}
    groups: dict[Path, list[Line]] = defaultdict(list)
    for line in lines:
        groups[inbox / line.table / file_name(line)].append(line)
    for path, found in groups.items():
        contract = by_table[found[0].table]
        bad = sum(is_bad(one, contract) for one in found)
        head = {"left_out": found[0].left_out, "blanked": found[0].blanked}
        fillers = [
            replace(quiet_line(one.table, one.day, str(number)), **head)
            for number, one in enumerate(found[:1] * (READABLE_PER_BAD * bad + 1), 100)
        ]
        kept = [*([] if without_them else found), *fillers]
        text = json_text(kept) if found[0].table in JSON_LINES else csv_text(
            kept, contract, found[0]
        )  # fmt: skip
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode(errors="surrogateescape"))


def file_name(line: Line) -> str:
    """Return the name of the file that a line stands in."""
    marks = ["late"] * line.is_late + ["again"] * line.is_forgotten
    marks += ["without", tidy(line.left_out)] if line.left_out else []
    marks += ["blanks"] if line.blanked else []
    ending = "jsonl" if line.table in JSON_LINES else "csv"
    return f"{'-'.join([line.day.isoformat(), *marks])}.{ending}"


def tidy(column: str) -> str:
    """Return a column's name as a part of a file name."""
    return "".join(letter for letter in column.lower() if letter.isalnum())


def is_bad(line: Line, contract: Contract) -> bool:
    """Return whether a line is refused, when it is loaded or behind that."""
    required = (str(line.cells.get(name) or "") for name in contract.required)
    return bool(line.broken) or any(
        value in ("", "soon", *UNREADABLE_TIMES) or value.count("@") > 1
        for value in required
    )


def csv_text(lines: Sequence[Line], contract: Contract, like: Line) -> str:
    """Return ``lines`` as CSV under the header of ``like``."""
    told = dict.fromkeys(name for line in lines for name in line.cells)
    promised = [one.name for one in contract.columns if one.name in told]
    names = [*promised, *(name for name in told if name not in promised)]
    names = [name for name in names if name != like.left_out]
    out = io.StringIO()
    writer = csv.writer(out, delimiter=contract.delimiter, lineterminator="\n")
    writer.writerow(f"{name} " if name == like.blanked else name for name in names)
    for line in lines:
        row = [line.cells.get(name) or "" for name in names]
        if line.broken == "short":
            row = row[: len(row) // 2 + 1]
        elif line.broken == "long":
            row.insert(1, "Ana")
        elif line.broken:
            row[-1] = NO_UTF_8
        writer.writerow(row)
    return out.getvalue()


def json_text(lines: Sequence[Line]) -> str:
    """Return ``lines`` as JSON lines; a broken one is cut, or goes on behind its end."""
    return "".join(f"{json_line(line)}\n" for line in lines)


def json_line(line: Line) -> str:
    """Return one JSON line."""
    cells: Cells = {
        name: int(value) if name == "timestamp" and str(value).isdigit() else value
        for name, value in line.cells.items()
        if name != line.left_out
    }
    if line.blanked:
        cells = {(f"{k} " if k == line.blanked else k): v for k, v in cells.items()}
    text = json.dumps(cells, ensure_ascii=False)
    ways = {
        "short": text[:-2],
        "long": f"{text}}}",
        "bytes": f"{text[:-1]}, {NO_UTF_8}}}",
    }
    return ways[line.broken] if line.broken else text
