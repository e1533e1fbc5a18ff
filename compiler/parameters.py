"""Parameters: types, limits and defaults, and the one text form in which a value travels."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from compiler import patterns
from compiler.convention import FORBIDDEN
from compiler.document import Document
from compiler.matrix import text
from compiler.pipeline import Parameter
from compiler.problems import Problem, Related, nearest
from compiler.reference import references
from compiler.spec import ParameterSpec, Spec

_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "list": (list,),
}
Key = tuple[str | int, ...]
Refusal = tuple[str, str]
_LIMITS = ("type", "items", "min", "max", "pattern")


def faults(parameter: ParameterSpec, document: Document) -> Iterator[Problem]:
    """Yield what is wrong with the limits of `parameter`, and what its default breaks."""
    limits = list(_impossible(parameter))
    values = () if limits else _values(parameter)
    found = [(key, refusal(parameter, value)) for value, key in values]
    for key, message in [*limits, *found]:
        if message:
            yield _problem(document, parameter, key, message)


def resolve(spec: Spec, problems: list[Problem]) -> Iterator[Parameter]:
    """Yield the parameters of `spec`; add to `problems` what their defaults break."""
    for parameter in spec.params.values():
        problems += faults(parameter, spec.document)
        yield Parameter(
            parameter.name,
            parameter.type,
            None if parameter.default is None else text(parameter.default),
            parameter.limits.get("description", ""),
            tuple(text(value) for value in parameter.limits.get("enum", ())),
            tuple((key, parameter.limits[key]) for key in _LIMITS if key in parameter.limits),
            spec.document.key(parameter.path),
        )


def _problem(document: Document, parameter: ParameterSpec, key: Key, message: Refusal) -> Problem:
    at = document.at((*parameter.path, *key))
    value = document.value((*parameter.path, *key))
    limit = _contradicted(parameter, key[0]) if key[0] in _LIMITS else _broken(parameter, value)
    place = document.at((*parameter.path, limit))
    related = (Related("the limit", place),) if limit else ()
    return Problem("bad-parameter", message[0], at, message[1], related=related)


def _impossible(parameter: ParameterSpec) -> Iterator[tuple[Key, Refusal]]:
    """Yield the limits that no value of the type can be held against, and why."""
    limits = parameter.limits
    for key in ("min", "max"):
        if key in limits and parameter.type not in ("integer", "number"):
            yield (key,), (f"`{key}` is for numbers, `{parameter.name}` is a {parameter.type}", "")
    if "items" in limits and parameter.type != "list":
        yield ("items",), (f"`items` is for lists, `{parameter.name}` is a {parameter.type}", "")
    if "min" in limits and "max" in limits and limits["min"] > limits["max"]:
        yield ("max",), (f"no value is at least {limits['min']} and at most {limits['max']}", "")
    if message := patterns.refusal(limits.get("pattern", "")):
        yield ("pattern",), (message, "write it without look-around and back-references")


def _values(parameter: ParameterSpec) -> Iterator[tuple[Any, Key]]:
    if parameter.default is not None:
        yield parameter.default, ("default",)
    for index, value in enumerate(parameter.limits.get("enum", ())):
        yield value, ("enum", index)


def mistyped(kind: str, value: Any) -> str:
    """Return why `value` is none of type `kind`; nothing if it is one."""
    accepted = _TYPES[kind]
    if isinstance(value, accepted) and (not isinstance(value, bool) or bool in accepted):
        return ""
    return f"{value!r} is no {kind}"


def mistyped_item(items: str | Mapping[str, str], item: Any) -> str:
    """Return why `item` is none of a list whose items are a type, or fields with types."""
    if isinstance(items, str):
        return mistyped(items, item)
    if not isinstance(item, Mapping) or item.keys() != items.keys():
        return f"{text(item)} does not have the fields {', '.join(items)}"
    found = (mistyped(kind, item[name]) for name, kind in items.items())
    return next((message for message in found if message), "")


def mislisted(limits: Mapping[str, Any], value: str) -> str:
    """Return why the text of a value is no list as `limits` declare it; nothing if it is one."""
    try:
        found = json.loads(value)
    except ValueError:
        return f"`{value}` is no list"
    if not isinstance(found, list):
        return f"`{value}` is no list"
    faults = (mistyped_item(limits.get("items", "string"), item) for item in found)
    return next((fault for fault in faults if fault), "")


def refusal(parameter: ParameterSpec, value: Any) -> Refusal | None:
    """Return (message, hint) when `value` is none that `parameter` of a run takes."""
    return misfit(parameter, value) or altered(value)


def altered(value: Any) -> Refusal | None:
    """Return (message, hint) when a fixed value holds what a run would replace, or would not."""
    found = next((mark for mark in FORBIDDEN if mark in text(value)), "")
    if found:
        return f"`{found}` in a value would be changed on the way", "pass it in a file"
    named = next((str(reference) for reference in references(text(value))), "")
    fixed = f"{named} is not replaced here: this value is fixed"
    return (fixed, "write the value itself") if named else None


def misfit(parameter: ParameterSpec, value: Any) -> Refusal | None:
    """Return (message, hint) when `value` breaks the type or the limits of `parameter`."""
    if message := mistyped(parameter.type, value):
        return message, "quote it" if parameter.type == "string" else ""
    limits = parameter.limits
    for item in value if isinstance(value, list) else ():
        if message := mistyped_item(limits.get("items", "string"), item):
            return f"{message}, as the items of `{parameter.name}` are", ""
    if "enum" in limits and value not in limits["enum"]:
        known = [text(item) for item in limits["enum"]]
        return f"`{text(value)}` is not allowed", nearest(text(value), known)
    message = beyond(limits, text(value))
    return (message, "") if message else None


def unfit(parameter: Parameter, value: Any) -> Refusal | None:
    """Return (message, hint) when `value` is none that a call may give `parameter`."""
    if parameter.enum and text(value) not in parameter.enum:
        return f"`{text(value)}` is not allowed", nearest(text(value), parameter.enum)
    limits = dict(parameter.limits)
    return refusal(ParameterSpec(parameter.name, parameter.type, None, limits, ()), value)


def beyond(limits: Mapping[str, Any], value: str) -> str:
    """Return how the text of a value breaks `min`, `max` or `pattern`; nothing if it keeps them."""
    return next((message for _, message in _breaches(limits, value)), "")


def _breaches(limits: Mapping[str, Any], value: str) -> Iterator[tuple[str, str]]:
    if "min" in limits and float(value) < limits["min"]:
        yield "min", f"{value} is less than the minimum {limits['min']}"
    if "max" in limits and float(value) > limits["max"]:
        yield "max", f"{value} is more than the maximum {limits['max']}"
    if message := patterns.refusal(limits.get("pattern", "")):
        yield "pattern", message
    elif "pattern" in limits and not patterns.matches(limits["pattern"], value):
        yield "pattern", f"`{value}` does not match {limits['pattern']}"


def _contradicted(parameter: ParameterSpec, limit: Any) -> str:
    """Return the name of what another limit contradicts."""
    if limit == "pattern":
        return ""
    return "min" if parameter.type in ("integer", "number") else "type"


def _broken(parameter: ParameterSpec, value: Any) -> str:
    """Return the name of the limit that `value` breaks."""
    if mistyped(parameter.type, value) or isinstance(value, list):
        return "items" if "items" in parameter.limits else "type"
    if "enum" in parameter.limits and value not in parameter.limits["enum"]:
        return "enum"
    return next((limit for limit, _ in _breaches(parameter.limits, text(value))), "")
