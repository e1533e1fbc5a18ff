"""Sprig's functions of dates; without a zone of their own they show that of a controller, UTC."""

from collections.abc import Callable, Mapping
from typing import Any

from argosy.engine.language.errors import EvaluationError
from argosy.engine.language.go import instants, time_reading, zones
from argosy.engine.language.go.instants import SECOND, ZERO, Duration, Time
from argosy.engine.language.values import Int64
from compiler.golang.durations import nanoseconds

_DATE = "2006-01-02"
_UNITS = (
    ("y", 365 * 86_400),
    ("mo", 30 * 86_400),
    *(("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)),
)


def _instant(value: Any) -> Time:
    """Return a time, or seconds since 1970 as one; anything else is the present."""
    if isinstance(value, Time):
        return value
    number = isinstance(value, int) and not isinstance(value, bool)
    return instants.unix(value) if number else instants.now()


def _in_zone(layout: str, date: Any, zone: str) -> str:
    try:
        place = zones.load(zone)
    except ValueError:
        place = zones.UTC
    return _instant(date).at(place).format(layout)


def _modified(span: str, date: Time) -> Time:
    try:
        return _must_modify(span, date)
    except EvaluationError:
        return date


def _must_modify(span: str, date: Time) -> Time:
    try:
        later: Time = date + Duration(nanoseconds(span))
    except ValueError as error:
        raise EvaluationError(str(error)) from None
    return later


def _ago(date: Any) -> str:
    since: Duration = instants.now() - _instant(date)
    return str(since.rounded(Duration(SECOND)))


def _duration(seconds: Any) -> str:
    if isinstance(seconds, str):
        from compiler.golang.strconv import parse_int

        try:
            seconds = Int64(parse_int(seconds, 10))
        except ValueError:
            seconds = Int64(0)
    return str(Duration(seconds * SECOND if isinstance(seconds, Int64) else 0))


def _rounded(span: Any) -> str:
    size = abs(_span(span))
    for unit, seconds in _UNITS:
        if size > seconds * SECOND:
            return f"{size // (seconds * SECOND)}{unit}"
    return "0s"


def _span(value: Any) -> int:
    if isinstance(value, Time):
        return int(instants.now() - value)
    if isinstance(value, str):
        try:
            return nanoseconds(value)
        except ValueError:
            return 0
    return int(value) if isinstance(value, Int64) else 0


def _read(layout: str, text: str) -> Time:
    try:
        return time_reading.parse(layout, text, zones.LOCAL)
    except ValueError as error:
        raise EvaluationError(str(error)) from None


def _read_or_zero(layout: str, text: str) -> Time:
    try:
        return _read(layout, text)
    except EvaluationError:
        return ZERO


FUNCTIONS: Mapping[str, tuple[str, Callable[..., Any]]] = {
    "ago": ("a", _ago),
    "date": ("sa", lambda layout, date: _in_zone(layout, date, "Local")),
    **dict.fromkeys(("dateInZone", "date_in_zone"), ("sas", _in_zone)),
    **dict.fromkeys(("dateModify", "date_modify"), ("st", _modified)),
    **dict.fromkeys(("mustDateModify", "must_date_modify"), ("st", _must_modify)),
    "duration": ("a", _duration),
    "durationRound": ("a", _rounded),
    "htmlDate": ("a", lambda date: _in_zone(_DATE, date, "Local")),
    "htmlDateInZone": ("as", lambda date, zone: _in_zone(_DATE, date, zone)),
    "mustToDate": ("ss", _read),
    "now": ("", instants.now),
    "toDate": ("ss", _read_or_zero),
    "unixEpoch": ("t", lambda date: str(date.seconds)),
}
