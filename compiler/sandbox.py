"""Jinja closed and bounded: no clock, no chance, no way out, and an end to everything."""

import json
from collections.abc import Callable, Iterator
from typing import Any

FILTERS = [
    "abs",
    "batch",
    "capitalize",
    "default",
    "dictsort",
    "first",
    "float",
    "format",
    "groupby",
    "indent",
    "int",
    "items",
    "join",
    "last",
    "length",
    "list",
    "lower",
    "map",
    "max",
    "min",
    "reject",
    "rejectattr",
    "replace",
    "reverse",
    "round",
    "select",
    "selectattr",
    "slice",
    "sort",
    "string",
    "sum",
    "title",
    "trim",
    "truncate",
    "unique",
    "upper",
    "wordcount",
]
TURNS = 1_000_000
DIGITS, LENGTH = 4096, 1_000_000
TICK = "argosy_tick"


class Exhausted(Exception):  # noqa: N818 - a limit that is reached, not a fault of the program
    """A template went over a limit; the text says which."""


def environment(load: Callable[[str], str | None], undefined: type, *extensions: type) -> Any:
    """Return an environment of Jinja whose templates come from `load`, which knows all names."""
    from jinja2 import FunctionLoader
    from jinja2.exceptions import SecurityError
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class Bounded(ImmutableSandboxedEnvironment):
        """Without the operators that make much of little."""

        intercepted_binops = frozenset({"+", "*", "**", "%"})

        def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
            numbers = all(isinstance(n, int | float) for n in (left, right))
            if operator == "**" or (operator in "*%" and not numbers):
                raise SecurityError(f"`{operator}` is for numbers only, and not for powers")
            if operator in "+*" and _large(left) + _large(right) > 1:
                raise Exhausted(f"`{operator}` would make too much of this")
            return super().call_binop(context, operator, left, right)

    bounded = Bounded(
        loader=FunctionLoader(
            lambda name: None if (text := load(name)) is None else (text, name, None)
        ),
        undefined=undefined,
        finalize=_written,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
        extensions=extensions,
    )
    bounded.filters = {name: bounded.filters[name] for name in FILTERS}
    bounded.globals = {"range": bounded.globals["range"], TICK: _ticks()}
    return bounded


def _large(value: Any) -> float:
    """Return how much of what an operator may take `value` is."""
    if isinstance(value, int):
        return value.bit_length() / DIGITS
    return len(value) / LENGTH if hasattr(value, "__len__") else 0


def _ticks() -> Callable[[], str]:
    """Return what every turn of every loop calls, until there were too many."""
    left = TURNS

    def tick() -> str:
        nonlocal left
        left -= 1
        if left < 0:
            raise Exhausted(f"the loops of the template take more than {TURNS:,} turns")
        return ""

    return tick


def _written(value: Any) -> Any:
    """Write data as YAML reads it; refuse what prints as an address in memory."""
    from jinja2 import Undefined

    if isinstance(value, str | Undefined) or (
        isinstance(value, int | float) and not isinstance(value, bool)
    ):
        return value
    if value is None or isinstance(value, dict | bool | list | tuple):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, Iterator | range):
        return json.dumps(list(value), ensure_ascii=False)
    if callable(value):
        raise TypeError("a function cannot be written: call it with `()`")
    raise TypeError(f"a {type(value).__name__} cannot be written")
