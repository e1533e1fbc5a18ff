"""Schedules: when a pipeline starts by itself."""

from compiler.problems import Location
from compiler.record import field, record


@record
class Silence:
    """Times at which nothing starts, in the zone of the schedule.

    Without `days` from the date `start` to the date `end`, both included; else on these days of
    the week, from the time `start` until before the time `end`.
    """

    days: tuple[str, ...]
    start: str
    end: str
    at: Location = field(compare=False)


@record
class Schedule:
    """Cron lines in a time zone, and what holds of the runs that they start.

    A start that was missed is made up for within `deadline` seconds. `until` is the last day.
    `params` are texts by name; `places` are those of the cron lines, the zone and the last day.
    """

    name: str
    crons: tuple[str, ...]
    timezone: str
    concurrency: str
    deadline: int
    suspended: bool
    until: str
    silences: tuple[Silence, ...]
    params: tuple[tuple[str, str], ...]
    at: Location = field(compare=False)
    places: tuple[tuple[Location, ...], Location, Location] = field(compare=False)
