"""What the newest published night could not write: counted by segment, reason and field."""

import csv
from collections import Counter
from pathlib import Path

from exporters.rejects import REJECTS_PATH
from orchestration.home.published import NothingPublishedError, read_current
from orchestration.home.settings import Settings

HEADER = ("segment", "reason", "field", "rows")


def show_refused_exports(settings: Settings) -> str:
    """Return the refusals of the night that CURRENT names as lines; nothing if it has none.

    `rejects.csv` names people by their id alone; here they are only counted.
    """
    try:
        published = read_current(settings)
    except NothingPublishedError:
        return ""
    counts = count_refusals(settings.home / published.outbox / REJECTS_PATH)
    if not counts:
        return ""
    rows = [HEADER, *((*key, f"{number:,}") for key, number in sorted(counts.items()))]
    widths = [max(len(row[at]) for row in rows) for at in range(len(HEADER))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in rows
    ]
    title = f"Refused at export on the night of {published.night}:"
    return "\n".join(["", title, *(line.rstrip() for line in lines)])


def count_refusals(path: Path) -> Counter[tuple[str, str, str]]:
    """Return how many rows of an outbox's `rejects.csv` there are of each kind."""
    if not path.exists():
        return Counter()
    with path.open(encoding="utf-8", newline="") as file:
        return Counter(
            (row["segment"], row["reason"], row["field"])
            for row in csv.DictReader(file)
        )
