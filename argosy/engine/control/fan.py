"""Fan-out: what `withItems`, `withParam` and `withSequence` make of one task or step."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from argosy.engine.control import words
from argosy.engine.control.inputs import text
from argosy.engine.failure import EngineError

Data = Mapping[str, Any]
_WITH = ("withItems", "withParam", "withSequence")
_NAMES = str.maketrans("", "", "()")


class _Number(str):
    """A number as it was written."""


def expands(task: Data) -> bool:
    """Whether a task stands for several (Argo's ShouldExpand)."""
    return bool(task.get("withItems") or task.get("withParam") or task.get("withSequence"))


def expand(task: Data) -> list[tuple[str, Data]]:
    """Return the name and the task of each item (expandTask); raise `EngineError`."""
    try:
        found = _items(task)
    except EngineError:
        if _runs(task):
            raise
        found = []
    bare = {key: value for key, value in task.items() if key not in _WITH}
    return [
        (f"{task['name']}({index}:{_named(item)})", _one(bare, item))
        for index, item in enumerate(found)
    ]


def _runs(task: Data) -> bool:
    try:
        return words.condition(task.get("when", ""))
    except EngineError:
        return True


def _items(task: Data) -> list[Any]:
    if task.get("withItems"):
        return list(task["withItems"])
    if task.get("withParam"):
        return _listed(str(task["withParam"]))
    return list(_sequence(task["withSequence"]))


def _listed(given: str) -> list[Any]:
    try:
        found = json.loads(given, parse_int=_Number, parse_float=_Number)
    except ValueError:
        found, why = None, words.not_json(given)
    else:
        why = f"json: cannot unmarshal {_kind(found)} into Go value of type []v1alpha1.Item"
    if isinstance(found, list):
        return found
    if found is None and given.strip() == "null":
        return []
    message = f"withParam value could not be parsed as a JSON list: {given.strip()}: {why}"
    raise EngineError(message)


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, _Number):
        return "number"
    return "object" if isinstance(value, Mapping) else "string"


def _sequence(sequence: Data) -> Iterator[str]:
    start = _whole(sequence.get("start", 0))
    if sequence.get("end") is not None:
        end = _whole(sequence["end"])
    elif sequence.get("count") is not None:
        count = _whole(sequence["count"])
        if count == 0:
            return
        end = start + count - 1
    else:
        raise EngineError("neither end nor count was specified in withSequence")
    form = sequence.get("format") or "%d"
    numbers = range(start, end + 1) if start <= end else range(start, end - 1, -1)
    yield from (form % number for number in numbers)


def _whole(value: Any) -> int:
    given = text(value)
    try:
        return int(given)
    except ValueError:
        raise EngineError(f'strconv.Atoi: parsing "{given}": invalid syntax') from None


def _one(task: Data, item: Any) -> Data:
    """Return the task of one item; what stays unresolved is wrong unless it is skipped."""
    scope = _tags(item)
    try:
        skipped = not words.condition(task.get("when", ""))
    except EngineError:
        skipped = False
    if skipped:
        return dict(words.substitute(task, scope))
    return dict(words.substitute_item(task, scope))


def _tags(item: Any) -> dict[str, str]:
    if isinstance(item, Mapping):
        fields = {f"item.{key}": _shown(value) for key, value in item.items()}
        return {"item": _json(item), **fields}
    return {"item": _shown(item)}


def _named(item: Any) -> str:
    """Return how Argo marks the member of a fan-out, without brackets."""
    if isinstance(item, Mapping):
        return ",".join(sorted(f"{k}:{_shown(v)}" for k, v in item.items())).translate(_NAMES)
    if isinstance(item, list) or item is None:
        return f"[{' '.join(map(_shown, item or ()))}]".translate(_NAMES)
    return _shown(item).translate(_NAMES)


def _shown(value: Any) -> str:
    """Write an item as Argo hands it on: a text as in JSON, without its quotes."""
    if isinstance(value, _Number):
        return str(value)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)[1:-1]
    if isinstance(value, list | Mapping):
        return _json(value)
    return words.shown(value) if value is not None else "null"


def _json(value: Any) -> str:
    """Write plain data as JSON, sorted by key, numbers as they were written."""
    if isinstance(value, _Number):
        return str(value)
    if isinstance(value, Mapping):
        pairs = (f"{words.to_json(key)}:{_json(value[key])}" for key in sorted(value))
        return f"{{{','.join(pairs)}}}"
    if isinstance(value, list):
        return f"[{','.join(map(_json, value))}]"
    return words.to_json(value)
