"""Columns of text, built for many rows at once.

Vendor layouts put these pieces together; nothing here knows a vendor.
"""

import functools
import json
import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

_ALPHABET = np.frombuffer(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", np.uint8
)

_NEEDS_QUOTES = re.compile('[,"\\n\\r]').search


def texts(values: Sequence[str]) -> pa.StringArray:
    """Return ``values`` as a column of text."""
    return pa.array(values, pa.string())


def pick(words: Sequence[str] | pa.StringArray, index: Ints) -> pa.StringArray:
    """Return ``words[index]``, one text a row."""
    column = words if isinstance(words, pa.StringArray) else texts(words)
    return column.take(pa.array(index))


def digits(numbers: Ints) -> pa.StringArray:
    """Return whole numbers as text."""
    return pc.cast(pa.array(numbers), pa.string())


def join(*parts: pa.StringArray | str) -> pa.StringArray:
    """Return the parts of each row glued together."""
    return pc.binary_join_element_wise(*parts, "")


def where(mask: Flags, yes: pa.StringArray | str, no: pa.StringArray | str) -> pa.Array:
    """Return ``yes`` where ``mask`` holds, else ``no``."""
    return pc.if_else(pa.array(mask), yes, no)


def money(pence: Ints) -> pa.StringArray:
    """Return amounts of 0 or more, given in hundredths, as text such as ``12.30``."""
    return join(digits(pence // 100), ".", pick(_two_digits(), pence % 100))


def random_ids(rng: np.random.Generator, rows: int, length: int = 22) -> pa.StringArray:
    """Return ``rows`` unlike identifiers of ``length`` characters of base64url."""
    letters = _ALPHABET[rng.integers(0, 64, (rows, length), dtype=np.uint8)]
    offsets = np.arange(0, rows * length + 1, length, dtype=np.int32)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(letters.tobytes())]
    return pa.Array.from_buffers(pa.string(), rows, buffers)


def csv_cell(value: str) -> str:
    """Return ``value`` as one CSV cell, quoted only where RFC 4180 needs it."""
    if _NEEDS_QUOTES(value):
        return '"' + value.replace('"', '""') + '"'
    return value


def csv_cells(values: Sequence[str]) -> pa.StringArray:
    """Return ``values`` as a column of CSV cells."""
    return texts([csv_cell(value) for value in values])


def json_text(value: object) -> str:
    """Return ``value`` as JSON on one line, characters kept as they are."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@functools.cache
def _two_digits() -> pa.StringArray:
    return texts([f"{number:02d}" for number in range(100)])
