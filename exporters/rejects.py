"""Rows that were refused at export: who, why, which field, and the value's hash.

There is one file for the night. Values themselves never leave through it.
"""

import csv
import hashlib
import io
from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from exporters.cells import neutralised
from exporters.files import FileReceipt, write_file

REJECTS_PATH = "rejects.csv"


@dataclass(frozen=True, order=True)
class Reject:
    """One refused row: its key, a reason code, the field, and sha256 of the value."""

    segment: str
    profile_id: str
    reason: str
    field: str
    value_sha256: str


def value_sha256(value: object) -> str:
    """Return the sha256 of a value's text in hexadecimal; null counts as empty."""
    text = "" if value is None else str(value)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def write_rejects(rejects: Iterable[Reject], out_dir: Path) -> FileReceipt:
    """Write ``out_dir/rejects.csv``, sorted, each refusal once; the header always.

    Raises:
        FileNotWrittenError: the system refused; no half file is left behind.

    """
    ordered = sorted(set(rejects))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([field.name for field in fields(Reject)])
    writer.writerows([neutralised(cell) for cell in astuple(one)] for one in ordered)
    return write_file(out_dir, REJECTS_PATH, [(text.getvalue().encode(), len(ordered))])


class RowRefusedError(Exception):
    """One row cannot be rendered; the others can. Caught by the rendering, never shown.

    ``field`` is the column or the file that refused; ``value`` is only ever hashed.
    """

    def __init__(self, reason: str, field: str, value: object) -> None:
        """Keep the parts; the exception's own text holds the reason alone."""
        super().__init__(reason)
        self.reason = reason
        self.field = field
        self.value = value
