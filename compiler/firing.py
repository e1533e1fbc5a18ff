"""When a cron line fires: the algorithm of Argo's controller (robfig/cron v3), step by step.

Libraries for Python move a time that the clock skips and fire once at one that it repeats. The
controller does neither, and has ways of its own where the clock moves by half an hour.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from compiler.cron import fields, fires_on, values

_YEARS = 5
_WRAPS = 10_000
_Step = tuple[datetime, bool]


def fires(cron: str, zone: ZoneInfo, start: datetime) -> Iterator[datetime]:
    """Yield the moments after `start` (aware) in UTC, until one is over five years off.

    Raise `CronError` if the line is malformed.
    """
    texts = fields(cron)
    numbers = values(texts)
    found = _Search(texts, numbers, zone).after(start)
    while found:
        yield found
        found = _Search(texts, numbers, zone).after(found)


@dataclass
class _Search:
    """One search; each step returns the moment that it reached, and whether to start over."""

    texts: Sequence[str]
    numbers: tuple[frozenset[int], ...]
    zone: ZoneInfo
    aligned: bool = False

    def after(self, start: datetime) -> datetime | None:
        at = start.astimezone(UTC).replace(second=0, microsecond=0) + timedelta(minutes=1)
        last = self._local(at).year + _YEARS
        for _ in range(_WRAPS):
            if self._local(at).year > last:
                break
            for step in (self._month, self._day, self._hour, self._minute):
                at, again = step(at)
                if again:
                    break
            else:
                return at
        return None

    def _local(self, at: datetime) -> datetime:
        return at.astimezone(self.zone)

    def _moment(self, wall: datetime) -> datetime:
        """Return the moment of a local time, as Go's `time.Date` finds it."""
        naive = wall.replace(tzinfo=UTC)
        guess = naive - (self._local(naive).utcoffset() or timedelta())
        return naive - (self._local(guess).utcoffset() or timedelta())

    def _aligned(self, at: datetime, unit: str) -> datetime:
        """Return the start of the month, day or hour, for the first step that has to move."""
        if self.aligned:
            return at
        self.aligned = True
        wall = self._local(at).replace(minute=0, second=0, fold=0)
        wall = wall if unit == "hour" else wall.replace(hour=0)
        return self._moment(wall.replace(day=1) if unit == "month" else wall)

    def _month(self, at: datetime) -> _Step:
        while self._local(at).month not in self.numbers[3]:
            local = self._local(self._aligned(at, "month"))
            year, month = divmod(local.year * 12 + local.month, 12)
            at = self._moment(local.replace(year=year, month=month + 1, fold=0))
            if self._local(at).month == 1:
                return at, True
        return at, False

    def _day(self, at: datetime) -> _Step:
        while not fires_on(self._local(at), self.texts, self.numbers):
            local = self._local(self._aligned(at, "day"))
            moved = self._moment(local.replace(fold=0, tzinfo=None) + timedelta(days=1))
            hour = self._local(moved).hour
            moved += timedelta(hours=24 - hour if hour > 12 else -hour)
            # where a whole day is missing the controller never comes back from its search
            at = moved if moved > at else at + timedelta(days=1)
            if self._local(at).day == 1:
                return at, True
        return at, False

    def _hour(self, at: datetime) -> _Step:
        while self._local(at).hour not in self.numbers[1]:
            at = self._aligned(at, "hour") + timedelta(hours=1)
            if self._local(at).hour == 0:
                return at, True
        return at, False

    def _minute(self, at: datetime) -> _Step:
        while self._local(at).minute not in self.numbers[0]:
            self.aligned = True
            at += timedelta(minutes=1)
            if self._local(at).minute == 0:
                return at, True
        return at, False
