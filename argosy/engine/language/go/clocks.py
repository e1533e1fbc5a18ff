"""What a clock on a wall shows at an instant."""

from typing import NamedTuple

from argosy.engine.language.go.calendar import DAY, date_of
from argosy.engine.language.go.zones import Location


class Clock(NamedTuple):
    """The fields of a time at a place; `weekday` 0 is Sunday, `offset` seconds east of UTC."""

    year: int
    month: int
    day: int
    year_day: int
    weekday: int
    hour: int
    minute: int
    second: int
    nanosecond: int
    zone: str
    offset: int


def clock(seconds: int, nanosecond: int, place: Location) -> Clock:
    """Return what the clock of a place shows at seconds since 1970."""
    zone, offset, _ = place.at(seconds)
    days, rest = divmod(seconds + offset, DAY)
    year, month, day, year_day = date_of(days)
    hour, minute, second = rest // 3600, rest // 60 % 60, rest % 60
    weekday = (days + 4) % 7
    return Clock(
        *(year, month, day, year_day, weekday, hour, minute, second, nanosecond, zone, offset)
    )
