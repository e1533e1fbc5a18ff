"""Rules of schedules: cron lines and zones that the controller takes, no open parameter."""

import re
from collections.abc import Iterator

from compiler.pipeline import Pipeline
from compiler.problems import Problem, nearest

_NAMED = ("@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly")
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
_FIELDS: tuple[tuple[str, int, int, list[str]], ...] = (
    ("minute", 0, 59, []),
    ("hour", 0, 23, []),
    ("day of month", 1, 31, []),
    ("month", 1, 12, _MONTHS),
    ("day of week", 0, 6, _DAYS),
)
_PART = re.compile(r"(\*|\?|[0-9a-z]+)(?:-([0-9a-z]+))?(?:/([0-9]+))?")


def crons(pipeline: Pipeline) -> Iterator[Problem]:
    """Every line is five fields that robfig/cron v3, Argo's parser, accepts; the zone exists."""
    if pipeline.schedule is None:
        return
    for cron in pipeline.schedule.crons:
        if wrong := _wrong(cron):
            hint = "five fields `minute hour day month weekday`, or @daily and its kin"
            yield Problem("bad-cron", f"schedule `{cron}`: {wrong}", pipeline.at, hint)
    yield from _zone(pipeline, pipeline.schedule.timezone)


def _zone(pipeline: Pipeline, zone: str) -> Iterator[Problem]:
    from zoneinfo import available_timezones

    zones = available_timezones()
    if zones and zone not in zones:
        message, hint = f"no time zone `{zone}`", nearest(zone, tuple(zones))
        yield Problem("bad-timezone", message, pipeline.at, hint)


def parameters(pipeline: Pipeline) -> Iterator[Problem]:
    """Nobody is there to supply a parameter when the clock starts a run."""
    for parameter in pipeline.params if pipeline.schedule else ():
        if parameter.default is None:
            message = f"`{parameter.name}` has no default, but the pipeline is scheduled"
            yield Problem("no-default", message, parameter.at, "give it a `default:`")


def _wrong(cron: str) -> str:
    if cron.startswith("@"):
        return "" if cron in _NAMED else f"`{cron}` is not known"
    fields = cron.lower().split()
    if len(fields) != len(_FIELDS):
        return f"it has {len(fields)} fields"
    found = (_wrong_field(text, *bounds) for text, bounds in zip(fields, _FIELDS))
    return next(filter(None, found), "")


def _wrong_field(text: str, name: str, low: int, high: int, words: list[str]) -> str:
    for part in text.split(","):
        match = _PART.fullmatch(part)
        if not match or (match[1] in "*?" and match[2]):
            return f"`{part}` is no {name}"
        ends = [
            _number(word, low, words) for word in match.groups()[:2] if word and word not in "*?"
        ]
        if any(end is None or not low <= end <= high for end in ends):
            return f"`{part}` is no {name} ({low}-{high})"
        if (len(ends) == 2 and ends[0] > ends[1]) or match[3] == "0":  # type: ignore[operator]
            return f"`{part}` is an empty range"
    return ""


def _number(word: str, low: int, words: list[str]) -> int | None:
    if word in words:
        return words.index(word) + low
    return int(word) if word.isdecimal() else None
