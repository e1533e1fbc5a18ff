"""Go's `time.Location`: where a clock stands.

`Local` is that of a controller, whose container is in UTC, and never that of this machine: the same
manifest gives the same text everywhere.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from argosy.engine.language.go.calendar import DAY, date_of, days_of
from argosy.engine.language.values import Defined

_NAME = re.compile(r"(?!.*\.\.)[^/\\][^\\]*")
_YEARS = range(1880, 2040)


class Location(Defined):
    """A named zone; without `rules`, one `offset` for ever (seconds east of UTC)."""

    go_type, go_kind = "*time.Location", "ptr"

    def __init__(self, name: str, offset: int = 0, rules: Any = None) -> None:
        self.name, self._offset, self._rules = name, offset, rules

    def __str__(self) -> str:
        return self.name

    def json(self) -> str:
        """No field of it is public."""
        return "{}"

    def at(self, seconds: int) -> tuple[str, int, bool]:
        """Return abbreviation, offset and whether it is summer at a time since 1970."""
        if self._rules is None:
            return self.name, self._offset, False
        return _looked_up(self._rules, seconds)

    def seconds(self, clock: int) -> int:
        """Return when a clock here shows `clock`, as if seconds since 1970 (Go's `time.Date`)."""
        offset = self.at(clock)[1]
        return clock - self.at(clock - offset)[1] if offset else clock

    def offset_of(self, abbreviation: str, clock: int) -> int | None:
        """Return the offset that an abbreviation stands for here (Go's `lookupName`)."""
        found = [offset for name, offset in self._abbreviations() if name == abbreviation]
        fits = (each for each in found if self.at(clock - each)[0] == abbreviation)
        return next(fits, found[0] if found else None)

    def _abbreviations(self) -> Iterator[tuple[str, int]]:
        if self._rules is None:
            return iter([(self.name, self._offset)])
        days = (days_of(year, month, 1) for year in _YEARS for month in range(1, 13))
        return iter(dict.fromkeys(self.at(day * DAY)[:2] for day in days))


def _looked_up(rules: Any, seconds: int) -> tuple[str, int, bool]:
    from datetime import UTC, datetime, timedelta

    days, clock = divmod(seconds, DAY)
    year, month, day, _ = date_of(days)
    # rules repeat every 400 years; before all rules stands the mean time of the place
    year = year if year < 9999 else 9000 + year % 400
    when = datetime(max(year, 2), month, day, tzinfo=UTC) + timedelta(seconds=clock)
    there = when.astimezone(rules)
    shift, offset = there.dst(), there.utcoffset()
    return there.tzname() or "", int(offset.total_seconds()) if offset else 0, bool(shift)


UTC = Location("UTC")
LOCAL = Location("UTC")  # so named where no `/etc/localtime` is, as in Argo's images


@lru_cache(maxsize=64)
def load(name: str) -> Location:
    """Return a zone of the IANA's; raise `ValueError` in the words of `time.LoadLocation`."""
    if name in ("", "UTC"):
        return UTC
    if name == "Local":
        return LOCAL
    if not _NAME.fullmatch(name) or "\0" in name:
        raise ValueError("time: invalid location name")
    from zoneinfo import ZoneInfo

    try:
        return Location(name, rules=ZoneInfo(name))
    except (OSError, ValueError, LookupError):
        raise ValueError(f"unknown time zone {name}") from None
