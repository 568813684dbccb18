"""Rows of a file that cannot be read: set apart with a reason and their own text.

What lands here is a structural fault of the row. A value that cannot be cast is the
business of the staging models.
"""

import re
from collections.abc import Iterable
from pathlib import Path

from orchestration.arrivals.readers.plain_text import UnreadableFileError
from orchestration.arrivals.readers.workplace import REJECTS_TABLE, Workplace

ENGINE_CUTS_TEXT_AT = 10_000
MOST_TEXTS_READ_AGAIN = 1_000
LONGEST_TEXT = 2_000_000
# While it reads, the engine keeps a copy of the line for each of its faults, outside of
# its memory limit.
_FAULT_BYTES = 2_000
_MOST_FAULT_BYTES = 256 << 20
REASON = """
    case error_type
        when 'MISSING COLUMNS' then 'too few columns'
        when 'TOO MANY COLUMNS' then 'too many columns'
        when 'INVALID ENCODING' then 'not UTF-8'
        when 'LINE SIZE OVER MAXIMUM' then 'longer than 2 MB'
        else lower(error_type)
    end
"""
# How many rows were rejected (_gap) when so many had been read (read_before).
GAPS = """
    select row_number - place as read_before, max(place) as _gap
    from (
        select row_number, row_number() over (order by row_number) as place
        from rejected_lines
    )
    group by read_before
"""


def check_rejects_fit(broken: Iterable[tuple[int, int]]) -> None:
    """Check that the engine can set ``broken`` rows apart: their faults and lengths.

    Raises:
        UnreadableFileError: it would take more memory than a file may have.
    """
    held = 0
    for rows, (faults, length) in enumerate(broken, start=1):
        held += faults * (_FAULT_BYTES + length)
        if held > _MOST_FAULT_BYTES:
            raise UnreadableFileError(
                f"it has too many broken rows to set them apart ({rows} and more)"
                if rows > 1
                else "a row of it has far too many columns"
            )


def list_rejected_lines(work: Workplace, path: Path, *, header_lines: int) -> None:
    """Make the temporary table `rejected_lines` (row_number, reason, raw_text).

    The engine gives a text with its undecodable bytes lost and its end cut; the first
    thousand such texts are read again from the UTF-8 file ``path``.
    """
    work.connection.execute(
        f"""
        create or replace temp table rejected_lines as
        select
            cast(line - {header_lines} as bigint) as row_number,
            string_agg(distinct {REASON}, ', ' order by {REASON}) as reason,
            ltrim(min(csv_line), chr(10) || chr(13)) as raw_text,
            min(line_byte_position) as position,
            bool_or(error_type = 'INVALID ENCODING')
                or max(length(csv_line)) >= {ENGINE_CUTS_TEXT_AT} as is_cut
        from {REJECTS_TABLE}
        group by line
        """
    )
    cut = work.connection.execute(
        "select row_number, position from rejected_lines where is_cut "
        f"order by row_number limit {MOST_TEXTS_READ_AGAIN}"
    ).fetchall()
    if texts := [(_text_at(path, position), number) for number, position in cut]:
        work.connection.executemany(
            "update rejected_lines set raw_text = ? where row_number = ?", texts
        )


def _text_at(path: Path, position: int) -> str:
    with path.open("rb") as file:
        file.seek(position - 1)
        body = file.read(LONGEST_TEXT).lstrip(b"\r\n")
    line = re.split(rb"[\r\n]", body, maxsplit=1)[0]
    return line.decode("utf-8", errors="backslashreplace")
