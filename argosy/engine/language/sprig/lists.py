"""Sprig's functions of lists, and of values that may be empty."""

from collections.abc import Callable, Mapping
from typing import Any

from argosy.engine.language.errors import EvaluationError
from argosy.engine.language.sprig.conversions import integer, is_empty, items, kind, texts
from argosy.engine.language.values import NilList, go_name, octets, same, shown


def _push(value: Any, item: Any) -> list[Any]:
    return [*items(value, "push on"), item]


def _prepend(value: Any, item: Any) -> list[Any]:
    return [item, *items(value, "prepend on")]


def _end(value: Any, place: int) -> Any:
    found = items(value, f"find {'last' if place else 'first'} on")
    return found[place] if found else None


def _rest(value: Any) -> list[Any]:
    found = items(value, "find rest on")
    return found[1:] if found else NilList()


def _initial(value: Any) -> list[Any]:
    found = items(value, "find initial on")
    return found[:-1] if found else NilList()


def _uniq(value: Any) -> list[Any]:
    found: list[Any] = []
    for item in items(value, "find uniq on"):
        if not any(same(item, other) for other in found):
            found.append(item)
    return found


def _without(value: Any, *omitted: Any) -> list[Any]:
    kept = items(value, "find without on")
    return [item for item in kept if not any(same(item, other) for other in omitted)]


def _has(needle: Any, value: Any) -> bool:
    if value is None:
        return False
    return any(same(needle, item) for item in items(value, "find has on"))


def _slice(value: Any, *bounds: Any) -> Any:
    found = items(value, "slice on")
    if not found:
        return None
    start = integer(bounds[0]) if bounds else 0
    end = integer(bounds[1]) if len(bounds) > 1 else len(found)
    if not 0 <= start <= end <= len(found):
        raise EvaluationError("reflect.Value.Slice: slice index out of bounds")
    return found[start:end]


def _concat(*values: Any) -> list[Any]:
    found = [item for value in values for item in items(value, "concat")]
    return found or NilList()


def _chunk(size: int, value: Any) -> list[Any]:
    found = items(value, "chunk")
    if size < 1:
        raise EvaluationError("runtime error: makeslice: len out of range")
    return [found[at : at + size] for at in range(0, len(found), size)]


def _sort_alpha(value: Any) -> list[str]:
    return sorted(texts(value), key=octets) if isinstance(value, list) else [shown(value)]


def _default(fallback: Any, *given: Any) -> Any:
    return fallback if not given or is_empty(given[0]) else given[0]


def _coalesce(*values: Any) -> Any:
    return next((value for value in values if not is_empty(value)), None)


def _both(*names: str) -> tuple[str, ...]:
    return (*names, *(f"must{name[0].upper()}{name[1:]}" for name in names))


FUNCTIONS: Mapping[str, tuple[str, Callable[..., Any]]] = {
    **dict.fromkeys(("list", "tuple"), ("*a", lambda *values: list(values))),
    **dict.fromkeys(_both("append", "push"), ("aa", _push)),
    **dict.fromkeys(_both("prepend"), ("aa", _prepend)),
    **dict.fromkeys(_both("first"), ("a", lambda value: _end(value, 0))),
    **dict.fromkeys(_both("last"), ("a", lambda value: _end(value, -1))),
    **dict.fromkeys(_both("rest"), ("a", _rest)),
    **dict.fromkeys(_both("initial"), ("a", _initial)),
    **dict.fromkeys(_both("reverse"), ("a", lambda value: items(value, "find reverse on")[::-1])),
    **dict.fromkeys(_both("uniq"), ("a", _uniq)),
    **dict.fromkeys(_both("without"), ("a*a", _without)),
    **dict.fromkeys(_both("has"), ("aa", _has)),
    **dict.fromkeys(_both("slice"), ("a*a", _slice)),
    **dict.fromkeys(
        _both("compact"),
        ("a", lambda value: [item for item in items(value, "compact on") if not is_empty(item)]),
    ),
    **dict.fromkeys(_both("chunk"), ("ia", _chunk)),
    "concat": ("*a", _concat),
    "sortAlpha": ("a", _sort_alpha),
    "default": ("a*a", _default),
    "empty": ("a", is_empty),
    "coalesce": ("*a", _coalesce),
    "all": ("*a", lambda *values: not any(is_empty(value) for value in values)),
    "any": ("*a", lambda *values: not all(is_empty(value) for value in values)),
    "ternary": ("aab", lambda yes, no, test: yes if test else no),
    "typeOf": ("a", go_name),
    "typeIs": ("sa", lambda name, value: name == go_name(value)),
    "typeIsLike": ("sa", lambda name, value: go_name(value) in (name, f"*{name}")),
    "kindOf": ("a", kind),
    "kindIs": ("sa", lambda name, value: name == kind(value)),
    "deepEqual": ("aa", same),
}
