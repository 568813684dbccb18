"""Which nights are over, by the clock of the business: cheap, and makes no folder."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from orchestration.home.settings import Settings

MOST_SPANS = 5
"""Spans of days that a sentence names."""


class NoSuchNightError(Exception):
    """There is no night to run: wrong date, or nothing has arrived yet."""


def newest_day_over(settings: Settings) -> date:
    """Return yesterday in business time: the newest day whose night can be run."""
    today = datetime.now(ZoneInfo(settings.business_time_zone)).date()
    return today - timedelta(days=1)


def refuse_unfinished(settings: Settings, night: date) -> None:
    """Refuse a night whose day is not over, before anything is made for it.

    Raises:
        NoSuchNightError: it is today's, or lies ahead.
    """
    if night > (newest := newest_day_over(settings)):
        raise NoSuchNightError(
            f"{night.isoformat()} is not over yet in {settings.business_time_zone} "
            "(`business_time_zone` in dbt_project.yml): the newest night that can be run is "
            f"{newest.isoformat()}. Nothing was started."
        )


def listed_days(days: Sequence[date]) -> str:
    """Return ``days`` for a sentence, those that follow each other as one span."""
    spans: list[tuple[date, date]] = []
    for day in sorted(set(days)):
        if spans and day - spans[-1][1] == timedelta(days=1):
            spans[-1] = (spans[-1][0], day)
        else:
            spans.append((day, day))
    words = [
        first.isoformat()
        if first == last
        else f"{first.isoformat()} to {last.isoformat()}"
        for first, last in spans[:MOST_SPANS]
    ]
    if more := len(spans) - MOST_SPANS:
        words += [f"{more} more gaps"] if more > 0 else []
    return ", ".join(words)
