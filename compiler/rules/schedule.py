"""Rules of schedules: cron lines and zones that the controller takes, no open parameter."""

from collections.abc import Iterator

from compiler.cron import CronError, fields, values
from compiler.pipeline import Pipeline
from compiler.problems import Problem, nearest


def crons(pipeline: Pipeline) -> Iterator[Problem]:
    """Every line is five fields that robfig/cron v3, Argo's parser, accepts; the zone exists."""
    if pipeline.schedule is None:
        return
    for cron in pipeline.schedule.crons:
        try:
            values(fields(cron))
        except CronError as error:
            hint = "five fields `minute hour day month weekday`, or @daily and its kin"
            yield Problem("bad-cron", f"schedule `{cron}`: {error}", pipeline.at, hint)
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
