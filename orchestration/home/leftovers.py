"""What a killed night leaves half done, and its removal by the next one.

Whatever is written in a home is written under a temporary name and renamed, so a name
that is temporary and still there when a night starts belongs to nobody any more.
"""

import os
from collections.abc import Iterator
from pathlib import Path

from orchestration.home.settings import Settings

# Ours, and the one under which DuckDB writes a file of its own accord.
TEMPORARY = (".tmp-", "tmp_")


def remove_leftovers(settings: Settings) -> None:
    """Remove what killed nights left; hold the night's lock, under which all is written."""
    rooms = [settings.outbox, settings.published, settings.state]
    rooms += [settings.home / "keys", settings.notes.parent]
    for room in rooms:
        for leftover in list(leftovers(room)):
            leftover.unlink(missing_ok=True)


def leftovers(room: Path) -> Iterator[Path]:
    """Yield the files and links of ``room`` that have a temporary name.

    The runs of the outbox are renamed into place as a whole, so nothing in them is half
    done; they are not looked into.
    """
    for folder, folders, files in os.walk(room):
        links = [name for name in folders if (Path(folder) / name).is_symlink()]
        for name in (*files, *links):
            if name.startswith(TEMPORARY):
                yield Path(folder) / name
        if Path(folder) == room:
            folders[:] = [name for name in folders if name != "runs"]
