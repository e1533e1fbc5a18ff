"""What sprig makes of any value: numbers by spf13/cast, texts, and whether it is empty."""

import re
from collections.abc import Mapping
from typing import Any

from argosy.engine.language.errors import EvaluationError, RefusedError
from argosy.engine.language.values import Defined, Int64, Number, shown
from compiler.golang.numbers import truncated, wrapped
from compiler.golang.strconv import parse_float, parse_int

_DECIMAL = re.compile(r"([-+]?[0-9]*)\.[0-9]*")
MOST = 1_000_000  # characters or elements that one call may make


def bounded(size: int) -> int:
    """Return a size; raise `RefusedError` for one that would fill the memory of a controller."""
    if size > MOST:
        raise RefusedError(f"a function of sprig would make {size} characters or elements")
    return size


def integer(value: Any) -> Int64:
    """Return what `toInt64` makes of a value: 0 for what is no number."""
    if isinstance(value, str):
        try:
            match = _DECIMAL.fullmatch(value)
            return Int64(parse_int(_whole(match[1]) if match else value, 0))
        except ValueError:
            return Int64(0)
    if isinstance(value, float):
        return Int64(truncated(value))
    return Int64(int(value)) if isinstance(value, int | Number) else Int64(0)


def _whole(digits: str) -> str:
    return f"{digits}0" if digits in ("", "-", "+") else digits


def sized(value: int) -> Int64:
    """Return a result as 64 bits hold it."""
    return Int64(wrapped(value))


def floating(value: Any) -> float:
    """Return what `toFloat64` makes of a value: 0 for what is no number."""
    if isinstance(value, str):
        try:
            return parse_float(value)
        except ValueError:
            return 0.0
    if isinstance(value, Number):
        return float(int(value))
    return float(value) if isinstance(value, int | float) else 0.0


def is_empty(value: Any) -> bool:
    """Whether a value is the zero of its type, or holds nothing."""
    if isinstance(value, str | list | Mapping):
        return not len(value)
    return value is None or (isinstance(value, bool | int | float | Defined) and not value)


def texts(value: Any) -> list[str]:
    """Return a list as texts, without nil; anything else as a list of its text."""
    if isinstance(value, list):
        return [shown(item) for item in value if item is not None]
    return [] if value is None else [shown(value)]


def items(value: Any, doing: str) -> list[Any]:
    """Return a list; raise `EvaluationError` for anything else."""
    if isinstance(value, list):
        return value
    if value is None:
        raise EvaluationError("runtime error: invalid memory address or nil pointer dereference")
    raise EvaluationError(f"Cannot {doing} type {kind(value)}")


def kind(value: Any) -> str:
    """Return Go's kind of a value."""
    if value is None:
        return "invalid"
    if isinstance(value, Int64):
        return "int64"
    names = {bool: "bool", int: "int", float: "float64", str: "string"}
    if isinstance(value, list):
        return "slice"
    if isinstance(value, Defined):
        return value.go_kind
    return "map" if isinstance(value, Mapping) else names.get(type(value), "func")
