"""One history: what it says, and the lines of the files in which it arrives."""

import random
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from tests.consents.layouts import (
    KLAVIYO,
    KLAVIYO_WORDS,
    MAILS,
    RECORDS,
    Cells,
    Records,
    instant_clock,
    ledger_row,
    offset_clock,
    receipt,
    utc_clock,
)
from tests.consents.statements import (
    Decision,
    Event,
    Flag,
    Person,
    Refused,
    Statement,
)

DAYS = (date(2026, 4, 3), date(2026, 4, 4), date(2026, 4, 5))
FIRST, SECOND, LAST = DAYS
FIRST_GRANT = datetime(2026, 3, 1, 10, 0, 0)
# A file of this date comes when the night behind it is published already.
LATE_DAY, PUBLISHED = FIRST, SECOND
MEANS = {
    "dropped": "unsubscribe",
    "dropped_unsubscribed": "unsubscribe",
    "dropped_spam": "complaint",
    "dropped_bounced": "bounce",
    "dropped_other": "other",
    "group": "unsubscribe",
    "unsubscribe_unknown": "unsubscribe",
    "opted_out_unknown": "unsubscribe",
    "complaint_unknown": "complaint",
    "bounce_unknown": "bounce",
}


@dataclass(frozen=True)
class Line:
    """One line of one file. ``left_out`` and ``blanked`` name a column of its header.

    A ``broken`` line is refused when it is loaded. A ``forgotten`` one stands in a file
    that comes again without it.
    """

    table: str
    day: date
    cells: Cells
    is_late: bool = False
    left_out: str | None = None
    blanked: str | None = None
    broken: str | None = None
    is_forgotten: bool = False


@dataclass
class Story:
    """A history in the making; ``chance`` is its own."""

    number: int
    kind: str
    table: str
    chance: random.Random
    people: list[Person] = field(default_factory=list)
    said: list[Statement] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    versions: list[tuple[Line, Flag]] = field(default_factory=list)
    keys: int = 0
    became: dict[str, str] = field(default_factory=dict)
    """Records that were converted into another: one record, from the first word on."""

    @property
    def name(self) -> str:
        """What a failing test calls it."""
        return f"{self.kind} at {self.table}, history {self.number}"

    @property
    def records(self) -> Records:
        """The layout of the story's records."""
        return RECORDS[self.table]

    def person(self, addresses: int = 1, *, agrees: bool = True) -> Person:
        """Add somebody; unless told otherwise they agreed to mail at their first address."""
        place = len(self.people)
        tag = "+own" if self.chance.random() < 0.1 else ""
        made = Person(
            tuple(
                f"{'abcd'[place]}{n or ''}.p{self.number}{tag}@mail.example.com"
                for n in range(addresses)
            ),
            f"+4474{self.number:06}{place}{self.number % 10}",
        )
        self.people.append(made)
        if agrees:
            self.decide(made.addresses[0], True, FIRST_GRANT, DAYS[0])
        return made

    def key(self, table: str = "") -> str:
        """Return an id that nobody else has."""
        self.keys += 1
        key = f"{self.number * 100 + self.keys}"
        if (table or self.table).startswith("salesforce/"):
            return f"003{key:0>12}AAA"
        return f"'{key}" if self.table == "shopify/customers" else key

    def moment(self, first: int = 0, last: int = 30) -> datetime:
        """Return a second so many days after the second of March."""
        seconds = self.chance.randint(first * 86400, last * 86400 - 1)
        return FIRST_GRANT + timedelta(days=1, seconds=seconds)

    def version(
        self,
        person: Person,
        record: str,
        is_no: bool | None,
        at: datetime | None,
        day: date,
        *,
        flag: str | None = None,
        email: str | None = None,
        named: tuple[str, ...] | None = None,
        time: str = "",
        table: str | None = None,
        extra: Cells | None = None,
        **file: Any,
    ) -> None:
        """Deliver a version of a record of ``person``.

        ``at`` is its readable time, ``time`` what is written in the place of one, ``named``
        the addresses that are written as ``email``. A row that is refused, or that names no
        record, may be a no of whom it names.
        """
        table = table or self.table
        layout = RECORDS[table]
        email = person.addresses[0] if email is None else email
        word = {None: "", True: layout.says_no, False: layout.says_yes}[is_no]
        cells: Cells = {
            layout.key: record,
            layout.email: email,
            layout.flag: layout.flag_cell(word if flag is None else flag),
            layout.first_name: "Ana",
            layout.last_name: letters(self.number, self.people.index(person)),
        }
        if layout.phone:
            cells[layout.phone] = person.phone
        if layout.time:
            cells[layout.time] = layout.clock(at) if at else time
        if layout.deleted:
            cells[layout.deleted] = "false"
        line = Line(table, day, cells | (extra or {}), **file)
        line = replace(line, day=LATE_DAY if line.is_late else day)
        addresses = named if named is not None else ((email,) if email else ())
        contacts = frozenset((*addresses, *((person.phone,) if layout.phone else ())))
        self.lines.append(line)
        if line.broken or not record:
            self.said.append(Refused(table, contacts, line.day))
            return
        believed = at if layout.time and line.left_out != layout.time else None
        key = f"{table}/{record}"
        told = Flag(key, is_no, contacts, believed, line.day, layout.needs_yes)
        self.said.append(told)
        self.versions.append((line, told))

    def mail(
        self,
        word: str,
        at: datetime | None,
        day: date,
        *,
        email: str,
        named: tuple[str, ...],
        time: str = "",
        is_deleted: bool = False,
        **file: Any,
    ) -> None:
        """Deliver an event of the story's email service about ``named``."""
        if self.table == KLAVIYO:
            who = self.key()
            line = Line(
                self.table,
                day,
                {
                    "id": f"e{who}", "person_id": who,
                    "_fivetran_deleted": str(is_deleted).upper(),
                    "datetime": utc_clock(at) if at else time, **KLAVIYO_WORDS[word],
                },
                **file,
            )  # fmt: skip
            told: Cells = {
                "id": who, "email": email, "updated": utc_clock(FIRST_GRANT),
                "_fivetran_deleted": str(is_deleted).upper(),
            }  # fmt: skip
            self.lines.append(Line("klaviyo/person", FIRST, told))
        else:
            layout = MAILS[self.table]
            line = Line(
                self.table,
                day,
                {
                    layout.key: self.key(), layout.email: layout.wrapped(email),
                    **layout.base,
                    layout.time: layout.clock(at) if at else time, **layout.words[word],
                },
                **file,
            )  # fmt: skip
        line = replace(line, day=LATE_DAY if line.is_late else day)
        self.lines.append(line)
        contacts = frozenset(named)
        if self.table in MAILS and MAILS[self.table].is_standing:
            at = None
        if line.broken:
            self.said.append(Refused(self.table, contacts, line.day))
        else:
            self.said.append(Event(MEANS.get(word, word), contacts, at, line.day))

    def decide(
        self,
        subject: str,
        is_grant: bool,
        at: datetime | None,
        day: date,
        *,
        named: tuple[str, ...] | None = None,
        time: str = "",
        table: str = "consent/ledger",
        means: dict[str, Any] | None = None,
        cells: Cells | None = None,
        **file: Any,
    ) -> None:
        """Deliver a decision; ``means`` is what ``cells`` say beyond a plain one."""
        means = means or {}
        if table == "cmp/receipts":
            key = f"r{self.key()}"
            row = receipt(key, subject, is_grant, instant_clock(at) if at else time)
        else:
            status = "granted" if is_grant else "withdrawn"
            row = ledger_row(subject, status, instant_clock(at) if at else time)
            if confirmed := means.get("confirmed_at"):
                row["double_opt_in_time"] = offset_clock(confirmed)
        line = Line(table, day, row | (cells or {}), **file)
        line = replace(line, day=LATE_DAY if line.is_late else day)
        self.lines.append(line)
        said = None if line.broken else at
        contacts = frozenset(named if named is not None else (subject,))
        if is_grant and (said is None or line.is_forgotten):
            return  # a yes that cannot be read, or is taken back, is nothing
        self.said.append(replace(Decision(is_grant, contacts, said, line.day), **means))


def letters(number: int, place: int) -> str:
    """Return a family name that nobody else has."""
    return "Q" + "".join("abcdefghij"[int(digit)] for digit in f"{number:05}{place}")
