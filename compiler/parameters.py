"""Parameters: types, limits and defaults, and the one text form in which a value travels."""

import re
from collections.abc import Iterator
from typing import Any

from compiler.matrix import text
from compiler.pipeline import Parameter
from compiler.problems import Problem, nearest
from compiler.spec import ParameterSpec, Spec

_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
}
FORBIDDEN = ("{{", "$$", "$(")
ANNOTATION = "argosy.dev/parameters"
_LIMITS = ("type", "min", "max", "pattern")
RESERVED = "argosy-source"


def resolve(spec: Spec, problems: list[Problem]) -> Iterator[Parameter]:
    """Yield the parameters of `spec`; add to `problems` what their defaults break."""
    for parameter in spec.params.values():
        for value, key in _values(parameter):
            if message := refusal(parameter, value):
                at = spec.document.at((*parameter.path, *key))
                problems.append(Problem("bad-parameter", message[0], at, message[1]))
        yield Parameter(
            parameter.name,
            parameter.type,
            None if parameter.default is None else text(parameter.default),
            parameter.limits.get("description", ""),
            tuple(text(value) for value in parameter.limits.get("enum", ())),
            tuple((key, parameter.limits[key]) for key in _LIMITS if key in parameter.limits),
            spec.document.key(parameter.path),
        )


def _values(parameter: ParameterSpec) -> Iterator[tuple[Any, tuple[str | int, ...]]]:
    if parameter.default is not None:
        yield parameter.default, ("default",)
    for index, value in enumerate(parameter.limits.get("enum", ())):
        yield value, ("enum", index)


def refusal(parameter: ParameterSpec, value: Any) -> tuple[str, str] | None:
    """Return (message, hint) when `value` is none that `parameter` takes."""
    accepted = _TYPES[parameter.type]
    if not isinstance(value, accepted) or (isinstance(value, bool) and bool not in accepted):
        return f"{value!r} is no {parameter.type}", "quote it" if accepted == (str,) else ""
    limits = parameter.limits
    if "enum" in limits and value not in limits["enum"]:
        known = [text(item) for item in limits["enum"]]
        return f"`{text(value)}` is not allowed", nearest(text(value), known)
    if "min" in limits and value < limits["min"]:
        return f"{value} is less than the minimum {limits['min']}", ""
    if "max" in limits and value > limits["max"]:
        return f"{value} is more than the maximum {limits['max']}", ""
    if "pattern" in limits and not re.fullmatch(limits["pattern"], text(value)):
        return f"`{value}` does not match {limits['pattern']}", ""
    found = next((mark for mark in FORBIDDEN if mark in text(value)), "")
    return (
        (f"`{found}` in a value would be changed on the way", "pass it in a file")
        if found
        else None
    )
