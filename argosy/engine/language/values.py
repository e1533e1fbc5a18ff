"""Go's values in Python's: what they are called, how they are written, when they are equal.

nil, bool, int, float and str are themselves, a slice is a list, a map a Mapping. A text may hold
single bytes that are no UTF-8, as surrogates (`surrogateescape`).
"""

import json
import math
from collections.abc import Mapping
from typing import Any

from argosy.engine.language.errors import EvaluationError

HTML = {ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}
_GO_NAMES = {bool: "bool", int: "int", float: "float64", str: "string"}
_KINDS = {bool: "bool", int: "int", float: "float", str: "string"}


class AnyMap(dict[Any, Any]):
    """A Go `map[any]any`, which JSON cannot hold."""


class Groups(AnyMap):
    """What `groupBy` gives: a key that it lacks has a nil list."""


class Int64(int):
    """A Go `int64`, which is no `int` to a function that takes one."""


class NilList(list[Any]):
    """A Go slice that is nil: empty, and null in JSON."""


class Defined:
    """A value of a type that a library of Go defines: a time, a span, a zone, a version.

    `str()` is what `%v` writes. Operators that it lacks are Go's errors.
    """

    go_type, go_kind = "", "struct"

    def json(self) -> str:
        """Return it as JSON; raise `EvaluationError` when it has none."""
        raise EvaluationError(f"json: unsupported type: {self.go_type}")

    def __bool__(self) -> bool:
        """Whether it is not the zero of its type, as far as sprig's `empty` looks."""
        return True


class Number(Defined):
    """A defined type whose values are integers."""

    go_kind = "int"

    def __init__(self, value: int) -> None:
        self.value = value

    def __int__(self) -> int:
        return self.value

    def __bool__(self) -> bool:
        return self.value != 0

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other.value == self.value

    def __hash__(self) -> int:
        return hash((self.go_type, self.value))

    def json(self) -> str:
        """A number."""
        return str(self.value)


def go_name(value: Any) -> str:
    """Return the Go type of a value, as `%T` writes it."""
    if value is None:
        return "<nil>"
    if isinstance(value, AnyMap):
        return "map[interface {}]interface {}"
    if isinstance(value, Mapping):
        return "map[string]interface {}"
    if isinstance(value, list | Int64):
        return "[]interface {}" if isinstance(value, list) else "int64"
    if isinstance(value, Defined):
        return value.go_type
    return _GO_NAMES.get(type(value), "func(...interface {}) (interface {}, error)")


def kind(value: Any) -> str:
    """Return what expr-lang's `type()` says of a value."""
    if value is None:
        return "nil"
    if isinstance(value, list | Int64):
        return "array" if isinstance(value, list) else "int"
    if isinstance(value, Defined):
        return value.go_type.lstrip("*")
    return "map" if isinstance(value, Mapping) else _KINDS.get(type(value), "func")


def shown(value: Any) -> str:
    """Write a value as `%v` does."""
    from compiler.golang.numbers import float_shown

    if isinstance(value, str):
        return value
    if value is None or isinstance(value, bool):
        return "<nil>" if value is None else str(value).lower()
    if isinstance(value, float):
        return float_shown(value)
    if isinstance(value, list):
        return f"[{' '.join(map(shown, value))}]"
    if isinstance(value, Mapping):
        pairs = (f"{shown(key)}:{shown(value[key])}" for key in _sorted(value))
        return f"map[{' '.join(pairs)}]"
    return str(value)


def _sorted(value: Mapping[Any, Any]) -> list[Any]:
    return sorted(value, key=lambda key: (isinstance(key, str), key))


def to_json(value: Any, indent: str = "", *, escaped: bool = True) -> str:
    """Write a value as `json.Marshal` does; raise `EvaluationError` for one that JSON lacks.

    `escaped`: with what HTML could misread as numbers of characters.
    """
    return "".join(_pieces(value, "\n" if indent else "", indent, escaped=escaped))


def _pieces(value: Any, line: str, indent: str, *, escaped: bool) -> list[str]:
    if isinstance(value, list | Mapping) and not isinstance(value, AnyMap | NilList):
        inner = f"{line}{indent}" if indent else ""
        found = ["[" if isinstance(value, list) else "{"]
        for name, item in _members(value, colon=": " if indent else ":"):
            found += [inner, name, *_pieces(item, inner, indent, escaped=escaped), ","]
        found[-1:] = [found[-1]] if len(found) == 1 else [line]
        return [*found, "]" if isinstance(value, list) else "}"]
    return [_scalar(value, escaped=escaped)]


def _members(value: Any, colon: str) -> list[tuple[str, Any]]:
    if isinstance(value, list):
        return [("", item) for item in value]
    return [(f"{_quoted(key)}{colon}", value[key]) for key in sorted(value)]


def _scalar(value: Any, *, escaped: bool) -> str:
    from compiler.golang.numbers import float_json, float_shown

    if isinstance(value, NilList):
        return "null"
    if value is None or isinstance(value, bool | int):
        return json.dumps(value)
    if isinstance(value, str):
        return _quoted(value, escaped=escaped)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise EvaluationError(f"json: unsupported value: {float_shown(value)}")
        return float_json(value)
    if isinstance(value, Defined):
        return value.json()
    raise EvaluationError(f"json: unsupported type: {go_name(value)}")


def _quoted(text: str, *, escaped: bool = True) -> str:
    written = json.dumps(valid(text), ensure_ascii=False)
    return written.translate(HTML) if escaped else written


def valid(text: str) -> str:
    """Return a text with each byte that is no UTF-8 replaced, as JSON holds it."""
    if text.isascii():
        return text
    return "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in text)


def upper(text: str) -> str:
    """Return a text in capitals, letter by letter as Go does: `ß` has none."""
    return "".join(big if len(big := c.upper()) == 1 else c for c in text)


def lower(text: str) -> str:
    """Return a text in small letters, letter by letter."""
    return "".join(small if len(small := c.lower()) == 1 else c for c in text)


def octets(text: str) -> bytes:
    """Return the bytes of a text."""
    return text.encode("utf-8", "surrogateescape")


def text_of(data: bytes) -> str:
    """Return bytes as a text."""
    return data.decode("utf-8", "surrogateescape")


def equal(left: Any, right: Any) -> bool:
    """Whether expr-lang finds two values equal: numbers by value, the rest by type and value."""
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(equal, left, right))
    if is_number(left) and is_number(right):
        return bool(left == right)
    return same(left, right)


def same(left: Any, right: Any) -> bool:
    """Go's `reflect.DeepEqual`."""
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        if isinstance(left, AnyMap) != isinstance(right, AnyMap) or len(left) != len(right):
            return False
        return all(key in right and same(value, right[key]) for key, value in left.items())
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    return type(left) is type(right) and bool(left == right)


def is_number(value: Any) -> bool:
    """Whether a value is an integer or a float."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_integer(value: Any) -> bool:
    """Whether a value is an integer."""
    return isinstance(value, int) and not isinstance(value, bool)
