"""A matrix → its combinations, in the order in which it is written."""

from collections.abc import Mapping
from itertools import product
from typing import Any

from compiler.pipeline import Combination


def combinations(axes: Mapping[str, tuple[Any, ...]]) -> tuple[Combination, ...]:
    """Return every combination of the axes; one empty combination when there is no axis."""
    columns = [[(axis, text(value)) for value in values] for axis, values in axes.items()]
    return tuple(product(*columns))


def kind(values: tuple[Any, ...]) -> str:
    """Return the type of an axis: that of its values, `string` when they are of several."""
    kinds = {type(value) for value in values}
    if kinds == {bool} or kinds == {int}:
        return "boolean" if kinds == {bool} else "integer"
    return "number" if kinds <= {int, float} else "string"


def text(value: Any) -> str:
    """Write a scalar as a step sees it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def suffix(combination: Combination) -> str:
    """Return what tells this combination's task from the others: its values, as a name."""
    words = ["".join(c if c.isalnum() else "-" for c in value.lower()) for _, value in combination]
    return "-".join(word.strip("-") or "x" for word in words)
