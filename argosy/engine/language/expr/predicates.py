"""The functions of expr-lang that evaluate a predicate for each element of a list."""

from __future__ import annotations

from functools import cmp_to_key
from typing import TYPE_CHECKING, Any

from argosy.engine.language.errors import EvaluationError
from argosy.engine.language.expr.operators import BINARY, truth
from argosy.engine.language.values import Groups, go_name, octets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from argosy.engine.language.expr.evaluator import Evaluator
    from compiler.exprlang.tree import Node


def _items(run: Evaluator, arguments: Sequence[Node]) -> list[Any]:
    items = run.value(arguments[0])
    if isinstance(items, str):
        return list(octets(items))
    if isinstance(items, list):
        return items
    kind = "zero" if items is None else go_name(items)
    raise EvaluationError(f"reflect: call of reflect.Value.Len on {kind} Value")


def _each(run: Evaluator, arguments: Sequence[Node]) -> Iterator[tuple[Any, Any]]:
    """Yield each element with what the predicate gives for it; itself without a predicate."""
    items = _items(run, arguments)
    with run.element() as element:
        for index, item in enumerate(items):
            element.value, element.index = item, index
            yield item, run.value(arguments[1]) if len(arguments) > 1 else item


def _holding(run: Evaluator, arguments: Sequence[Node]) -> Iterator[tuple[int, Any]]:
    for index, (item, holds) in enumerate(_each(run, arguments)):
        if truth(holds):
            yield index, item


def _all(run: Evaluator, arguments: Sequence[Node]) -> bool:
    return all(truth(holds) for _, holds in _each(run, arguments))


def _one(run: Evaluator, arguments: Sequence[Node]) -> bool:
    return sum(1 for _ in _holding(run, arguments)) == 1


def _any(run: Evaluator, arguments: Sequence[Node]) -> bool:
    return any(True for _ in _holding(run, arguments))


def _filter(run: Evaluator, arguments: Sequence[Node]) -> list[Any]:
    found = [item for _, item in _holding(run, arguments)]
    run.grow(len(found))
    return found


def _map(run: Evaluator, arguments: Sequence[Node]) -> list[Any]:
    found = [value for _, value in _each(run, arguments)]
    run.grow(len(found))
    return found


def _sum(run: Evaluator, arguments: Sequence[Node]) -> Any:
    total: Any = 0
    for _, value in _each(run, arguments):
        total = BINARY["+"](value, total)
    return total


def _found(place: int, *, index: bool) -> Callable[[Evaluator, Sequence[Node]], Any]:
    """`find…`: from the front (0) or the back (-1), the element or its index."""

    def computed(run: Evaluator, arguments: Sequence[Node]) -> Any:
        items = _items(run, arguments)
        order = range(len(items)) if place == 0 else range(len(items) - 1, -1, -1)
        with run.element() as element:
            for each in order:
                element.value, element.index = items[each], each
                if truth(run.value(arguments[1])):
                    return each if index else items[each]
        return None

    return computed


def _group_by(run: Evaluator, arguments: Sequence[Node]) -> Groups:
    found = Groups()
    for item, key in _each(run, arguments):
        if isinstance(key, list | dict):
            raise EvaluationError(f"runtime error: hash of unhashable type {go_name(key)}")
        found.setdefault(key, []).append(item)
    return found


def _sort_by(run: Evaluator, arguments: Sequence[Node]) -> list[Any]:
    pairs = list(_each(run, arguments[:2]))
    order = run.value(arguments[2]) if len(arguments) > 2 else "asc"
    if order not in ("asc", "desc"):
        raise EvaluationError("unknown order, use asc or desc")
    items, keys = [item for item, _ in pairs], [key for _, key in pairs]
    return ordered(items, keys, descending=order == "desc")


def ordered(items: list[Any], keys: list[Any], *, descending: bool) -> list[Any]:
    """Return `items` in the order of their `keys`, all numbers or all texts."""

    def compared(left: int, right: int) -> int:
        before = BINARY["<"](keys[left], keys[right])
        return -1 if before else int(BINARY["<"](keys[right], keys[left]))

    order = sorted(range(len(items)), key=cmp_to_key(compared), reverse=descending)
    return [items[index] for index in order]


def _reduce(run: Evaluator, arguments: Sequence[Node]) -> Any:
    items = _items(run, arguments)
    start = 0
    if len(arguments) > 2:
        acc = run.value(arguments[2])
    elif items:
        acc, start = items[0], 1
    else:
        raise EvaluationError("reflect: slice index out of range")
    with run.element() as element:
        for index in range(start, len(items)):
            element.value, element.index, element.acc = items[index], index, acc
            acc = run.value(arguments[1])
    return acc


FUNCTIONS: Mapping[str, Callable[[Evaluator, Sequence[Node]], Any]] = {
    "all": _all,
    "any": _any,
    "none": lambda run, arguments: not _any(run, arguments),
    "one": _one,
    "filter": _filter,
    "map": _map,
    "count": lambda run, arguments: sum(1 for _ in _holding(run, arguments)),
    "sum": _sum,
    "find": _found(0, index=False),
    "findIndex": _found(0, index=True),
    "findLast": _found(-1, index=False),
    "findLastIndex": _found(-1, index=True),
    "groupBy": _group_by,
    "sortBy": _sort_by,
    "reduce": _reduce,
}
