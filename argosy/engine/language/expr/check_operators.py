"""Which types the operators of expr-lang take (its checker.go)."""

from collections.abc import Mapping

from argosy.engine.language.errors import EvaluationError
from argosy.engine.language.expr.natures import (
    BOOL,
    DURATION,
    FLOAT,
    INT,
    NIL,
    STRING,
    TIME,
    UNKNOWN,
    Nature,
    array_of,
)

# what the operators make of times and spans, both known
_OF_TIMES: Mapping[tuple[Nature, str, Nature], Nature] = {
    (TIME, "-", TIME): DURATION,
    **{(TIME, sign, DURATION): TIME for sign in "+-"},
    (DURATION, "+", TIME): TIME,
    **{(DURATION, sign, DURATION): DURATION for sign in "+-*"},
    **{(DURATION, "*", number): DURATION for number in (INT, FLOAT)},
    **{(number, "*", DURATION): DURATION for number in (INT, FLOAT)},
}
_ORDERED = ("int", "float64", "string", "time.Time", "time.Duration")
_SUMMED: Mapping[str, tuple[str, ...]] = {
    "+": _ORDERED,
    "-": ("int", "float64", "time.Time", "time.Duration"),
    "*": ("int", "float64", "time.Duration"),
}
_COMPARISONS, _TEXTUAL = ("<", ">", ">=", "<="), ("matches", "contains", "startsWith", "endsWith")


def joined(sign: str, left: Nature, right: Nature) -> Nature:
    """Return the nature of what an operator gives; raise `EvaluationError` when it cannot."""
    if sign == "in":
        return _member_of(left, right)
    if sign == "??":
        return _coalesced(left, right)
    found = _found(sign, left, right)
    if found is None:
        ours, theirs = (str(nature).lstrip("*") for nature in (left, right))
        raise EvaluationError(f"invalid operation: {sign} (mismatched types {ours} and {theirs})")
    return found


def _found(sign: str, left: Nature, right: Nature) -> Nature | None:
    if sign in ("==", "!="):
        return BOOL if comparable(left, right) else None
    if sign in ("&&", "||", "and", "or"):
        return BOOL if _both(left, right, "bool") else None
    if sign in _TEXTUAL:
        return BOOL if _both(left, right, "string") else None
    if sign in _COMPARISONS:
        return BOOL if _alike(left, right) else None
    if sign in ("/", "**", "^"):
        return FLOAT if _both(left, right, "int", "float64") else None
    if sign == "%":
        return INT if _both(left, right, "int") else None
    if sign == "..":
        return array_of(INT) if _both(left, right, "int") else None
    if left.is_number and right.is_number:
        return FLOAT if FLOAT in (left, right) else INT
    if sign == "+" and left == right == STRING:
        return STRING
    known = _OF_TIMES.get((left, sign, right))
    return known or (UNKNOWN if _maybe(left, right, _SUMMED[sign]) else None)


def comparable(left: Nature, right: Nature) -> bool:
    """Whether `==` takes both."""
    if left.is_unknown or right.is_unknown or left.is_nil or right.is_nil:
        return True
    if left.is_array or left.is_map:
        return left.is_array == right.is_array and left.is_map == right.is_map
    return left.type == right.type or (left.is_number and right.is_number)


def _both(left: Nature, right: Nature, *kinds: str) -> bool:
    return (left.type in kinds and right.type in kinds) or _maybe(left, right, kinds)


def _alike(left: Nature, right: Nature) -> bool:
    numbers = left.is_number and right.is_number
    same = left == right and left in (STRING, TIME, DURATION)
    return numbers or same or _maybe(left, right, _ORDERED)


def _maybe(left: Nature, right: Nature, kinds: tuple[str, ...]) -> bool:
    """Whether what is not known of one or both may turn out to fit."""
    if left.is_unknown:
        return right.is_unknown or right.type in kinds
    return right.is_unknown and left.type in kinds


def _member_of(left: Nature, right: Nature) -> Nature:
    if right.is_map:
        if not (left.is_unknown or left == STRING or right.type.startswith("map[interface {}]")):
            raise EvaluationError(f"cannot use {left} as type string in map key")
        return BOOL
    if right.is_array:
        if not comparable(left, right.elements):
            raise EvaluationError(f"cannot use {left} as type {right.elements} in array")
        return BOOL
    if right.is_unknown or (left.is_unknown and right == STRING):
        return BOOL
    raise EvaluationError(f"invalid operation: in (mismatched types {left} and {right})")


def _coalesced(left: Nature, right: Nature) -> Nature:
    if left.is_nil or right.is_nil:
        return NIL if left.is_nil and right.is_nil else right if left.is_nil else left
    return left if right.fits(left) else UNKNOWN
