"""Ways to deliver the same exports differently: inboxes rewritten in place.

The demo exports hold no line break inside a quoted field, so lines are records. What is
done to a file depends on its content alone: a file delivered twice stays one.
"""

import csv
import gzip
import io
import random
import re
import shutil
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

EVENTS = ("consent/ledger", "ga4/events", "sendgrid/events")
SNAPSHOT = "shopify/products"
LINE_GROUPS = {"shopify/orders": "Name"}
"""Tables of which several rows belong together, and the column that says which."""
MOST_PARTS = 4
BOM = "\ufeff"

Cells = dict[str, str]


@dataclass(frozen=True)
class Export:
    """A file of an inbox: its header, where it has one, and its rows, each a line."""

    path: Path
    head: str
    rows: list[str]

    @property
    def table(self) -> str:
        """Its "source/table"."""
        return "/".join(self.path.parts[-3:-1])

    @property
    def chance(self) -> random.Random:
        """Random numbers that only its content decides."""
        return random.Random(self.head + "".join(self.rows))

    def write(self, path: Path, rows: list[str]) -> None:
        """Write ``rows`` under this header to ``path``, a file of its own."""
        path.unlink(missing_ok=True)
        path.write_text(self.head + "".join(rows), encoding="utf-8", newline="")


def exports(inbox: Path, tables: Collection[str] = ()) -> list[Export]:
    """Return the files of ``inbox``, or those of ``tables``, by table, date and name."""
    found = []
    for path in sorted(inbox.glob("*/*/*")):
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        has_head = path.suffix == ".csv"
        head, rows = (lines[0], lines[1:]) if has_head else ("", lines)
        export = Export(path, head, rows)
        if not tables or export.table in tables:
            found.append(export)
    return found


def tables_of(inbox: Path) -> set[str]:
    """Return the "source/table" of every file of ``inbox``."""
    return {"/".join(path.parts[-3:-1]) for path in inbox.glob("*/*/*")}


def shuffle_rows(inbox: Path) -> None:
    """Put the rows of every file into another order."""
    for export in exports(inbox):
        export.write(export.path, shuffled(export))


def shuffled(export: Export) -> list[str]:
    """Return the rows of ``export`` in another order."""
    return export.chance.sample(export.rows, len(export.rows))


def wrap_otherwise(inbox: Path) -> None:
    """Give files Windows line ends, a byte order mark, gzip, or several of them."""
    for export in exports(inbox):
        ways = export.chance.randrange(8)
        end, mark = ("\r\n" if ways & 1 else "\n"), (BOM if ways & 2 else "")
        text = mark + (export.head + "".join(export.rows)).replace("\n", end)
        export.path.unlink()
        if ways & 4:
            target = export.path.with_name(f"{export.path.name}.gz")
            target.write_bytes(gzip.compress(text.encode(), mtime=0))
        else:
            export.path.write_bytes(text.encode())


def split(inbox: Path) -> None:
    """Deliver every file in two to four parts of its date; an order stays in one.

    A part in which nothing would stand at all, not even a header, is no part.
    """
    for export in exports(inbox):
        groups = row_groups(export)
        count = export.chance.randint(2, MOST_PARTS)
        parts = [groups[place::count] for place in range(count)]
        export.path.unlink()
        for number, part in enumerate(parts, 1):
            name = f"{export.path.stem}-{number}{export.path.suffix}"
            rows = [row for group in part for row in group]
            if export.head or rows:
                export.write(export.path.with_name(name), rows)


def row_groups(export: Export) -> list[list[str]]:
    """Return the rows of ``export``, those together that belong together."""
    key = LINE_GROUPS.get(export.table)
    if key is None:
        return [[row] for row in export.rows]
    groups: dict[str, list[str]] = {}
    place = read_cells(export.head).index(key)
    for row in export.rows:
        groups.setdefault(read_cells(row)[place], []).append(row)
    return list(groups.values())


def deliver_twice(inbox: Path, last: date) -> None:
    """Deliver every file again: that day under another name, and the day after.

    Not so a snapshot: under another date it says how things stood then. Nor what the demo
    delivers again itself: two days later the old state of an order is news.
    """
    for export in exports(inbox):
        day, path = export_date(export.path), export.path
        rest = path.name.removeprefix(day.isoformat())
        shutil.copy(path, path.with_name(f"{day}-once-more{rest}"))
        is_repeat = "again" in rest
        if export.table != SNAPSHOT and day < last and not is_repeat:
            shutil.copy(path, path.with_name(f"{day + timedelta(days=1)}-again{rest}"))


def overlap(inbox: Path) -> None:
    """Deliver what no hash can tell to be a repeat.

    A file of events begins with half of the rows of the file before it, unless it has
    none of its own: what only repeats is no news of its day. Every other file comes a
    second time that day, its rows in another order.
    """
    before: dict[str, list[str]] = {}
    for export in exports(inbox):
        if export.table in EVENTS:
            half = [row for row in before.get(export.table, []) if coin(row)]
            before[export.table] = export.rows
            if export.rows:
                export.write(export.path, half + export.rows)
        else:
            name = f"{export.path.stem}-reordered{export.path.suffix}"
            export.write(export.path.with_name(name), shuffled(export))


def coin(row: str) -> bool:
    """Return whether ``row`` is in its half."""
    return random.Random(row).random() < 0.5


def set_aside(
    inbox: Path, days: Collection[date], folder: Path, tables: Collection[str] = ()
) -> int:
    """Move the files of ``days``, or those of ``tables``, into ``folder``; count them."""
    late = [
        path
        for path in sorted(inbox.glob("*/*/*"))
        if export_date(path) in days
        and (not tables or "/".join(path.parts[-3:-1]) in tables)
    ]
    for path in late:
        target = folder / path.relative_to(inbox)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(path, target)
    return len(late)


def export_date(path: Path) -> date:
    """Return the date in a file's name."""
    return date.fromisoformat(path.name[:10])


def read_cells(row: str) -> list[str]:
    """Return the cells of one line of CSV."""
    return next(csv.reader([row]))


def rewrite_csv(
    inbox: Path,
    tables: Collection[str],
    change: Callable[[Cells], Cells],
    *,
    delimiter: str = ";",
    encoding: str = "utf-8",
) -> None:
    """Write the files of ``tables`` with ``change`` done to each row's cells."""
    for export in exports(inbox, tables):
        reader = csv.DictReader([export.head, *export.rows])
        text = io.StringIO(newline="")
        names = reader.fieldnames or []
        writer = csv.DictWriter(text, names, delimiter=delimiter, lineterminator="\n")
        writer.writeheader()
        writer.writerows(change(row) for row in reader)
        export.path.unlink()
        export.path.write_text(text.getvalue(), encoding=encoding, newline="")


AMOUNT = re.compile(r"(\d+)\.(\d\d)")
STAMP = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4}")
CLOCK = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d")
DAY = re.compile(r"\d{4}-\d\d-\d\d")
BRITISH_DAY = re.compile(r"\d\d/\d\d/\d{4}")


def continental(here: str, there: str) -> Callable[[Cells], Cells]:
    """Return what writes a row's amounts with a comma and its dates day first.

    Times on the clock of the zone ``here``, and those with an offset, become the same
    times in the zone ``there``. A day that was written day first before, against its
    contract, could not be read; it stays so.
    """
    old, new = ZoneInfo(here), ZoneInfo(there)

    def write(cell: str) -> str:
        if match := AMOUNT.fullmatch(cell):
            return f"{int(match[1]):,}".replace(",", ".") + f",{match[2]}"
        if STAMP.fullmatch(cell):
            at = datetime.strptime(cell, "%Y-%m-%d %H:%M:%S %z").astimezone(new)
            return f"{at:%d/%m/%Y %H:%M:%S %z}"
        if CLOCK.fullmatch(cell):
            at = datetime.strptime(cell, "%Y-%m-%d %H:%M").replace(tzinfo=old)
            moved = at.astimezone(new)
            assert is_clear(at) and is_clear(moved), "no clock shows this time twice"
            return f"{moved:%d.%m.%Y %H:%M}"
        if DAY.fullmatch(cell):
            return f"{date.fromisoformat(cell):%d.%m.%Y}"
        if BRITISH_DAY.fullmatch(cell):
            return f"on {cell}"
        return cell

    return lambda cells: {name: write(cell) for name, cell in cells.items()}


def is_clear(at: datetime) -> bool:
    """Return whether the clock of its zone shows ``at`` once."""
    return at.replace(fold=0).utcoffset() == at.replace(fold=1).utcoffset()


def promise(project: Path, source: str, promises: Mapping[str, str]) -> None:
    """Add ``promises`` to the contract of every table of ``source``."""
    path = project / f"models/staging/{source}/_{source}__sources.yml"
    opening = "contract: {"
    added = "".join(f'{name}: "{value}", ' for name, value in promises.items())
    text = path.read_text(encoding="utf-8")
    assert opening in text
    path.write_text(text.replace(opening, opening + added), encoding="utf-8")
