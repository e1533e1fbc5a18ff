"""Go's `time.Time`, `time.Duration`, `time.Month` and `time.Weekday`."""

import time
from typing import Any

from argosy.engine.language.errors import EvaluationError
from argosy.engine.language.go import calendar, time_writing
from argosy.engine.language.go.calendar import MONTHS, WEEKDAYS
from argosy.engine.language.go.clocks import Clock, clock
from argosy.engine.language.go.layouts import RFC3339_NANO
from argosy.engine.language.go.zones import LOCAL, UTC, Location
from argosy.engine.language.values import Defined, Number
from compiler.golang.numbers import wrapped

SECOND = 10**9
_BORN = time.monotonic_ns()
_LEAST, _MOST = -(2**63), 2**63 - 1


class Month(Number):
    """A month, from 1 on."""

    go_type = "time.Month"

    def __str__(self) -> str:
        return MONTHS[self.value - 1]


class Weekday(Number):
    """A day of the week; 0 is Sunday."""

    go_type = "time.Weekday"

    def __str__(self) -> str:
        return WEEKDAYS[self.value]


class Duration(Number):
    """A span in nanoseconds, 64 bits of them."""

    go_type, go_kind = "time.Duration", "int64"

    def __init__(self, value: int) -> None:
        super().__init__(wrapped(value))

    def __str__(self) -> str:
        return time_writing.span(self.value)

    def __add__(self, other: object) -> Any:
        return Duration(self.value + other.value) if isinstance(other, Duration) else NotImplemented

    def __sub__(self, other: object) -> Any:
        return Duration(self.value - other.value) if isinstance(other, Duration) else NotImplemented

    def __mul__(self, other: object) -> Any:
        if isinstance(other, float):
            return self.value * other
        if isinstance(other, Duration):
            return Duration(self.value * other.value)
        return Duration(self.value * other) if isinstance(other, int) else NotImplemented

    __rmul__ = __mul__

    def __lt__(self, other: object) -> bool:
        return self.value < other.value if isinstance(other, Duration) else NotImplemented

    def __le__(self, other: object) -> bool:
        return self.value <= other.value if isinstance(other, Duration) else NotImplemented

    def __gt__(self, other: object) -> bool:
        return self.value > other.value if isinstance(other, Duration) else NotImplemented

    def __ge__(self, other: object) -> bool:
        return self.value >= other.value if isinstance(other, Duration) else NotImplemented

    def in_units(self, nanoseconds: int) -> float:
        """Return it in seconds, minutes or hours, added up as Go does."""
        rest = self._rest(nanoseconds)
        return float((self.value - rest) // nanoseconds) + rest / nanoseconds

    def truncated(self, unit: "Duration") -> "Duration":
        """Drop what is no multiple of a unit."""
        return self if unit.value <= 0 else Duration(self.value - self._rest(unit.value))

    def rounded(self, unit: "Duration") -> "Duration":
        """Return the nearest multiple of a unit, halves away from zero, within 64 bits."""
        if unit.value <= 0:
            return self
        rest = self._rest(unit.value)
        up = unit.value if abs(rest) * 2 >= unit.value else 0
        rounded = self.value - rest + (up if self.value >= 0 else -up)
        return Duration(min(max(rounded, _LEAST), _MOST))

    def _rest(self, unit: int) -> int:
        rest = abs(self.value) % unit
        return rest if self.value >= 0 else -rest


class Time(Defined):
    """An instant in nanoseconds since 1970, and the place whose clock shows it.

    `since_start`: what the monotonic clock said, which `String` writes too.
    """

    go_type = "time.Time"

    def __init__(
        self, nanoseconds: int, place: Location = UTC, since_start: int | None = None
    ) -> None:
        self.nanoseconds, self.place, self.since_start = nanoseconds, place, since_start

    @property
    def seconds(self) -> int:
        """Whole seconds since 1970."""
        return self.nanoseconds // SECOND

    @property
    def clock(self) -> Clock:
        """What the clock of the place shows."""
        return clock(self.seconds, self.nanoseconds % SECOND, self.place)

    def __str__(self) -> str:
        text = self.format("2006-01-02 15:04:05.999999999 -0700 MST")
        if self.since_start is None:
            return text
        return f"{text} m=+{self.since_start // SECOND}.{self.since_start % SECOND:09d}"

    def format(self, layout: str) -> str:
        """Write it by a layout."""
        return time_writing.formatted(self.clock, layout)

    def json(self) -> str:
        """Write it as RFC 3339; raise `EvaluationError` for a year or a zone that it lacks."""
        now, wrong = self.clock, ""
        if not 0 <= now.year <= 9999:
            wrong = "year outside of range [0,9999]"
        elif abs(now.offset) >= calendar.DAY:
            wrong = "timezone hour outside of range [0,23]"
        if wrong:
            said = f"json: error calling MarshalJSON for type time.Time: Time.MarshalJSON: {wrong}"
            raise EvaluationError(said)
        return f'"{self.format(RFC3339_NANO)}"'

    def at(self, place: Location) -> "Time":
        """Return the same instant on another clock."""
        return Time(self.nanoseconds, place)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Time) and other.nanoseconds == self.nanoseconds

    def __hash__(self) -> int:
        return hash(self.nanoseconds)

    def __add__(self, other: object) -> Any:
        if not isinstance(other, Duration):
            return NotImplemented
        later = None if self.since_start is None else self.since_start + other.value
        return Time(self.nanoseconds + other.value, self.place, later)

    __radd__ = __add__

    def __sub__(self, other: object) -> Any:
        if isinstance(other, Duration):
            return self + Duration(-other.value)
        if not isinstance(other, Time):
            return NotImplemented
        return Duration(min(max(self.nanoseconds - other.nanoseconds, _LEAST), _MOST))

    def __lt__(self, other: object) -> bool:
        return self.nanoseconds < other.nanoseconds if isinstance(other, Time) else NotImplemented

    def __le__(self, other: object) -> bool:
        return self.nanoseconds <= other.nanoseconds if isinstance(other, Time) else NotImplemented

    def __gt__(self, other: object) -> bool:
        return self.nanoseconds > other.nanoseconds if isinstance(other, Time) else NotImplemented

    def __ge__(self, other: object) -> bool:
        return self.nanoseconds >= other.nanoseconds if isinstance(other, Time) else NotImplemented

    def rounded(self, unit: Duration, *, half: bool) -> "Time":
        """Return the multiple of a unit since year 1 before it, or with `half` the nearest."""
        if unit.value <= 0:
            return Time(self.nanoseconds, self.place)
        rest = (self.nanoseconds - calendar.YEAR_ONE * SECOND) % unit.value
        up = unit.value if half and rest * 2 >= unit.value else 0
        return Time(self.nanoseconds - rest + up, self.place)

    def later(self, years: int, months: int, days: int) -> "Time":
        """Return what the clock shows on another day (Go's `AddDate`)."""
        now = self.clock
        day = calendar.days_of(now.year + years, now.month + months, 1) + now.day - 1 + days
        seconds = day * calendar.DAY + now.hour * 3600 + now.minute * 60 + now.second
        return Time(self.place.seconds(seconds) * SECOND + now.nanosecond, self.place)

    def iso_year(self) -> int:
        """Return the year of the week by ISO 8601 (Go's `ISOWeek` gives the week too)."""
        now = self.clock
        thursday = calendar.days_of(now.year, 1, now.year_day) + 3 - (now.weekday - 1) % 7
        return calendar.date_of(thursday)[0]


ZERO = Time(calendar.YEAR_ONE * SECOND)


def unix(seconds: int, nanoseconds: int = 0) -> Time:
    """Return an instant as `time.Unix` does, on the clock of a controller."""
    return Time(seconds * SECOND + nanoseconds, LOCAL)


def now(place: Location | None = None) -> Time:
    """Return the present."""
    if place is not None:
        return Time(time.time_ns(), place)
    return Time(time.time_ns(), LOCAL, time.monotonic_ns() - _BORN)
