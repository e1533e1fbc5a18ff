"""A matrix or a literal list → its combinations, in the order in which they are written."""

import json
import re
from collections.abc import Iterator, Mapping
from hashlib import sha256
from itertools import product
from typing import Any

from compiler.pipeline import Combination
from compiler.reference import whole
from compiler.spec import FanSpec, Spec

_LONGEST = 60
_VALUE = "value"


def combinations(fan: FanSpec) -> tuple[Combination, ...]:
    """Return every combination of `fan`; one empty combination where there is no axis."""
    return tuple(tuple((axis, text(value)) for axis, value in row.items()) for row in _rows(fan))


def _rows(fan: FanSpec) -> list[Mapping[str, Any]]:
    if isinstance(fan.items, list):
        return [item if isinstance(item, dict) else {_VALUE: item} for item in fan.items]
    rows = [dict(zip(fan.axes, values)) for values in product(*fan.axes.values())]
    kept = [row for row in rows if not any(_matches(row, part) for part in fan.exclude)]
    return [*kept, *(added for added in fan.include if added not in kept)]


def _matches(row: Mapping[str, Any], part: Mapping[str, Any]) -> bool:
    return all(text(row.get(axis)) == text(value) for axis, value in part.items())


def kinds(fan: FanSpec) -> Iterator[tuple[str, str]]:
    """Yield each axis with the type of its values; none for a list that is known at run time."""
    rows = _rows(fan) if isinstance(fan.items, list) or fan.axes else []
    for axis in dict.fromkeys(axis for row in rows for axis in row):
        yield axis, kind(tuple(row[axis] for row in rows if axis in row))


def item_kinds(spec: Spec, source: str) -> tuple[tuple[str, str], ...]:
    """Return the fields of the items of the list that `source` refers to, with their types.

    Items that are no mappings have one field, `value`.
    """
    items = _items(spec, source)
    return tuple(items.items()) if isinstance(items, Mapping) else ((_VALUE, items),)


def _items(spec: Spec, source: str) -> str | Mapping[str, str]:
    reference = whole(source)
    parameter = spec.params.get(reference.path) if reference else None
    if reference and reference.namespace == "params" and parameter:
        declared: str | Mapping[str, str] = parameter.limits.get("items", "string")
        return declared
    step, output = reference.output if reference else ("", "")
    producer = spec.steps.get(step)
    found = producer.outputs.get(output) if producer else None
    if found is None or producer is None:
        return "string"
    return found.type if producer.fan.many else found.items


def item_tags(spec: Spec, source: str) -> tuple[tuple[str, str], ...]:
    """Return the fields of the items as a task of a run-time list gets them, in Argo's tags."""
    mapping = isinstance(_items(spec, source), Mapping)
    kinds = item_kinds(spec, source)
    return tuple((axis, f"{{{{item.{axis}}}}}" if mapping else "{{item}}") for axis, _ in kinds)


def kind(values: tuple[Any, ...]) -> str:
    """Return the type of an axis: that of its values, `string` when they are of several."""
    types = {type(value) for value in values}
    if types == {bool} or types == {int}:
        return "boolean" if types == {bool} else "integer"
    return "number" if types <= {int, float} else "string"


def text(value: Any) -> str:
    """Write a value as a step sees it: a list as JSON, a scalar plain."""
    if isinstance(value, list | dict):
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return str(value).lower() if isinstance(value, bool) else str(value)


def suffix(combination: Combination) -> str:
    """Return what tells this combination's task from the others: its values, as a name."""
    words = [re.sub("[^a-z0-9]", "-", value.lower()) for _, value in combination]
    return "-".join(word.strip("-") or "x" for word in words)


def shortened(name: str, longest: int = _LONGEST) -> str:
    """Cut a name that no pod could carry, a hash of the whole at its end."""
    if len(name) <= longest:
        return name
    mark = sha256(name.encode()).hexdigest()[:8]
    return f"{name[: longest - 9].rstrip('-')}-{mark}"
