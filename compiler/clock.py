"""The days on which a time zone moves its clock, and what that does to a cron line."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from compiler.cron import DAYS, MONTHS, fields, fires_on, values
from compiler.record import record

# a span of years that is always the same: what is said does not depend on the day it is said
_FIRST, _LAST = 2026, 2029
_ORDINALS = ("first", "second", "third", "fourth")


@record
class Change:
    """The clock moves: the local times from `start` until before `end` are missing, or come twice.

    `start` and `end` are on the same clock, without a zone.
    """

    start: datetime
    end: datetime
    missing: bool

    @property
    def day(self) -> str:
        """The day of the change, by its rule: `the last Sunday of March`."""
        weekday, month = DAYS[self.start.isoweekday() % 7], MONTHS[self.start.month - 1]
        last = (self.start + timedelta(days=7)).month != self.start.month
        which = "last" if last else _ORDINALS[(self.start.day - 1) // 7]
        return f"the {which} {weekday} of {month}"


@cache
def changes(zone: str) -> tuple[Change, ...]:
    """Return the changes of `zone` in a span of years that never changes."""
    return tuple(_changes(ZoneInfo(zone)))


def _changes(zone: ZoneInfo) -> Iterator[Change]:
    day, step = datetime(_FIRST, 1, 1, tzinfo=UTC), timedelta(days=1)
    while day.year <= _LAST:
        before, after = _offset(day, zone), _offset(day + step, zone)
        if before != after:
            moment = _moment(day, step, zone)
            low, high = sorted((moment + before, moment + after))
            yield Change(low.replace(tzinfo=None), high.replace(tzinfo=None), after > before)
        day += step


def _moment(start: datetime, span: timedelta, zone: ZoneInfo) -> datetime:
    """Return the first minute after `start` with the offset of the end of `span`."""
    before = _offset(start, zone)
    low, high = 0, int(span.total_seconds()) // 60
    while high - low > 1:
        middle = (low + high) // 2
        same = _offset(start + timedelta(minutes=middle), zone) == before
        low, high = (middle, high) if same else (low, middle)
    return start + timedelta(minutes=high)


def _offset(at: datetime, zone: ZoneInfo) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta()


def hits(cron: str, zone: str) -> Iterator[tuple[time, Change]]:
    """Yield each kind of change that falls on a time at which `cron` is to fire, and the time.

    A line of every hour loses or gains nothing that anybody would miss.
    """
    texts = fields(cron)
    numbers = values(texts)
    if len(numbers[1]) == 24:
        return
    clocks = [time(hour, minute) for hour in sorted(numbers[1]) for minute in sorted(numbers[0])]
    told: set[tuple[str, bool]] = set()
    for change in changes(zone):
        day = change.start.date()
        found = [c for c in clocks if change.start <= datetime.combine(day, c) < change.end]
        if found and fires_on(day, texts, numbers) and (change.day, change.missing) not in told:
            told.add((change.day, change.missing))
            yield found[0], change
