"""The functions of expr-lang that make times, spans and zones."""

from collections.abc import Callable, Mapping
from typing import Any

from argosy.engine.language.errors import EvaluationError
from argosy.engine.language.go.instants import Duration, Time, now
from argosy.engine.language.go.time_reading import UnreadableTimeError, parse
from argosy.engine.language.go.zones import Location, load
from argosy.engine.language.values import go_name
from compiler.golang.durations import nanoseconds

# those of expr-lang's builtin.go, in its order
_LAYOUTS = (
    "2006-01-02",
    "15:04:05",
    "2006-01-02 15:04:05",
    "2006-01-02T15:04:05Z07:00",
    "02 Jan 06 15:04 MST",
    "Monday, 02-Jan-06 15:04:05 MST",
    "Mon, 02 Jan 2006 15:04:05 MST",
)


def _date(*given: Any) -> Time:
    """Return a time: `date([zone,] text[, layout[, zone]])`."""
    place = given[0] if isinstance(given[0], Location) else None
    texts = [_text(each) for each in (given[1:] if place else given)]
    if not texts:
        raise EvaluationError("runtime error: index out of range [0] with length 0")
    if len(texts) == 3:
        return parse(texts[1], texts[0], load(texts[2]))
    if len(texts) == 2:
        return parse(texts[1], texts[0], place)
    for layout in _LAYOUTS:
        try:
            return parse(layout, texts[0], place)
        except UnreadableTimeError:
            continue
    raise EvaluationError(f"invalid date {texts[0]}")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        found = "nil" if value is None else go_name(value)
        raise EvaluationError(f"interface conversion: interface {{}} is {found}, not string")
    return value


def _worded(compute: Callable[..., Any]) -> Callable[..., Any]:
    """Fail as an expression does, in the words of Go's `time`."""

    def computed(*given: Any) -> Any:
        try:
            return compute(*given)
        except EvaluationError:
            raise
        except ValueError as error:
            raise EvaluationError(str(error)) from None

    return computed


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "now": now,
    "duration": _worded(lambda text: Duration(nanoseconds(_text(text)))),
    "date": _worded(_date),
    "timezone": _worded(lambda name: load(_text(name))),
}
