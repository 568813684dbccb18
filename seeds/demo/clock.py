"""The demo's calendar, and times as text.

Instants are whole seconds since 1970 in UTC; days are counted since 1970-01-01.
"""

import functools
from bisect import bisect_left
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from seeds.demo.texts import Ints, join, pick, texts

BUSINESS_ZONE = "Europe/London"
DAY = 86_400
HOUR = 3_600
NEVER = 1 << 40
"""An instant after every other, where something does not happen."""
_EPOCH = date(1970, 1, 1)
_DATES_BEFORE_EPOCH = 25_567
_SEEN = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2060, 1, 1, tzinfo=UTC))


@dataclass(frozen=True)
class Calendar:
    """The days of drops, and how far the history in the first drop goes back."""

    last_day: date
    days: int

    @property
    def first(self) -> int:
        """The day of the first drop."""
        return day_number(self.last_day) - self.days + 1

    @property
    def names(self) -> list[str]:
        """The date of each drop, as in file names."""
        return [day_name(self.first + index) for index in range(self.days)]

    @property
    def end_at(self) -> int:
        """The midnight that ends the last drop."""
        return self.midnight(self.days)

    @property
    def web_start_at(self) -> int:
        """The first instant of mail and web history: 30 days before the first drop."""
        return self.midnight(-30)

    @property
    def orders_start_at(self) -> int:
        """The first instant of order history: 14 months before the first drop."""
        return self.midnight(-425)

    def midnight(self, drop: int) -> int:
        """Return the instant at which the business day of ``drop`` begins."""
        local = np.array([(self.first + drop) * DAY], np.int64)
        return int(to_utc(BUSINESS_ZONE, local)[0])

    def drop_of(self, instants: Ints) -> Ints:
        """Return the drop that holds each instant; history lies in drop 0."""
        return np.clip(business_days(instants) - self.first, 0, self.days - 1)

    def drop_ends(self, drops: Ints) -> Ints:
        """Return the midnight that ends each drop."""
        return to_utc(BUSINESS_ZONE, (drops + self.first + 1) * DAY)

    def clock_changes(self) -> list[int]:
        """Return the instants between history and end at which the clock changes."""
        moments, _ = _transitions(BUSINESS_ZONE)
        return [at for at in moments if self.orders_start_at < at < self.end_at]


def day_number(day: date) -> int:
    """Return the days from 1970-01-01 to ``day``."""
    return (day - _EPOCH).days


def day_name(number: int) -> str:
    """Return a day as ``2026-04-05``."""
    return (_EPOCH + timedelta(days=number)).isoformat()


def offsets(zone: str, instants: Ints) -> Ints:
    """Return the seconds that ``zone`` is ahead of UTC at each instant."""
    moments, shifts = _transitions(zone)
    return shifts[np.searchsorted(moments, instants, side="right")]


def to_utc(zone: str, local: Ints) -> Ints:
    """Return the instants at which clocks in ``zone`` show ``local`` seconds."""
    guess = local - offsets(zone, local)
    return local - offsets(zone, guess)


def business_days(instants: Ints) -> Ints:
    """Return the business day of each instant."""
    return (instants + offsets(BUSINESS_ZONE, instants)) // DAY


def date_texts(days: Ints, style: str = "{2}-{1}-{0}") -> pa.StringArray:
    """Return days as text; ``style`` places day {0}, month {1} and year {2}."""
    return pick(_dates(style), days + _DATES_BEFORE_EPOCH)


def local_texts(instants: Ints, *, to_the_minute: bool = False) -> pa.StringArray:
    """Return instants on the business clock: ``2026-03-29 02:00:00``."""
    local = instants + offsets(BUSINESS_ZONE, instants)
    times = _minutes() if to_the_minute else _seconds()
    return join(date_texts(local // DAY), " ", pick(times, local % DAY))


def stamped_texts(instants: Ints) -> pa.StringArray:
    """Return instants as Shopify writes them: ``2026-03-29 02:00:00 +0100``."""
    ahead = offsets(BUSINESS_ZONE, instants) // HOUR
    return join(local_texts(instants), " ", pick(["+0000", "+0100"], ahead))


def iso_texts(instants: Ints, zone: str = BUSINESS_ZONE) -> pa.StringArray:
    """Return instants as ISO 8601 with the offset of ``zone``."""
    ahead = offsets(zone, instants)
    local = instants + ahead
    signs = [f"{hour:+03d}:00" for hour in range(-12, 15)]
    clock = join(date_texts(local // DAY), "T", pick(_seconds(), local % DAY))
    return join(clock, pick(signs, ahead // HOUR + 12))


@functools.cache
def _dates(style: str) -> pa.StringArray:
    """Return every date from 1900 to 2069 in ``style``."""
    every = np.datetime_as_string(np.arange("1900-01-01", "2070-01-01", dtype="M8[D]"))
    return texts([style.format(day[8:], day[5:7], day[:4]) for day in every.tolist()])


@functools.cache
def _seconds() -> pa.StringArray:
    return texts([str(timedelta(seconds=n)).rjust(8, "0") for n in range(DAY)])


@functools.cache
def _minutes() -> pa.StringArray:
    return texts([str(timedelta(seconds=n)).rjust(8, "0")[:5] for n in range(DAY)])


@functools.cache
def _transitions(zone: str) -> tuple[Ints, Ints]:
    """Return when a zone changes its offset, and the offsets before, between, after."""
    info, (start, end) = ZoneInfo(zone), _SEEN
    hours = range(int(start.timestamp()) // HOUR, int(end.timestamp()) // HOUR)

    def ahead(hour: int) -> int:
        shift = datetime.fromtimestamp(hour * HOUR, info).utcoffset()
        return int(shift.total_seconds()) if shift else 0

    moments: list[int] = []
    shifts = [ahead(hours[0])]
    for left in range(hours[0], hours[-1] - 24 * 30, 24 * 30):
        right = left + 24 * 30
        if ahead(right) != shifts[-1]:
            before = shifts[-1]
            span = range(left, right + 1)
            hour = bisect_left(span, True, key=lambda h: ahead(h) != before)
            moments.append(span[hour] * HOUR)
            shifts.append(ahead(right))
    return np.array(moments, np.int64), np.array(shifts, np.int64)
