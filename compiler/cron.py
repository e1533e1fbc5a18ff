"""The grammar of cron lines that Argo's controller takes (robfig/cron v3, `ParseStandard`)."""

import re
from collections.abc import Mapping, Sequence
from datetime import date

NAMED = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
DAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_FIELDS: tuple[tuple[str, int, int, Mapping[str, int]], ...] = (
    ("minute", 0, 59, {}),
    ("hour", 0, 23, {}),
    ("day of month", 1, 31, {}),
    ("month", 1, 12, {name[:3].lower(): number for number, name in enumerate(MONTHS, 1)}),
    ("day of week", 0, 6, {name[:3].lower(): number for number, name in enumerate(DAYS)}),
)
_PART = re.compile(r"(\*|\?|[0-9a-z]{1,9})(?:-([0-9a-z]{1,9}))?(?:/([0-9]{1,9}))?")


class CronError(ValueError):
    """The line is none that the controller takes; the text says why."""


def fields(cron: str) -> tuple[str, ...]:
    """Return the five fields of a line or of a preset; raise `CronError` if they are not five."""
    line = cron.strip()
    if line.startswith("@") and line not in NAMED:
        raise CronError(f"`{line}` is not known")
    found = tuple(NAMED.get(line, line).lower().replace("?", "*").split())
    if len(found) != len(_FIELDS):
        raise CronError(f"it has {len(found)} fields")
    return found


def values(fields: Sequence[str]) -> tuple[frozenset[int], ...]:
    """Return the numbers that each field allows; raise `CronError` for a malformed one."""
    return tuple(field(text, index) for index, text in enumerate(fields))


def field(text: str, index: int) -> frozenset[int]:
    """Return the numbers that field `index` allows; raise `CronError` if it is malformed."""
    return frozenset(number for part in text.split(",") for number in _span(part, index))


def _span(part: str, index: int) -> range:
    name, low, high, words = _FIELDS[index]
    match = _PART.fullmatch(part)
    if not match or (match[1] in "*?" and match[2]):
        raise CronError(f"`{part}` is no {name}")
    first, last, step = match.groups()
    if first not in "*?":
        start = _number(first, words)
        end = _number(last, words) if last else high if step else start
        if not (low <= start <= high and low <= end <= high):
            raise CronError(f"`{part}` is no {name} ({low}-{high})")
        low, high = start, end
    if low > high or int(step or 1) == 0:
        raise CronError(f"`{part}` is an empty range")
    return range(low, high + 1, int(step or 1))


def fires_on(day: date, fields: Sequence[str], numbers: Sequence[frozenset[int]]) -> bool:
    """Whether a line may fire on `day`: two day fields, both restricted, are alternatives."""
    in_month, in_week = day.day in numbers[2], day.isoweekday() % 7 in numbers[4]
    parts = [part for text in fields[2::2] for part in text.split(",")]
    free = any(part in ("*", "*/1") for part in parts)
    on_day = (in_month and in_week) if free else (in_month or in_week)
    return day.month in numbers[3] and on_day


def _number(text: str, words: Mapping[str, int]) -> int:
    return words.get(text, int(text) if text.isdecimal() else -1)
