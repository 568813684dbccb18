"""For which nights something has arrived, told from names of files and folders alone.

Dagster asks this whenever it loads the project, so nothing is opened but, where no name
says it, the ledger.
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from orchestration.arrivals.inbox import INBOX, SUFFIXES
from orchestration.arrivals.ledger import LEDGER_FOLDER, read_ledger

RAW = LEDGER_FOLDER.parent
_PARTITION = "export_date="
_TABLE_DEPTH = 2


class NothingArrivedError(Exception):
    """There is no such night: no export of its date has ever arrived."""


def first_export(home: Path, *, before: date) -> date | None:
    """Return the oldest export's date, in the inbox or ever loaded, if any is ``before``."""
    return min((one for one in _dates(home) if one < before), default=None)


def has_arrived(home: Path, night: date) -> bool:
    """Tell whether any export of the date ``night`` has arrived, loaded or held back."""
    return night in _dates(home) or night in _ledger_dates(home)


def check_arrived(home: Path, night: date) -> None:
    """Refuse a night of which nothing has arrived.

    It could only hold everybody back, and would take the place of a night with people in
    it.

    Raises:
        NothingArrivedError: no export of that date has arrived.
    """
    if not has_arrived(home, night):
        day = night.isoformat()
        raise NothingArrivedError(
            f"Nothing has arrived for {day} in {home / INBOX}, so that night is not run, and "
            f"what is published stays. Land the exports of {day} (nightpost land FILE --as "
            f"SOURCE/TABLE --date {day}), run a night of which there are some, or name the "
            "home that you mean with --home or NIGHTPOST_HOME."
        )


def _dates(home: Path) -> set[date]:
    """Return the dates that names in the inbox and in the raw zone say."""
    inbox = (
        name
        for folder in _tables(home / INBOX)
        for name in _names(folder)
        if name.endswith(SUFFIXES)
    )
    loaded = (
        name.removeprefix(_PARTITION)
        for folder in _tables(home / RAW)
        for name in _names(folder)
        if name.startswith(_PARTITION)
    )
    return {day for name in (*inbox, *loaded) if (day := _day(name))}


def _ledger_dates(home: Path) -> set[date]:
    """Return the dates of all files that came, also of those that said nothing new."""
    tables = (name.partition(".") for name in _names(home / LEDGER_FOLDER))
    return {
        line.export_date
        for source, _, table in tables
        for line in read_ledger(home, source, table)
    }


def _tables(room: Path) -> Iterator[Path]:
    """Yield the folders `<source>/<table>` of ``room``."""
    folders = [room]
    for _ in range(_TABLE_DEPTH):
        folders = [
            folder / name
            for folder in folders
            for name in _names(folder)
            if not name.startswith((".", "_"))
        ]
    yield from folders


def _names(folder: Path) -> list[str]:
    """Return the names in ``folder``, sorted; none where it is no folder."""
    return sorted(one.name for one in folder.iterdir()) if folder.is_dir() else []


def _day(name: str) -> date | None:
    """Return the date that a name begins with, if it does."""
    try:
        return date.fromisoformat(name[:10])
    except ValueError:
        return None
