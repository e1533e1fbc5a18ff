"""Times and spans as Go writes them: `Format`, `String`, JSON."""

from collections.abc import Callable, Mapping

from argosy.engine.language.go import layouts
from argosy.engine.language.go.calendar import MONTHS, WEEKDAYS
from argosy.engine.language.go.clocks import Clock

_WRITTEN: Mapping[str, Callable[[Clock], str]] = {
    "2006": lambda clock: padded(clock.year, 4),
    "06": lambda clock: f"{abs(clock.year) % 100:02d}",
    "January": lambda clock: MONTHS[clock.month - 1],
    "Jan": lambda clock: MONTHS[clock.month - 1][:3],
    "1": lambda clock: f"{clock.month}",
    "01": lambda clock: f"{clock.month:02d}",
    "Monday": lambda clock: WEEKDAYS[clock.weekday],
    "Mon": lambda clock: WEEKDAYS[clock.weekday][:3],
    "2": lambda clock: f"{clock.day}",
    "_2": lambda clock: f"{clock.day:2d}",
    "02": lambda clock: f"{clock.day:02d}",
    "__2": lambda clock: f"{clock.year_day:3d}",
    "002": lambda clock: f"{clock.year_day:03d}",
    "15": lambda clock: f"{clock.hour:02d}",
    "3": lambda clock: f"{clock.hour % 12 or 12}",
    "03": lambda clock: f"{clock.hour % 12 or 12:02d}",
    "4": lambda clock: f"{clock.minute}",
    "04": lambda clock: f"{clock.minute:02d}",
    "5": lambda clock: f"{clock.second}",
    "05": lambda clock: f"{clock.second:02d}",
    "PM": lambda clock: "PM" if clock.hour >= 12 else "AM",
    "pm": lambda clock: "pm" if clock.hour >= 12 else "am",
    "MST": lambda clock: clock.zone or _offset("-0700", clock.offset),
}


def formatted(clock: Clock, layout: str) -> str:
    """Write what a clock shows by a layout."""
    return "".join(f"{part.before}{_written(part.name, clock)}" for part in layouts.parts(layout))


def padded(number: int, width: int) -> str:
    """Write a number with zeros behind its sign (Go's `appendInt`)."""
    return f"{'-' if number < 0 else ''}{abs(number):0{width}d}"


def _written(name: str, clock: Clock) -> str:
    if not name:
        return ""
    if layouts.is_fraction(name):
        return _fraction(name, clock.nanosecond)
    return _offset(name, clock.offset) if layouts.is_zone(name) else _WRITTEN[name](clock)


def _fraction(name: str, nanosecond: int) -> str:
    digits = f"{nanosecond:09d}"[: len(name) - 1]
    if name[1] == "0":
        return f"{name[0]}{digits}"
    digits = digits.rstrip("0")
    return f"{name[0]}{digits}" if digits else ""


def _offset(name: str, offset: int) -> str:
    if offset == 0 and name[0] == "Z":
        return "Z"
    # the sign is that of whole minutes
    minutes = abs(offset) // 60
    sign = "-" if offset <= -60 else "+"
    colon = ":" if ":" in name else ""
    text = f"{sign}{minutes // 60:02d}"
    if len(name) > 3:
        text += f"{colon}{minutes % 60:02d}"
    if len(name) > 6:
        rest = abs(offset) % 60
        text += f"{colon}{padded(-rest if sign == '+' and offset < 0 else rest, 2)}"
    return text


def span(nanoseconds: int) -> str:
    """Write a span as `time.Duration.String` does: `1h2m0.5s`."""
    size, sign = abs(nanoseconds), "-" if nanoseconds < 0 else ""
    if size == 0:
        return "0s"
    for unit, digits in (("ns", 0), ("µs", 3), ("ms", 6)):
        if size < 10 ** (digits + 3):
            return f"{sign}{_decimal(size, digits)}{unit}"
    minutes, rest = divmod(size, 60 * 10**9)
    text = f"{_decimal(rest, 9)}s"
    if minutes:
        text = f"{minutes % 60}m{text}"
    return f"{sign}{minutes // 60}h{text}" if minutes >= 60 else f"{sign}{text}"


def _decimal(number: int, digits: int) -> str:
    whole, part = divmod(number, 10**digits)
    fraction = f"{part:0{digits}d}".rstrip("0") if digits else ""
    return f"{whole}.{fraction}" if fraction else f"{whole}"
