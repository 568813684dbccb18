"""What may stand in a cell: names, keys, and what looks like a formula.

A spreadsheet runs a cell that starts like a formula. Cells that people read get a
leading apostrophe; cells that a machine must match (person, address, consent event)
are never changed, so a row that would need it is refused. The rules exist once, as
expressions that DuckDB evaluates and that the audience, the payloads and the waterfall
share.
"""

import re

from exporters.errors import BadSegmentNameError

KEY_CELLS = ("profile_id", "email", "consent_event_id")
"""Cells that must be present, and that are written as they are or not at all."""

# Blanks that a spreadsheet may skip, then an operator, full-width forms included.
# Spelled so that Python and DuckDB (RE2) read the same pattern.
_BLANKS = (
    r"\x00-\x20\x7f-" + "\u00a0\u00ad\u1680\u2000-\u200f\u2028-\u202f\u205f-\u206f"
    "\u3000\ufeff"
)
_OPERATORS = r"=+@\-" + "\uff1d\uff0b\uff20\uff0d"
FORMULA = f"^(?:[{_BLANKS}]*[{_OPERATORS}]|" + r"[\t\r\n\x00])"
"""Pattern of a cell that a spreadsheet may take for a formula."""

_NOT_ONE_ADDRESS = r'[\x00-\x20\x7f,;<>"]'
_FORMULA = re.compile(FORMULA)
_SEGMENT = re.compile(r"[a-z][a-z0-9_]{0,62}", re.ASCII)


def checked_segment(segment: str) -> str:
    """Return ``segment`` when it can safely name a folder.

    Raises:
        BadSegmentNameError: it is not a lower-case word of at most 63 characters.

    """
    if not _SEGMENT.fullmatch(segment):
        raise BadSegmentNameError(
            "A segment's name is not a lower-case word of letters, digits and "
            "underscores (at most 63); rename its model. Nothing was written for it."
        )
    return segment


def neutralised(cell: str) -> str:
    """Return ``cell`` with a leading apostrophe when it looks like a formula."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def neutralised_sql(column: str) -> str:
    """Return the expression that does to ``column`` what `neutralised` does."""
    return (
        f"case when regexp_matches({column}, '{FORMULA}') "
        f"then concat(chr(39), {column}) else {column} end"
    )


def utc_text_sql(column: str) -> str:
    """Return the expression for a timestamp as ISO-8601 text in UTC, to the second."""
    instant = f"make_timestamp(epoch_us({column}))"
    return f"strftime({instant}, '%Y-%m-%dT%H:%M:%SZ')"


def key_refusal_sql(prefix: str = "") -> str:
    """Return the expression for why a row's key cells refuse it; null when they don't.

    The text is a reason and a column with a space between: ``unsafe_cell email``.
    """
    cases = []
    for name in KEY_CELLS:
        column = f"{prefix}{name}"
        pattern = f"{FORMULA}|{_NOT_ONE_ADDRESS}" if name == "email" else FORMULA
        cases += [
            f"when coalesce({column}, '') = '' then 'missing_cell {name}'",
            f"when regexp_matches({column}, '{pattern}') then 'unsafe_cell {name}'",
        ]
    return f"case {' '.join(cases)} end"
