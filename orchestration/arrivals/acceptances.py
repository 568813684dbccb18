"""Files that a person let pass although they look wrong; kept beside the ledger.

Only what `drift.py` says of a file can be accepted, never that it cannot be read. The
record is append-only: it says what was accepted, when it counts, and why.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from orchestration.arrivals.contracts import Contract
from orchestration.arrivals.inbox import find_arrivals
from orchestration.arrivals.ledger import LEDGER_FOLDER, first_night_for
from orchestration.home.files import sha256_of, write_atomically
from orchestration.home.locks import night_lock

ACCEPTED_FILE = LEDGER_FOLDER / "_accepted.jsonl"
_SHA256 = re.compile(r"[0-9a-f]{64}")


class AcceptError(Exception):
    """There is nothing of that name to accept, or nobody said why."""


class AcceptancesDamagedError(Exception):
    """The record of accepted files cannot be read."""


@dataclass(frozen=True)
class Acceptance:
    """One accepted file: its content, the first night that may see it, and why."""

    source: str
    table: str
    file: str
    content_sha256: str
    night: date
    why: str


def accept_file(
    home: Path,
    contracts: Sequence[Contract],
    name: str,
    why: str,
    published_nights: Sequence[date],
) -> Acceptance:
    """Record that the inbox file ``name`` (`source/table/file`) is right as it is.

    It holds for these bytes under this name: a file that is landed anew is judged anew.
    Accepting the same twice records it once.

    Raises:
        AcceptError: no such file in the inbox, it cannot be read, or ``why`` is blank.
        AcceptancesDamagedError: the record cannot be read, so nothing is added to it.
        NightRunningError: a night is running on this home.
    """
    if not why.strip():
        raise AcceptError("Say why the file is right with --why; it is kept.")
    for arrival in find_arrivals(home, contracts).arrivals:
        contract = arrival.contract
        if name == f"{contract.source}/{contract.table}/{arrival.file}":
            break
    else:
        raise AcceptError(
            "There is no such file in the inbox. Name it as the message that holds it "
            "back does: SOURCE/TABLE/FILE."
        )
    with night_lock(home, wait=False):
        acceptance = Acceptance(
            source=contract.source,
            table=contract.table,
            file=arrival.file,
            content_sha256=_content(arrival.path, name),
            night=first_night_for(arrival.export_date, published_nights),
            why=why.strip(),
        )
        _append(home, acceptance)
    return acceptance


def accepted_files(home: Path) -> frozenset[tuple[str, str, str, str]]:
    """Return source, table, file and content sha256 of all that was accepted.

    The content alone would not do: all files without a row have the same.

    Raises:
        AcceptancesDamagedError: the record cannot be read.
    """
    return frozenset(
        (one.source, one.table, one.file, one.content_sha256)
        for one in read_acceptances(home)
    )


def read_acceptances(home: Path) -> tuple[Acceptance, ...]:
    """Return what was accepted, in the order in which it was.

    Raises:
        AcceptancesDamagedError: a line is not as it was written.
    """
    path = home / ACCEPTED_FILE
    if not path.exists():
        return ()
    body = path.read_bytes()
    lines = body.split(b"\n")
    if lines.pop() != b"":
        raise _damaged(len(lines) + 1)
    return tuple(_read_line(line, number) for number, line in enumerate(lines, start=1))


def _append(home: Path, acceptance: Acceptance) -> None:
    known = read_acceptances(home)
    key = (acceptance.source, acceptance.table, acceptance.file)
    if (*key, acceptance.content_sha256) in accepted_files(home):
        return
    body = "".join(
        json.dumps(asdict(one), default=date.isoformat, ensure_ascii=True) + "\n"
        for one in (*known, acceptance)
    )
    write_atomically(home / ACCEPTED_FILE, body.encode())


def _read_line(line: bytes, number: int) -> Acceptance:
    try:
        entry: dict[str, Any] = json.loads(line)
        acceptance = Acceptance(
            **{**entry, "night": date.fromisoformat(entry["night"])}
        )
    except (ValueError, TypeError, KeyError):
        raise _damaged(number) from None
    texts = (value for key, value in vars(acceptance).items() if key != "night")
    if not all(isinstance(text, str) for text in texts):
        raise _damaged(number)
    if not _SHA256.fullmatch(acceptance.content_sha256):
        raise _damaged(number)
    return acceptance


def _damaged(number: int) -> AcceptancesDamagedError:
    return AcceptancesDamagedError(
        f"{ACCEPTED_FILE.as_posix()} is damaged in line {number}. Restore it from a "
        "backup, or take that line out and accept its file again."
    )


def _content(path: Path, name: str) -> str:
    try:
        return sha256_of(path)
    except OSError as error:
        raise AcceptError(
            f"{name} cannot be read ({error.strerror or 'no regular file'}). Nothing was "
            "accepted; land it again."
        ) from None
