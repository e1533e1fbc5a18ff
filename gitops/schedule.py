"""Cron lines in words, and when they fire next. The grammar is that of Argo (robfig's cron)."""

import re
from collections.abc import Sequence
from datetime import datetime
from itertools import islice, takewhile
from zoneinfo import ZoneInfo

from compiler.cron import DAYS, MONTHS, CronError, field, fields, values
from compiler.firing import fires


def in_words(cron: str) -> str:
    """Say `cron` as people do, such as `every day at 02:00`; else `cron` and the line."""
    if cron.startswith("@every "):
        return f"every {cron[7:].strip()}"
    read = _read(cron)
    if read is None:
        return f"cron {cron.strip()}"
    minute, hour, *days = read
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
    crons: Sequence[str],
    timezone: str,
    now: datetime,
    count: int = 3,
    end: datetime | None = None,
) -> list[datetime]:
    """Return the next times after `now` (aware) in `timezone`, before `end` if there is one.

    [] if a line or zone is unknown.

    As in Argo, a time that the clock skips in spring does not fire, one it repeats fires twice.
    """
    try:
        zone = ZoneInfo(timezone or "UTC")
    except (KeyError, ValueError, OSError):
        return []
    if not all(map(_read, crons)):
        return []
    fired = [
        islice(takewhile(lambda moment: end is None or moment < end, fires(cron, zone, now)), count)
        for cron in crons
    ]
    moments = sorted({moment for times in fired for moment in times})
    return [moment.astimezone(zone) for moment in moments[:count]]


def _read(cron: str) -> tuple[str, ...] | None:
    """Return the fields of a line; None if it is malformed."""
    try:
        found = fields(cron)
        values(found)
    except CronError:
        return None
    return found


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
    names = [MONTHS[int(part) - 1] for part in months.split(",") if part != "*"]
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
    numbers = field(weekdays, 4)
    if numbers == frozenset(range(1, 6)):
        return "every weekday"
    if numbers == frozenset({0, 6}):
        return "every Saturday and Sunday"
    if len(numbers) == 7:
        return "every day"
    return f"every {_joined([DAYS[value] for value in sorted(numbers, key=lambda v: v or 7)])}"


def _joined(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
