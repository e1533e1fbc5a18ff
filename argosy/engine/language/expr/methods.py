"""What expressions may ask of values that Go's libraries define: `t.Year()`, `d.Hours()`."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from argosy.engine.language.errors import EvaluationError, RefusedError
from argosy.engine.language.expr.natures import NATURES, Nature, Overload
from argosy.engine.language.go.instants import ZERO, Duration, Month, Time, Weekday
from argosy.engine.language.go.zones import LOCAL, UTC, Location
from argosy.engine.language.sprig.signature import Typed
from argosy.engine.language.sprig.versions import SemVer
from argosy.engine.language.values import Defined, Int64, Number


class Method(NamedTuple):
    """The letters of its parameters and of its (first) result, and what it does."""

    takes: str
    gives: str
    does: Callable[..., Any]


def _place(time: Time, place: Location | None) -> Time:
    if place is None:
        raise EvaluationError("time: missing Location in call to Time.In")
    return time.at(place)


def _divided(nanoseconds: int, unit: int) -> Int64:
    """Cut towards zero, as Go does."""
    whole = abs(nanoseconds) // unit
    return Int64(whole if nanoseconds >= 0 else -whole)


def _field(name: str) -> Method:
    return Method("", "i", lambda time: getattr(time.clock, name))


def _since_1970(unit: int) -> Method:
    return Method("", "j", lambda time: Int64(time.nanoseconds // unit))


def _compared(left: Time, right: Time) -> int:
    return (left.nanoseconds > right.nanoseconds) - (left.nanoseconds < right.nanoseconds)


_STRING = Method("", "s", str)
_TIME: Mapping[str, Method] = {
    "Add": Method("d", "t", lambda time, span: time + span),
    "AddDate": Method("iii", "t", Time.later),
    "After": Method("t", "b", lambda time, other: time > other),
    "Before": Method("t", "b", lambda time, other: time < other),
    "Compare": Method("t", "i", _compared),
    "Day": _field("day"),
    "Equal": Method("t", "b", lambda time, other: time == other),
    "Format": Method("s", "s", Time.format),
    "Hour": _field("hour"),
    "ISOWeek": Method("", "i", Time.iso_year),
    "In": Method("l", "t", _place),
    "IsDST": Method("", "b", lambda time: time.place.at(time.seconds)[2]),
    "IsZero": Method("", "b", lambda time: time == ZERO),
    "Local": Method("", "t", lambda time: time.at(LOCAL)),
    "Location": Method("", "l", lambda time: time.place),
    "Minute": _field("minute"),
    "Month": Method("", "M", lambda time: Month(time.clock.month)),
    "Nanosecond": _field("nanosecond"),
    "Round": Method("d", "t", lambda time, unit: time.rounded(unit, half=True)),
    "Second": _field("second"),
    "String": _STRING,
    "Sub": Method("t", "d", lambda time, other: time - other),
    "Truncate": Method("d", "t", lambda time, unit: time.rounded(unit, half=False)),
    "UTC": Method("", "t", lambda time: time.at(UTC)),
    "Unix": _since_1970(10**9),
    "UnixMicro": _since_1970(1000),
    "UnixMilli": _since_1970(10**6),
    "UnixNano": _since_1970(1),
    "Weekday": Method("", "W", lambda time: Weekday(time.clock.weekday)),
    "Year": _field("year"),
    "YearDay": _field("year_day"),
    "Zone": Method("", "s", lambda time: time.clock.zone),
}
_DURATION: Mapping[str, Method] = {
    "Abs": Method("", "d", lambda span: Duration(min(abs(span.value), 2**63 - 1))),
    "Hours": Method("", "f", lambda span: span.in_units(3600 * 10**9)),
    "Microseconds": Method("", "j", lambda span: _divided(span.value, 1000)),
    "Milliseconds": Method("", "j", lambda span: _divided(span.value, 10**6)),
    "Minutes": Method("", "f", lambda span: span.in_units(60 * 10**9)),
    "Nanoseconds": Method("", "j", lambda span: Int64(span.value)),
    "Round": Method("d", "d", Duration.rounded),
    "Seconds": Method("", "f", lambda span: span.in_units(10**9)),
    "String": _STRING,
    "Truncate": Method("d", "d", Duration.truncated),
}
_VERSION: Mapping[str, Method] = {
    "Compare": Method("v", "i", lambda left, right: left.compared(right)),
    "Equal": Method("v", "b", lambda left, right: left.compared(right) == 0),
    "GreaterThan": Method("v", "b", lambda left, right: left.compared(right) > 0),
    "GreaterThanEqual": Method("v", "b", lambda left, right: left.compared(right) >= 0),
    "LessThan": Method("v", "b", lambda left, right: left.compared(right) < 0),
    "LessThanEqual": Method("v", "b", lambda left, right: left.compared(right) <= 0),
    "Major": Method("", "u", lambda version: Int64(version.numbers[0])),
    "Metadata": Method("", "s", lambda version: version.metadata),
    "Minor": Method("", "u", lambda version: Int64(version.numbers[1])),
    "Original": Method("", "s", lambda version: version.original),
    "Patch": Method("", "u", lambda version: Int64(version.numbers[2])),
    "Prerelease": Method("", "s", lambda version: version.before),
    "String": _STRING,
}
METHODS: Mapping[str, Mapping[str, Method]] = {
    Time.go_type: _TIME,
    Duration.go_type: _DURATION,
    Month.go_type: {"String": _STRING},
    Weekday.go_type: {"String": _STRING},
    Location.go_type: {"String": _STRING},
    SemVer.go_type: _VERSION,
}
# what Go has and what gives bytes, several values, or text for Go's own readers
_REFUSED: Mapping[str, tuple[str, ...]] = {
    Time.go_type: (
        *("AppendBinary", "AppendFormat", "AppendText", "GoString", "GobEncode", "MarshalBinary"),
        *("MarshalJSON", "MarshalText", "ZoneBounds"),
    ),
    SemVer.go_type: (
        *("IncMajor", "IncMinor", "IncPatch", "MarshalJSON", "MarshalText", "Scan"),
        *("SetMetadata", "SetPrerelease", "UnmarshalJSON", "UnmarshalText", "Value"),
    ),
}
# an expression whose types are known beforehand may not call these; another gets their first value
_MANY: Mapping[str, Mapping[str, Method]] = {
    Time.go_type: {"Clock": _field("hour"), "Date": _field("year")}
}
_HIDDEN: Mapping[str, tuple[str, ...]] = {
    Time.go_type: ("ext", "loc", "wall"),
    Location.go_type: ("cacheEnd", "cacheStart", "cacheZone", "extend", "name", "tx", "zone"),
    SemVer.go_type: ("major", "metadata", "minor", "original", "patch", "pre"),
}


def nature(type_name: str, name: str) -> Nature | None:
    """Return what is known of a member of a type; None when it has none of this name."""
    method = METHODS[type_name].get(name)
    if method is not None:
        takes = tuple(NATURES[letter] for letter in method.takes)
        return Nature("func", way=Overload(takes, NATURES[method.gives]))
    if name in _MANY.get(type_name, {}):
        return Nature("func", many=True)
    known = (*_REFUSED.get(type_name, ()), *_HIDDEN.get(type_name, ()))
    return Nature() if name in known else None


def bound(value: Defined, name: Any) -> Any:
    """Return the method `name` of a value; raise `EvaluationError` in the words of expr-lang."""
    known = {**METHODS[value.go_type], **_MANY.get(value.go_type, {})}
    method = known.get(name) if isinstance(name, str) else None
    if method is not None:
        return Typed(name, method.takes, lambda *given: method.does(value, *given))
    if name in _REFUSED.get(value.go_type, ()):
        raise RefusedError(f"`{name}` of a `{value.go_type}` is not supported here")
    if name in _HIDDEN.get(value.go_type, ()):
        raise EvaluationError(
            "reflect.Value.Interface: cannot return value obtained from unexported field or method"
        )
    if isinstance(value, Number) or isinstance(name, str):
        raise EvaluationError(f"cannot fetch {name} from {value.go_type}")
    raise EvaluationError("interface conversion: interface {} is int, not string")
