"""What a change of code does to a night: two homes of it, compared.

Run the night by the code before and the code after, each in a home with the same inbox:

    python tests/compare_homes.py HOME_BEFORE HOME_AFTER [NIGHT]

It prints a line for each file of the outbox and each mart that differs, and ends with 1 if
one does. Who made a night (its run's id, the digests of code, templates and files) may
differ.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

from tests.comparison import differences, relations

LAYERS = ("marts", "segments", "activation")
# Says by which code a night was made, and not what it says.
MADE_BY = ("code_sha256", "files", "run_id", "segment_sql_sha256", "template_sha256")


def main() -> int:
    """Compare the homes that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    parser.add_argument("night", nargs="?", help="the newest where none is named")
    given = parser.parse_args()
    night = given.night or current(given.before)["night"]
    found = [
        *differing_files(given.before, given.after, night),
        *differing_marts(given.before, given.after, night),
    ]
    print("\n".join(found) or f"{night}: outbox and marts are the same.")
    return int(bool(found))


def current(home: Path) -> dict[str, Any]:
    """Return what CURRENT says."""
    said: dict[str, Any] = json.loads((home / "outbox" / "CURRENT").read_text())
    return said


def differing_files(before: Path, after: Path, night: str) -> Iterator[str]:
    """Yield a line for each file of the outbox that only one home has, or has otherwise."""
    ours, theirs = (outbox(home, night) for home in (before, after))
    for name in sorted({*ours, *theirs}):
        if name not in ours or name not in theirs:
            yield f"outbox/{name}: only in the {'second' if name in theirs else 'first'}"
        elif ours[name] != theirs[name]:
            yield f"outbox/{name}: differs"


def outbox(home: Path, night: str) -> dict[str, Any]:
    """Return every file of a night's outbox; the manifest without who made it."""
    folder = (home / "outbox" / night).resolve()
    found: dict[str, Any] = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    manifest = json.loads(found["manifest.json"])
    found["manifest.json"] = {
        name: value for name, value in manifest.items() if name not in MADE_BY
    }
    return found


def differing_marts(before: Path, after: Path, night: str) -> Iterator[str]:
    """Yield a line for each table for readers that only one home has, or has otherwise."""
    with duckdb.connect() as connection:
        for name, home in (("before", before), ("after", after)):
            (path,) = (home / "published").glob(f"{night}-*.duckdb")
            connection.execute(f"attach '{path}' as {name} (read_only)")
        ours, theirs = (
            {
                table
                for table in relations(connection, (name,))
                if table.partition(".")[0] in LAYERS
            }
            for name in ("before", "after")
        )
        for table in sorted(ours ^ theirs):
            yield f"{table}: only in the {'second' if table in theirs else 'first'}"
        both = dict.fromkeys(ours & theirs, ("before", "after"))
        for table, how in differences(connection, both).items():
            yield f"{table}: {how}"


if __name__ == "__main__":
    sys.exit(main())
