"""Rules of schedules: lines, zones and days that the controller takes, no open parameter."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import cache
from typing import TYPE_CHECKING

from compiler.cron import CronError, fields, values
from compiler.pipeline import Pipeline
from compiler.problems import Problem, nearest
from compiler.schedules import Silence

if TYPE_CHECKING:
    from compiler.clock import Change


@cache
def _zones() -> frozenset[str]:
    from zoneinfo import available_timezones

    return frozenset(available_timezones())


def crons(pipeline: Pipeline) -> Iterator[Problem]:
    """Every line is five fields that robfig/cron v3, Argo's parser, accepts, and comes true some
    day; the zone exists."""
    for schedule in pipeline.schedules:
        for cron, at in zip(schedule.crons, schedule.places[0]):
            if message := _refusal(cron):
                hint = "five fields `minute hour day month weekday`, or @daily and its kin"
                yield Problem("bad-cron", f"schedule `{cron}`: {message}", at, hint)
        zone = schedule.timezone
        if _zones() and zone not in _zones():
            hint = nearest(zone, tuple(sorted(_zones())))
            yield Problem("bad-timezone", f"no time zone `{zone}`", schedule.places[1], hint)


def _refusal(cron: str) -> str:
    from zoneinfo import ZoneInfo

    from compiler.firing import fires

    try:
        values(fields(cron))
    except CronError as error:
        return str(error)
    start = datetime(2026, 1, 1, tzinfo=UTC)
    return "" if next(fires(cron, ZoneInfo("UTC"), start), None) else "there is no such day"


def days(pipeline: Pipeline) -> Iterator[Problem]:
    """Days exist, and what begins ends later."""
    for schedule in pipeline.schedules:
        if schedule.until and not _is_day(schedule.until):
            message = f"there is no day `{schedule.until}`"
            yield Problem(
                "bad-day", message, schedule.places[2], "year, month and day: `2027-03-31`"
            )
        for silence in schedule.silences:
            if message := _disorder(silence):
                hint = "`{from: 2026-12-20, to: 2027-01-02}`, or `{days: [sat], from: '18:00'}`"
                yield Problem("bad-day", message, silence.at, hint)


def _is_day(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text)) and len(text) == 10
    except ValueError:
        return False


def _disorder(silence: Silence) -> str:
    """Return what is wrong with the ends of a silence; nothing if they are in order."""
    ends = (silence.start, silence.end)
    if silence.days and not all(len(end) == 5 for end in ends):
        return "`from` and `to` are times where `days` are given"
    if not silence.days and not all(map(_is_day, ends)):
        return f"there is no day `{next(end for end in ends if not _is_day(end))}`"
    return "it ends before it begins" if silence.end < silence.start else ""


def parameters(pipeline: Pipeline) -> Iterator[Problem]:
    """Nobody is there to supply a parameter when the clock starts a run."""
    for parameter in pipeline.params:
        given = [parameter.name in dict(schedule.params) for schedule in pipeline.schedules]
        if parameter.default is None and not all(given):
            message = f"`{parameter.name}` has no default, but the pipeline is scheduled"
            hint = "give it a `default:`, or a value in `schedule: {params: …}`"
            yield Problem("no-default", message, parameter.at, hint)


def clock_changes(pipeline: Pipeline) -> Iterator[Problem]:
    """Warn of times that are missing, or come twice, on a day when the clock is moved."""
    for schedule in pipeline.schedules:
        from compiler import clock  # what has no schedule needs no time zones

        for cron, at in zip(schedule.crons, schedule.places[0]):
            for at_clock, change in clock.hits(cron, schedule.timezone):
                what = "does not exist" if change.missing else "comes twice"
                effect = "nothing starts then" if change.missing else "two runs start then"
                message = (
                    f"{at_clock:%H:%M} {what} in {schedule.timezone} on {change.day}: {effect}"
                )
                yield Problem("clock-change", message, at, _remedy(change), severity="warning")


def _remedy(change: "Change") -> str:
    start, end = f"{change.start:%H:%M}", f"{change.end:%H:%M}"
    return f"choose a time outside {start}-{end}, or a zone without clock changes: Etc/UTC"
