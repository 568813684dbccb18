"""CSV record by record, by RFC 4180 and the contract, where the engine cannot be trusted.

The engine takes a row with delimiters to spare, quotes in the midst of a value, and blanks
before one. A file in which anything of that kind stands is taken apart here: its rows are
those with as many fields as the header, and all others are set apart.
"""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TextIO

from orchestration.arrivals.contracts import Contract
from orchestration.arrivals.inbox import Arrival
from orchestration.arrivals.readers.broken_rows import LONGEST_TEXT
from orchestration.arrivals.readers.plain_text import PlainText, UnreadableFileError
from orchestration.arrivals.readers.workplace import (
    Workplace,
    write_rejects,
    write_rows,
)
from orchestration.home.files import create_private_file
from orchestration.home.tables import identifier, literal

LONGEST_FIELD = 1 << 23
ENDLESS_FIELD = "a field is longer than 8 MB (a quote that is not closed?)"
UNDECODED = re.compile("[\ud800-\udfff]")
_LONGEST_LINE = LONGEST_TEXT + (1 << 17)
_LINES_AT_ONCE = 16


@dataclass(frozen=True)
class Record:
    """One record: its text, on how many lines, and its fields or what is wrong with it."""

    text: str
    lines: int = 1
    fields: Sequence[str] = ()
    problem: str = ""


@dataclass
class Tally:
    """How many records were loaded and rejected, and how many lines are none."""

    loaded: int = 0
    rejected: int = 0
    other_lines: int = 0


@dataclass(frozen=True)
class Dialect:
    """How a contract writes a record, as expressions that never look back."""

    contract: Contract
    sound: re.Pattern[str] = field(init=False)
    opens: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        """Compile the two expressions."""
        mark, quote = (re.escape(one) for one in (self._delimiter, self._quote))
        inside = f"{quote}[^{quote}]*+(?:{quote}{quote}[^{quote}]*+)*+"
        one = f"(?:{inside}{quote}|[^{quote}{mark}\r\n]*+)"
        object.__setattr__(self, "sound", re.compile(f"{one}(?:{mark}{one})*+"))
        object.__setattr__(self, "opens", re.compile(f"(?:{one}{mark})*{inside}"))

    @property
    def _delimiter(self) -> str:
        return self.contract.delimiter

    @property
    def _quote(self) -> str:
        return self.contract.quote or "\0"

    def records(self, lines: Iterator[str]) -> Iterator[Record]:
        """Yield the records of ``lines``, each of which still has its line end.

        A line is a record unless a quote that opens a field is not closed on it.

        Raises:
            UnreadableFileError: such a field has no end, or goes on after it.
        """
        for number, line in enumerate(lines):
            text = _without_end(line)
            is_odd = bool(self.contract.quote) and text.count(self._quote) % 2 == 1
            if not is_odd or not self.opens.fullmatch(text):
                yield self._split(text, 1)
                continue
            parts, size = [line], len(line)
            for more in lines:
                parts.append(more)
                size += len(more)
                if size > LONGEST_FIELD:
                    raise UnreadableFileError(ENDLESS_FIELD)
                if more.count(self._quote) % 2 == 1:
                    break
            record = self._split(_without_end("".join(parts)), len(parts))
            if record.problem and len(parts) > 1:
                raise UnreadableFileError(
                    f"a quote is opened near record {number} and never closed properly"
                )
            yield record

    def _split(self, text: str, lines: int) -> Record:
        if not self.contract.quote or self._quote not in text:
            is_cut = "\r" in text or "\n" in text
            problem = "holds a line end that is not in quotes" if is_cut else ""
            return Record(text, lines, text.split(self._delimiter), problem)
        if not self.sound.fullmatch(text):
            is_open = text.count(self._quote) % 2 and self.opens.fullmatch(text)
            problem = "has an open quote" if is_open else "has a misplaced quote"
            return Record(text, lines, (), problem)
        return Record(text, lines, next(self._reader(text)))

    def _reader(self, text: str) -> Iterator[list[str]]:
        return csv.reader(
            [text], delimiter=self._delimiter, quotechar=self._quote, strict=True
        )


def read_records(
    work: Workplace, text: PlainText, arrival: Arrival, columns: Sequence[str]
) -> Tally:
    """Write every record of ``text`` to the loaded or to the rejected rows of ``work``.

    Raises:
        UnreadableFileError: where its rows end cannot be known.
    """
    sound, broken = work.plain.with_name("sound"), work.plain.with_name("broken")
    tally = _sort_out(text, arrival.contract, len(columns), sound, broken)
    names = [f"c{place}" for place in range(len(columns))]
    named = ", ".join(
        f"{name} as {identifier(column)}"
        for name, column in zip(names, columns, strict=True)
    )
    loaded = write_rows(
        work,
        f"select {named}, {literal(arrival.file)} as _source_file, "
        f"cast(number as bigint) as _row_number from {_read(sound, 'number', *names)}",
    )
    rejected = 0
    if tally.rejected:
        select = "select cast(number as bigint) as row_number, reason, raw_text"
        source = _read(broken, "number", "reason", "raw_text")
        rejected = write_rejects(work, arrival, f"{select} from {source}")
    if (loaded, rejected) != (tally.loaded, tally.rejected):
        raise UnreadableFileError(
            f"it has {tally.loaded + tally.rejected} records, but only "
            f"{loaded + rejected} could be told apart"
        )
    return tally


def _sort_out(
    text: PlainText, contract: Contract, width: int, sound: Path, broken: Path
) -> Tally:
    """Write the fields of sound records, and the texts of broken ones, to two files."""
    csv.field_size_limit(LONGEST_FIELD)
    tally, header = Tally(), tuple[str, ...]()
    ends = "\n" if text.has_line_feeds else "\r"
    with (
        text.path.open(
            encoding="utf-8", errors="surrogateescape", newline=ends
        ) as file,
        create_private_file(sound).open("w", encoding="utf-8", newline="") as rows,
        create_private_file(broken).open("w", encoding="utf-8", newline="") as rejects,
    ):
        write_row, write_reject = _writer(rows), _writer(rejects)
        for place, record in enumerate(
            Dialect(contract).records(_lines(file.readline))
        ):
            tally.other_lines += record.lines - 1
            if place == 0:
                header = tuple(record.fields)
                tally.other_lines += 1
            elif not record.text and width > 1:
                tally.other_lines += 1
            elif problem := _problem(record, width, header):
                tally.rejected += 1
                number = tally.loaded + tally.rejected
                write_reject([number, problem, _shown(record.text)])
            else:
                tally.loaded += 1
                write_row([tally.loaded + tally.rejected, *record.fields])
    return tally


def _writer(file: TextIO) -> Callable[[Iterable[object]], object]:
    return csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n").writerow


def _problem(record: Record, width: int, header: Sequence[str]) -> str:
    """Return what is wrong with a record; nothing where it is a row."""
    if len(record.text) > LONGEST_TEXT // 4 and (
        len(record.text.encode("utf-8", "surrogateescape")) > LONGEST_TEXT
    ):
        return "longer than 2 MB"
    if not record.text.isascii() and UNDECODED.search(record.text):
        return "not UTF-8"
    if "\0" in record.text:
        return "holds a NUL"
    if record.problem:
        return record.problem
    if len(record.fields) != width:
        return f"too {'few' if len(record.fields) < width else 'many'} columns"
    return "repeats the header" if tuple(record.fields) == header else ""


def _lines(readline: Callable[[int], str]) -> Iterator[str]:
    """Yield the lines of a file, the mark of its encoding taken off.

    Raises:
        UnreadableFileError: one is endless.
    """
    for number, line in enumerate(iter(partial(readline, LONGEST_FIELD), "")):
        if len(line) >= LONGEST_FIELD:
            raise UnreadableFileError("one line is longer than 8 MB")
        yield line if number else line.removeprefix("\ufeff")


def _without_end(text: str) -> str:
    return text.removesuffix("\n").removesuffix("\r")


def _shown(text: str) -> str:
    """Return ``text`` with its undecodable bytes written out."""
    body = text[:LONGEST_TEXT].encode("utf-8", "surrogateescape")
    return body.decode("utf-8", "backslashreplace")


def _read(path: Path, *columns: str) -> str:
    """Return the engine's read of a file that this module wrote."""
    types = ", ".join(f"{literal(column)}: 'VARCHAR'" for column in columns)
    return (
        f"read_csv({literal(path)}, auto_detect = false, columns = {{{types}}}, "
        "header = false, compression = 'none', delim = ',', quote = '\"', escape = '\"', "
        f"parallel = false, max_line_size = {_LONGEST_LINE}, "
        f"buffer_size = {_LINES_AT_ONCE * _LONGEST_LINE})"
    )
