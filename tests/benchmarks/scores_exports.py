"""The day after, for a benchmark: its demo exports cut to few people."""

import csv
import hashlib
import io
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import orjson

# The column, or the field of an event, that says whose row it is.
KEYS = {
    "consent/ledger": "subject",
    "hubspot/contacts": "Email",
    "shopify/customers": "Email",
    "shopify/orders": "Email",
    "ga4/events": "user_pseudo_id",
    "sendgrid/events": "email",
}
Chosen = Callable[[str], bool]


def keep_few(inbox: Path, day: str, keys_kept: int) -> int:
    """Cut the exports of ``day`` to about ``keys_kept`` people and devices; return how many.

    What is no person's, such as the catalogue, stays whole.
    """
    files = [
        (file, KEYS[table])
        for table in KEYS
        for file in (inbox / table).glob(f"{day}*")
    ]
    keys = {key for file, name in files for key in keys_of(file, name)}
    limit = keys_kept * (1 << 32) // max(1, len(keys))
    chosen = {key for key in keys if number_of(key) < limit}
    for file, name in files:
        cut(file, name, chosen.__contains__)
    return len(chosen)


def number_of(key: str) -> int:
    """Return 32 bits that follow from the key."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:4])


def keys_of(file: Path, name: str) -> Iterator[str]:
    """Yield whose every row of a file is."""
    if file.suffix == ".csv":
        yield from (row[name] for row in rows_of(file)[1])
    else:
        yield from (str(event[name]) for event in events_of(file))


def rows_of(file: Path) -> tuple[list[str], list[dict[str, str]]]:
    """Return the header and the rows of a CSV file."""
    reader = csv.DictReader(io.StringIO(file.read_text(encoding="utf-8"), newline=""))
    return list(reader.fieldnames or ()), list(reader)


def events_of(file: Path) -> Iterator[dict[str, object]]:
    """Yield the events of a file with one event, or one list of them, a line."""
    with file.open("rb") as lines:
        for line in lines:
            found = orjson.loads(line)
            yield from found if isinstance(found, list) else [found]


def cut(file: Path, name: str, chosen: Chosen) -> None:
    """Write a file again with the chosen rows alone; it stays as old as it was."""
    was = file.stat()
    if file.suffix == ".csv":
        header, rows = rows_of(file)
        write_rows(file, header, (row for row in rows if chosen(row[name])))
    else:
        kept = [one for one in events_of(file) if chosen(str(one[name]))]
        is_list = name == "email"
        lines = (orjson.dumps([one] if is_list else one) + b"\n" for one in kept)
        file.write_bytes(b"".join(lines))
    os.utime(file, ns=(was.st_atime_ns, was.st_mtime_ns))


def write_rows(file: Path, header: list[str], rows: Iterable[dict[str, str]]) -> None:
    """Write rows as the demo writes them."""
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, header, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
