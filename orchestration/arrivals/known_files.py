"""What is known of one source table's files while a night loads its new ones."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Collection, Iterable
from concurrent.futures import Future
from datetime import date

from orchestration.arrivals.inbox import Arrival
from orchestration.arrivals.ledger import LedgerLine

FILES_LOOKED_AT = 90
_AFTER_ALL_NAMES = "\U0010ffff"


class KnownFiles:
    """The lines of one source table: those that stand, and what was refused last."""

    def __init__(
        self, lines: Iterable[LedgerLine], damaged: Collection[str] = ()
    ) -> None:
        """Take in ``lines`` as they were written; ``damaged`` are Parquet files by path."""
        self._damaged = damaged
        self._by_file: dict[str, LedgerLine] = {}
        self._refused: dict[str, LedgerLine] = {}
        self._superseded: set[str] = set()
        self._sizes: set[int] = set()
        self._order: list[tuple[date, str]] = []
        for line in lines:
            self.add(line)

    def add(self, line: LedgerLine) -> None:
        """Take in one more line."""
        if not line.is_loaded:
            self._refused[line.file] = line
            return
        if line.file not in self._by_file:
            insort(self._order, (line.export_date, line.file))
        self._by_file[line.file] = line
        self._superseded.discard(line.file)
        self._superseded.update(line.supersedes)
        self._sizes.add(line.bytes)

    def may_hold(self, size: int) -> bool:
        """Return whether some loaded file has ``size`` bytes, so may be the same."""
        return size in self._sizes

    def is_damaged(self, line: LedgerLine) -> bool:
        """Return whether the rows of ``line``, or its rejected rows, were damaged on disk."""
        return line.parquet in self._damaged or (
            bool(line.rejects_sha256) and line.rejects_parquet in self._damaged
        )

    def damaged(
        self, arrival: Arrival, size: int, content: "Future[str]"
    ) -> LedgerLine | None:
        """Return the standing line whose damaged rows ``arrival`` brings again."""
        for line in self._by_file.values() if self._damaged else ():
            if (
                self.is_damaged(line)
                and (line.export_date, line.bytes) == (arrival.export_date, size)
                and line.content_sha256 == content.result()
                and line.file not in self._superseded
            ):
                return line
        return None

    def before(self, arrival: Arrival) -> list[LedgerLine]:
        """Return the newest standing files up to the date of ``arrival``, in order."""
        end = bisect_right(self._order, (arrival.export_date, _AFTER_ALL_NAMES))
        names = self._order[max(0, end - FILES_LOOKED_AT) : end]
        return [
            self._by_file[file]
            for _, file in names
            if file != arrival.file
            and file not in self._superseded
            and not self._by_file[file].is_repeat
        ]

    def has_day(self, export_date: date) -> bool:
        """Return whether a file of ``export_date`` has a line."""
        start = bisect_left(self._order, (export_date, ""))
        end = bisect_right(self._order, (export_date, _AFTER_ALL_NAMES))
        return start < end

    def repeats(self, arrival: Arrival, content: str) -> bool:
        """Return whether what stands already says what ``arrival`` says.

        Content of another date says something new where it has no rows (that nothing
        happened), where it is a snapshot, or where versions came between (that the state
        is again as it was). A file that was superseded is still known under its own name.
        """
        delivery = arrival.contract.delivery
        return any(
            line.export_date == arrival.export_date
            or (
                line.rows_in > 0
                and delivery != "snapshot"
                and not (delivery == "versions" and self._tells_between(line, arrival))
            )
            for line in self._by_file.values()
            if line.content_sha256 == content
            and (line.file not in self._superseded or line.file == arrival.file)
        )

    def _tells_between(self, line: LedgerLine, arrival: Arrival) -> bool:
        """Return whether a standing file of a date between the two has rows."""
        first, last = sorted((line.export_date, arrival.export_date))
        start = bisect_right(self._order, (first, _AFTER_ALL_NAMES))
        end = bisect_left(self._order, (last, ""))
        return any(
            self._by_file[file].rows_in > 0 and file not in self._superseded
            for _, file in self._order[start:end]
        )

    def replaced_by(self, arrival: Arrival, batch: Iterable[str]) -> list[LedgerLine]:
        """Return the standing lines that ``arrival`` replaces.

        That is the one of its own name and, where the contract says that a date's files
        are replaced as a whole, those of its date. The names in ``batch`` arrived
        together with it and are parts of the same whole.
        """
        names = [arrival.file]
        if arrival.contract.generation == "replaces":
            start = bisect_left(self._order, (arrival.export_date, ""))
            end = bisect_right(self._order, (arrival.export_date, _AFTER_ALL_NAMES))
            of_date = {file for _, file in self._order[start:end]}
            names += sorted(of_date - {*batch, arrival.file})
        return [
            self._by_file[file]
            for file in names
            if file in self._by_file and file not in self._superseded
        ]

    def was_refused(
        self, file: str, content: str, reason: str, *, needs_rows: bool = False
    ) -> bool:
        """Return whether ``file`` was held back for the same ``reason`` before.

        Where its table ``needs_rows``, it counts only if that was known at that time.
        """
        line = self._refused.get(file)
        return (
            line is not None
            and (line.content_sha256, line.reason) == (content, reason)
            and (bool(line.held_as) or not needs_rows)
            and not self.is_damaged(line)
        )
