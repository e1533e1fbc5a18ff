"""Fan-out: what `withItems`, `withParam` and `withSequence` make of one task or step."""

from collections.abc import Mapping
from typing import Any

from argosy.engine.control import words
from argosy.engine.failure import EngineError
from argosy.engine.language import EvaluationError, fanout
from argosy.engine.language.fanout import Item
from argosy.engine.language.sequences import sequence

Data = Mapping[str, Any]
_WITH = ("withItems", "withParam", "withSequence")
_FROM = ("from", "fromExpression")


def expands(task: Data) -> bool:
    """Whether a task stands for several (Argo's ShouldExpand)."""
    return bool(task.get("withItems") or task.get("withParam") or task.get("withSequence"))


def expand(task: Data) -> list[tuple[str, Data]]:
    """Return the name and the task of each item (expandTask); raise `EngineError`."""
    try:
        found = _items(task)
    except EvaluationError as error:
        if _runs(task):
            raise EngineError(str(error)) from None
        found = []
    bare = {key: value for key, value in task.items() if key not in _WITH}
    return [(item.name(task["name"], index), _one(bare, item)) for index, item in enumerate(found)]


def _runs(task: Data) -> bool:
    try:
        return words.condition(task.get("when", ""))
    except EngineError:
        return True


def _items(task: Data) -> list[Item]:
    if task.get("withItems"):
        return [fanout.item(each) for each in task["withItems"]]
    if task.get("withParam"):
        return fanout.items(str(task["withParam"]))
    return sequence(task["withSequence"])


def _one(task: Data, item: Item) -> Data:
    """Return the task of one item; what stays unresolved is wrong unless it is skipped.

    Where an artifact comes from is settled before there are items (Argo's resolveReferences).
    """
    try:
        strict = words.condition(task.get("when", ""))
    except EngineError:
        strict = True
    scope, given = item.scope(), task.get("arguments") or {}
    artifacts = given.get("artifacts") or ()
    if not artifacts:
        return dict(words.substitute(task, scope, strict=strict))
    bare = [{key: each[key] for key in each if key not in _FROM} for each in artifacts]
    bare_task = {**task, "arguments": {**given, "artifacts": bare}}
    found = dict(words.substitute(bare_task, scope, strict=strict))
    handed = zip(artifacts, found["arguments"]["artifacts"], strict=True)
    found["arguments"] = {**found["arguments"], "artifacts": [{**a, **b} for a, b in handed]}
    return found
