"""The functions of expr-lang that check their arguments themselves (builtin.go's Validate)."""

from collections.abc import Callable, Mapping, Sequence

from argosy.engine.language.errors import EvaluationError
from argosy.engine.language.expr.natures import (
    ANY,
    ANY_MAP,
    ARRAY,
    FLOAT,
    INT,
    LOCATION,
    TIME,
    UNKNOWN,
    Nature,
)

_Natures = Sequence[Nature]


def result(name: str, given: _Natures) -> Nature:
    """Return what a function gives for arguments of these natures; raise `EvaluationError`."""
    if name == "get":
        return _get(given)
    return _CHECKS[name](name, given) if name in _CHECKS else UNKNOWN


def _count(given: _Natures, wanted: int) -> None:
    if len(given) != wanted:
        raise EvaluationError(f"invalid number of arguments (expected {wanted}, got {len(given)})")


def _shown(nature: Nature) -> str:
    return "%!s(<nil>)" if nature.is_nil else str(nature)


def _one(
    complaint: str, fits: Callable[[Nature], bool], gives: Callable[[Nature], Nature]
) -> Callable[[str, _Natures], Nature]:
    def check(name: str, given: _Natures) -> Nature:
        _count(given, 1)
        if not (given[0].is_unknown or fits(given[0])):
            raise EvaluationError(complaint.format(name=name, type=_shown(given[0])))
        return gives(given[0])

    return check


def _is_sized(nature: Nature) -> bool:
    return nature.is_array or nature.is_map or nature.type == "string"


def _converts(nature: Nature) -> bool:
    return nature.is_number or nature.is_integral or nature.type == "string"


def _is_number(nature: Nature) -> bool:
    return nature.is_number


def _is_array(nature: Nature) -> bool:
    return nature.is_array


def _is_map(nature: Nature) -> bool:
    return nature.is_map


def _element(nature: Nature) -> Nature:
    return nature.elements if nature.is_array and nature.type != ARRAY.type else ANY


def _aggregate(name: str, given: _Natures) -> Nature:
    if not given:
        raise EvaluationError(f"not enough arguments to call {name}")
    for nature in given:
        if nature.is_unknown or nature.is_array:
            return ANY
        if not (nature.is_number or nature.is_integral):
            raise EvaluationError(f"invalid argument for {name} (type {_shown(nature)})")
    return given[0]


def _get(given: _Natures) -> Nature:
    _count(given, 2)
    container, key = given
    if container.is_unknown:
        return UNKNOWN
    if container.is_array:
        if not (key.type == "int" or key.is_unknown):
            raise EvaluationError(f"non-integer slice index {key}")
        return container.elements
    if container.is_map:
        if not (key.type == "string" or key.is_unknown or container == ANY_MAP):
            raise EvaluationError(f"cannot use {key} to get an element from {container}")
        return container.elements
    raise EvaluationError(f"type {container} does not support indexing")


def _take(_name: str, given: _Natures) -> Nature:
    _count(given, 2)
    if not (given[0].is_unknown or given[0].is_array):
        raise EvaluationError(f"cannot take from {_shown(given[0])}")
    if not (given[1].is_unknown or given[1].type == "int"):
        raise EvaluationError(f"cannot take {_shown(given[1])} elements")
    return given[0]


def _concat(_name: str, given: _Natures) -> Nature:
    if not given:
        raise EvaluationError("invalid number of arguments (expected at least 1, got 0)")
    for nature in given:
        if not (nature.is_unknown or nature.is_array):
            raise EvaluationError(f"cannot concat {_shown(nature)}")
    return ARRAY


def _now(_name: str, given: _Natures) -> Nature:
    if given and (len(given) > 1 or given[0] != LOCATION):
        _count(given, 0)
    return TIME


def _date(_name: str, given: _Natures) -> Nature:
    if not given:
        raise EvaluationError("invalid number of arguments (expected at least 1, got 0)")
    count = len(given) - (given[0] == LOCATION)
    if count > 3:
        raise EvaluationError(f"invalid number of arguments (expected at most 3, got {count})")
    return TIME


def _always(nature: Nature) -> Callable[[Nature], Nature]:
    return lambda _: nature


_INVALID = "invalid argument for {name} (type {type})"
_CHECKS: Mapping[str, Callable[[str, _Natures], Nature]] = {
    "len": _one(_INVALID, _is_sized, _always(INT)),
    "abs": _one(_INVALID, _is_number, lambda nature: nature),
    **dict.fromkeys(("ceil", "floor", "round"), _one(_INVALID, _is_number, _always(FLOAT))),
    "int": _one(_INVALID, _converts, _always(INT)),
    "float": _one(_INVALID, _converts, _always(FLOAT)),
    **dict.fromkeys(("max", "min", "mean", "median"), _aggregate),
    "first": _one("cannot get first element from {type}", _is_array, _element),
    "last": _one("cannot get last element from {type}", _is_array, _element),
    "take": _take,
    "keys": _one("cannot get keys from {type}", _is_map, _always(ARRAY)),
    "values": _one("cannot get values from {type}", _is_map, _always(ARRAY)),
    "toPairs": _one("cannot transform {type} to pairs", _is_map, _always(ARRAY)),
    "fromPairs": _one("cannot transform {type} from pairs", _is_array, _always(ANY_MAP)),
    "reverse": _one("cannot reverse {type}", _is_array, _always(ARRAY)),
    "uniq": _one("cannot uniq {type}", _is_array, _always(ARRAY)),
    "concat": _concat,
    "flatten": _one("cannot flatten {type}", _is_array, _always(ARRAY)),
    "now": _now,
    "date": _date,
}
