"""What a function takes: Go calls it with these types exactly, or not at all."""

from collections.abc import Callable, Mapping
from typing import Any

from argosy.engine.language.errors import EvaluationError
from argosy.engine.language.values import AnyMap, Defined, Int64, NilList, go_name

_TYPES: Mapping[str, str] = {
    "s": "string",
    "i": "int",
    "f": "float64",
    "b": "bool",
    "m": "map[string]interface {}",
    "t": "time.Time",
    "d": "time.Duration",
    "l": "*time.Location",
    "v": "*semver.Version",
    "u": "uint32",
}
_NIL: Mapping[str, Callable[[], Any]] = {
    "s": str,
    "i": int,
    "f": float,
    "b": bool,
    "m": dict,
    "u": int,
    **dict.fromkeys("alv", lambda: None),
}


def _fits(kind: str, value: Any) -> bool:
    if kind == "i":
        return type(value) is int and not isinstance(value, Int64)
    if kind == "m":
        return isinstance(value, Mapping) and not isinstance(value, AnyMap)
    if kind in "tdlvu":
        return isinstance(value, Defined) and value.go_type == _TYPES[kind]
    types: Mapping[str, type] = {"s": str, "f": float, "b": bool, "a": object}
    return isinstance(value, types[kind])


def _zero(kind: str) -> Any:
    if kind in "td":
        from argosy.engine.language.go import instants

        return instants.ZERO if kind == "t" else instants.Duration(0)
    return _NIL[kind]()


class Typed:
    """A function and the types of its parameters.

    `signature`: one letter each for s(tring), i(nt), f(loat), b(ool), m(ap), a(ny); after `*` the
    type of any number of further ones. Of Go's own types: t(ime), d(uration), l(ocation),
    v(ersion), and u(int32), which no expression can give.
    """

    def __init__(self, name: str, signature: str, function: Callable[..., Any]) -> None:
        self.name, self.function = name, function
        self.fixed, _, self.rest = signature.partition("*")

    def __call__(self, *arguments: Any) -> Any:
        """Call it; raise `EvaluationError` in the words of Go's reflection."""
        if len(arguments) < len(self.fixed):
            raise EvaluationError("reflect: Call with too few input arguments")
        if len(arguments) > len(self.fixed) and not self.rest:
            raise EvaluationError("reflect: Call with too many input arguments")
        taken = [self._taken(index, value) for index, value in enumerate(arguments)]
        return self.function(*taken)

    def _taken(self, index: int, value: Any) -> Any:
        fixed = index < len(self.fixed)
        kind = self.fixed[index] if fixed else self.rest
        if value is None and fixed:
            return _zero(kind)
        if value is None:
            return self._nil_of_many(index, kind)
        if not _fits(kind, value):
            prefix = "reflect: Call using" if fixed else "reflect: cannot use"
            raise EvaluationError(f"{prefix} {go_name(value)} as type {_TYPES[kind]}")
        return value

    def _nil_of_many(self, index: int, kind: str) -> NilList:
        """Return what expr-lang makes of nil for a parameter that stands for many: a nil list."""
        if index > len(self.fixed):
            types = len(self.fixed) + 1
            raise EvaluationError(
                f"runtime error: index out of range [{index}] with length {types}"
            )
        if kind != "a":
            raise EvaluationError(f"reflect: cannot use []{_TYPES[kind]} as type {_TYPES[kind]}")
        return NilList()
