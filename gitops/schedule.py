"""Cron lines in words, and when they fire next. The grammar is that of Argo (robfig's cron)."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

_NAMED = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_DAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_MONTHS = [
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
]
_BOUNDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 6))
_NAMES: tuple[dict[str, int], ...] = (
    {},
    {},
    {},
    {name[:3].lower(): number for number, name in enumerate(_MONTHS, 1)},
    {name[:3].lower(): number for number, name in enumerate(_DAYS)},
)
_HORIZON = 5 * 366


def in_words(cron: str) -> str:
    """Say `cron` as people do, such as `every day at 02:00`; else `cron` and the line."""
    if cron.startswith("@every "):
        return f"every {cron[7:].strip()}"
    fields = _fields(cron)
    if fields is None or _values(fields) is None:
        return f"cron {cron.strip()}"
    minute, hour, *days = fields
    when = _days_in_words(*days)
    clock = _clock_in_words(minute, hour)
    if when is None or clock is None:
        return f"cron {cron.strip()}"
    if clock.startswith("every") and when == "every day":
        return clock
    return (
        f"{clock} {when.replace('every', 'on every', 1)}" if "every" in clock else f"{when} {clock}"
    )


def next_times(
    crons: Sequence[str], timezone: str, now: datetime, count: int = 3
) -> list[datetime]:
    """Return the next times after `now` (aware) in `timezone`; [] if a line or zone is unknown.

    As in Argo, a time that the clock skips in spring does not fire, one it repeats fires twice.
    """
    try:
        zone = ZoneInfo(timezone or "UTC")
    except (KeyError, ValueError, OSError):
        return []
    parsed = [_fields(cron) for cron in crons]
    values = [_values(fields) for fields in parsed if fields is not None]
    if None in values or len(values) != len(crons):
        return []
    fired = [islice(_times(v, f, zone, now), count) for v, f in zip(values, parsed) if v and f]
    moments = sorted({moment for times in fired for moment in times})
    return [moment.astimezone(zone) for moment in moments[:count]]


def _fields(cron: str) -> tuple[str, ...] | None:
    fields = tuple(_NAMED.get(cron.strip(), cron).replace("?", "*").split())
    return fields if len(fields) == 5 else None


def _values(fields: Sequence[str]) -> list[frozenset[int]] | None:
    """Return the numbers that each field allows; None if one is malformed."""
    found = [
        _field(field.lower(), bounds, names)
        for field, bounds, names in zip(fields, _BOUNDS, _NAMES)
    ]
    return None if None in found else [values for values in found if values is not None]


def _field(field: str, bounds: tuple[int, int], names: dict[str, int]) -> frozenset[int] | None:
    values: set[int] = set()
    for part in field.split(","):
        match = re.fullmatch(r"(\*|\w+)(?:-(\w+))?(?:/(\d{1,4}))?", part, re.ASCII)
        span = _span(match, bounds, names) if match else None
        if span is None:
            return None
        values.update(span)
    return frozenset(values)


def _span(match: re.Match[str], bounds: tuple[int, int], names: dict[str, int]) -> range | None:
    first, last, step = match.groups()
    if first == "*":
        low, high = bounds if last is None else (1, 0)
    else:
        low = _number(first, names)
        high = _number(last, names) if last else bounds[1] if step else low
    if not (bounds[0] <= low <= high <= bounds[1]) or step == "0":
        return None
    return range(low, high + 1, int(step or 1))


def _number(text: str, names: dict[str, int]) -> int:
    if text in names:
        return names[text]
    return int(text) if text.isdecimal() and len(text) < 4 else -1


def _times(
    values: list[frozenset[int]], fields: Sequence[str], zone: ZoneInfo, now: datetime
) -> Iterator[datetime]:
    """Yield the moments in UTC, where the two of a repeated hour are not equal."""
    minutes, hours, *_ = values
    start = now.astimezone(zone).date()
    clocks = [time(hour, minute) for hour in sorted(hours) for minute in sorted(minutes)]
    for day in (start + timedelta(days=offset) for offset in range(_HORIZON)):
        if not _fires_on(day, values, fields):
            continue
        moments = {moment for clock in clocks for moment in _moments(day, clock, zone)}
        yield from (moment for moment in sorted(moments) if moment > now.astimezone(UTC))


def _fires_on(day: date, values: list[frozenset[int]], fields: Sequence[str]) -> bool:
    """Whether `day` counts: two day fields that are both restricted are alternatives."""
    _, _, days, months, weekdays = values
    in_month, in_week = day.day in days, day.isoweekday() % 7 in weekdays
    parts = [part for field in fields[2::2] for part in field.split(",")]
    free = any(part in ("*", "*/1") for part in parts)
    return day.month in months and (in_month and in_week if free else in_month or in_week)


def _moments(day: date, clock: time, zone: ZoneInfo) -> Iterator[datetime]:
    """Yield the moments, in UTC, at which the local clock shows this time: none, one or two."""
    for fold in (0, 1):
        local = datetime.combine(day, clock.replace(fold=fold), zone)
        moment = local.astimezone(UTC)
        if moment.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None):
            yield moment


def _clock_in_words(minute: str, hour: str) -> str | None:
    if minute == "*" and hour == "*":
        return "every minute"
    if hour == "*":
        return _within_hour(minute)
    if minute.isdecimal() and (step := re.fullmatch(r"\*/(\d+)", hour)):
        return _every(int(step[1]), "hour", 24, f"at minute {int(minute)}" if int(minute) else "")
    hours = hour.split(",")
    if not minute.isdecimal() or not all(part.isdecimal() for part in hours):
        return None
    return f"at {_joined([f'{int(part):02}:{int(minute):02}' for part in hours])}"


def _within_hour(minute: str) -> str | None:
    if step := re.fullmatch(r"\*/(\d+)", minute):
        return _every(int(step[1]), "minute", 60, "")
    if not minute.isdecimal():
        return None
    return "every hour" if int(minute) == 0 else f"every hour at minute {int(minute)}"


def _every(step: int, unit: str, whole: int, rest: str) -> str | None:
    """Say `every 2 hours`, if the steps divide the whole: else the last one is shorter."""
    if whole % step:
        return None
    return f"every {unit if step == 1 else f'{step} {unit}s'} {rest}".rstrip()


def _days_in_words(days: str, months: str, weekdays: str) -> str | None:
    if months != "*" and not all(part.isdecimal() for part in months.split(",")):
        return None
    names = [_MONTHS[int(part) - 1] for part in months.split(",") if part != "*"]
    if days == weekdays == "*":
        return f"every day in {_joined(names)}" if names else "every day"
    if days == "*":
        week = _week_in_words(weekdays.lower())
        return f"{week} in {_joined(names)}" if week and names else week
    if weekdays != "*" or not all(part.isdecimal() for part in days.split(",")):
        return None
    numbers = _joined([str(int(part)) for part in days.split(",")])
    return f"every {_joined(names)} {numbers}" if names else f"on day {numbers} of every month"


def _week_in_words(weekdays: str) -> str | None:
    if "/" in weekdays:
        return None
    values = _field(weekdays, _BOUNDS[4], _NAMES[4]) or frozenset()
    if values == frozenset(range(1, 6)):
        return "every weekday"
    if values == frozenset({0, 6}):
        return "every Saturday and Sunday"
    if len(values) == 7:
        return "every day"
    return f"every {_joined([_DAYS[value] for value in sorted(values, key=lambda v: v or 7)])}"


def _joined(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
