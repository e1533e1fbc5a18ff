"""JSONPath as Argo's `jsonpath` function takes it (evilmonkeyinc/jsonpath 0.8).

Keys, indexes, `*`, `..`, ranges, unions, `length`, filters of comparisons, scripts of arithmetic.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from argosy.engine.language.errors import EvaluationError
from argosy.engine.language.expr.jsonpath_words import Step, steps
from argosy.engine.language.values import go_name


def query(path: str, data: Any) -> Any:
    """Return what `path` selects in plain data; raise `EvaluationError` in the library's words."""
    return _applied(data, data, _steps(path))


@lru_cache(maxsize=256)
def _steps(path: str) -> tuple[Step, ...]:
    return tuple(steps(path))


def _applied(root: Any, current: Any, path: Sequence[Step]) -> Any:
    if not path:
        return current
    step, further = path[0], path[1:]
    return _APPLY[step.kind](step, root, current, further)


def _no_target(kind: str, wanted: str, got: Any) -> EvaluationError:
    kinds = {dict: "map", list: "slice", str: "string", float: "float64", bool: "bool"}
    return EvaluationError(
        f"{kind}: invalid token target. expected [{wanted}] got [{kinds.get(type(got), 'nil')}]"
    )


def _key(step: Step, root: Any, current: Any, further: Sequence[Step]) -> Any:
    if not isinstance(current, Mapping):
        raise _no_target("key", "map", current)
    if step.value not in current:
        raise EvaluationError(f"key: invalid token key '{step.value}' not found")
    return _applied(root, current[step.value], further)


def _index(step: Step, root: Any, current: Any, further: Sequence[Step]) -> Any:
    if not isinstance(current, list):
        raise _no_target("index", "array slice", current)
    place = step.value + len(current) if step.value < 0 else step.value
    if not 0 <= place < len(current):
        raise EvaluationError("index: invalid token out of range")
    return _applied(root, current[place], further)


def _length(_step: Step, root: Any, current: Any, further: Sequence[Step]) -> Any:
    if not isinstance(current, Mapping | list | str):
        raise _no_target("length", "array map slice string", current)
    size = len(current.encode() if isinstance(current, str) else current)
    named = current.get("length", size) if isinstance(current, Mapping) else size
    return _applied(root, named, further)


def _children(kind: str, current: Any) -> list[Any]:
    if isinstance(current, Mapping):
        return [current[key] for key in sorted(current)]
    if isinstance(current, list):
        return current
    raise _no_target(kind, "array map slice", current)


def _wildcard(_step: Step, root: Any, current: Any, further: Sequence[Step]) -> Any:
    return list(_each(root, _children("wildcard", current), further))


def _each(root: Any, items: Sequence[Any], further: Sequence[Step]) -> Iterator[Any]:
    """Yield what each item gives; what fails or is nil is left out."""
    for item in items:
        try:
            found = _applied(root, item, further)
        except EvaluationError:
            continue
        if found is not None or not further:
            yield found


def _all_or_each(root: Any, items: list[Any], further: Sequence[Step]) -> Any:
    """Apply an index to the list that was selected, anything else to each of its items."""
    if not further:
        return items
    if further[0].kind == "index":
        return _applied(root, items, further)
    return list(_each(root, items, further))


def _range(step: Step, root: Any, current: Any, further: Sequence[Step]) -> Any:
    if not isinstance(current, list):
        raise _no_target("range", "array slice", current)
    first, last, stride = step.value
    if stride == 0:
        raise EvaluationError("range: invalid token out of range")
    size = len(current)
    start = _bounded(0 if first is None else first, size)
    end = _bounded(size if last is None else last, size)
    places = range(start, end)[:: stride or 1]
    return _all_or_each(root, [current[place] for place in places], further)


def _bounded(place: int, size: int) -> int:
    return min(max(place + size if place < 0 else place, 0), size)


def _union(step: Step, root: Any, current: Any, further: Sequence[Step]) -> Any:
    if all(isinstance(part, str) for part in step.value):
        if not isinstance(current, Mapping):
            raise _no_target("union", "map", current)
        found = [current[key] for key in step.value if key in current]
    else:
        if not isinstance(current, list):
            raise _no_target("union", "array slice", current)
        places = [part + len(current) if part < 0 else part for part in step.value]
        found = [current[place] for place in places if 0 <= place < len(current)]
    return _all_or_each(root, found, further)


def _recursive(step: Step, root: Any, current: Any, further: Sequence[Step]) -> Any:
    found: list[Any] = []
    if current is None:
        return found
    try:
        here = _applied(root, current, further)
    except EvaluationError:
        here = None
    found += here if isinstance(here, list) else [] if here is None else [here]
    if isinstance(current, Mapping | list):
        for child in _children("recursive", current):
            found += _recursive(step, root, child, further)
    return found


def _filter(step: Step, root: Any, current: Any, further: Sequence[Step]) -> Any:
    kept = [item for item in _children("filter", current) if _included(step, root, item)]
    return _all_or_each(root, kept, further)


def _included(step: Step, root: Any, item: Any) -> bool:
    from argosy.engine.language.expr.evaluator import Evaluator

    try:
        value = Evaluator({"it": item, "root": root}).value(step.value)
    except EvaluationError:
        return False
    return len(value) > 0 if isinstance(value, Mapping | list | str) else bool(value)


def _scripted(step: Step, root: Any, current: Any, further: Sequence[Step]) -> Any:
    """Compute a key or a place, and go there."""
    from argosy.engine.language.expr.evaluator import Evaluator

    expression, paths = step.value
    try:
        names = {
            name: _applied(root, root if path[0] == "$" else current, _steps(f"${path[1:]}"))
            for name, path in paths.items()
        }
        found = Evaluator(names).value(expression)
    except EvaluationError as error:
        raise EvaluationError(f"invalid expression. {error}") from None
    if isinstance(found, str):
        # with the quotes, so that it is hardly ever there
        return _key(Step("key", f"'{found}'"), root, current, further)
    if isinstance(found, bool) or not isinstance(found, int | float) or found != int(found):
        got = "nil" if found is None else go_name(found)
        said = f"unexpected expression result. expected [int string] got [{got}]"
        raise EvaluationError(said)
    return _index(Step("index", int(found)), root, current, further)


_APPLY: Mapping[str, Callable[[Step, Any, Any, Sequence[Step]], Any]] = {
    "key": _key,
    "index": _index,
    "length": _length,
    "wildcard": _wildcard,
    "range": _range,
    "union": _union,
    "recursive": _recursive,
    "filter": _filter,
    "script": _scripted,
}
