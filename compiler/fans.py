"""`matrix` and `foreach` of a step → how it multiplies, every value checked."""

from collections.abc import Iterator
from typing import Any

from compiler import matrix
from compiler.convention import FORBIDDEN
from compiler.document import Path
from compiler.pipeline import Fan
from compiler.problems import Problem
from compiler.reference import whole
from compiler.scope import Scope
from compiler.spec import FanSpec, StepSpec
from compiler.texts import Texts

Fault = tuple[Path, str, str]


def resolve(step: StepSpec, scope: Scope, texts: Texts) -> Fan:
    """Return how `step` multiplies; report what its matrix or its list has wrong."""
    fan = step.fan
    if isinstance(fan.items, str):
        return _run_time(step, scope, texts)
    faults = list(_literal(fan) if fan.items is not None else _matrix(fan))
    faults += _changed(fan)
    for path, value in _values(fan):
        texts.plain(value, step.at(*path), "")
    for path, message, hint in faults:
        at = scope.spec.document.at(step.at(*path))
        texts.problems.append(Problem("bad-matrix", message, at, hint))
    rows = matrix.combinations(fan)
    return Fan(fan.namespace, tuple(matrix.kinds(fan)), rows, None)


def _run_time(step: StepSpec, scope: Scope, texts: Texts) -> Fan:
    """The items are known when the pipeline runs: a parameter or an output of type list."""
    source = whole(step.fan.items)
    found = texts.checked(step.fan.items, step.at("foreach"), scope)
    if source is None or (found and scope.kind(source.dotted) != "list"):
        at = scope.spec.document.at(step.at("foreach"))
        hint = "a parameter `type: list`, or an output `{value: …, type: list}` of a step"
        texts.problems.append(Problem("bad-matrix", "`foreach` needs a list", at, hint))
    axes = matrix.item_kinds(scope.spec, step.fan.items)
    return Fan("each", axes, (matrix.item_tags(scope.spec, step.fan.items),), source)


def _changed(fan: FanSpec) -> Iterator[Fault]:
    """The values arrive as they are written."""
    marks = FORBIDDEN if fan.items is not None else (*FORBIDDEN, ",", ":", "=")
    for path, value in _values(fan):
        if found := [mark for mark in marks if mark in matrix.text(value)]:
            message = f"`{found[0]}` in `{matrix.text(value)}` would be changed on the way"
            yield path, message, "use a short name for it"


def _values(fan: FanSpec) -> Iterator[tuple[Path, Any]]:
    """Yield every value, and its place in the step."""
    for axis, values in fan.axes.items():
        yield from ((("matrix", axis, index), value) for index, value in enumerate(values))
    for index, row in enumerate(fan.include):
        yield from ((("matrix", "include", index, axis), value) for axis, value in row.items())
    for index, item in enumerate(fan.items or ()):
        parts = item if isinstance(item, dict) else {}
        yield from ((("foreach", index, key), value) for key, value in parts.items())
        if not isinstance(item, dict):
            yield ("foreach", index), item


def _literal(fan: FanSpec) -> Iterator[Fault]:
    """The items of a list are all plain values, or all mappings of the same keys."""
    first = fan.items[0]
    for index, item in enumerate(fan.items):
        if isinstance(item, dict) != isinstance(first, dict):
            yield ("foreach", index), "items are all values, or all mappings", ""
        elif isinstance(item, dict) and set(item) != set(first):
            yield ("foreach", index), f"every item has the keys {', '.join(first)}", ""


def _matrix(fan: FanSpec) -> Iterator[Fault]:
    """A combination that is added names every axis, one that is left out names known ones."""
    for index, row in enumerate(fan.include):
        if set(row) != set(fan.axes):
            message = f"a combination names {', '.join(fan.axes)}, all of them"
            yield ("matrix", "include", index), message, ""
    for index, row in enumerate(fan.exclude):
        for axis in row.keys() - fan.axes.keys():
            yield ("matrix", "exclude", index, axis), f"the matrix has no axis `{axis}`", ""
    if fan.axes and not matrix.combinations(fan):
        yield ("matrix", "exclude"), "no combination is left", "leave out fewer"
