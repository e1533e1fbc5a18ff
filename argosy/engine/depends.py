"""`depends`: which tasks a task waits for, and whether their outcomes let it run."""

import re
from collections.abc import Mapping
from typing import Any

from argosy.engine.expression import evaluate
from argosy.engine.nodes import Node

_NAME = re.compile(r"([A-Za-z0-9][A-Za-z0-9_-]*)(?:\.([A-Za-z]+))?")
_RESULTS = (
    "Succeeded",
    "Failed",
    "Errored",
    "Skipped",
    "Omitted",
    "Daemoned",
    "AnySucceeded",
    "AllFailed",
)


def text(task: Mapping[str, Any]) -> str:
    """Return the `depends` of a task, spelled out for the older `dependencies`."""
    if "depends" in task:
        return str(task["depends"])
    return " && ".join(task.get("dependencies", ()))


def names(expression: str) -> tuple[str, ...]:
    """Return the tasks that a `depends` names."""
    return tuple(dict.fromkeys(match[1] for match in _NAME.finditer(expression)))


def holds(expression: str, nodes: Mapping[str, Node], groups: Mapping[str, list[Node]]) -> bool:
    """Whether `expression` is true of the finished `nodes`; a bare name means success or skip."""
    if not expression.strip():
        return True
    values: dict[str, Any] = {}

    def spelled(match: re.Match[str]) -> str:
        name, result = match[1], match[2]
        key = f"v{len(values)}"
        members = groups.get(name, [])
        values[key] = _result(nodes[name], members, result) if result else _fine(nodes[name])
        return key

    return bool(evaluate(_NAME.sub(spelled, expression), values))


def _fine(node: Node) -> bool:
    return node.daemoned or node.phase in ("Succeeded", "Skipped")


def _result(node: Node, members: list[Node], result: str) -> bool:
    if result == "Daemoned":
        return node.daemoned
    if result == "AnySucceeded":
        return any(member.phase == "Succeeded" for member in members)
    if result == "AllFailed":
        return bool(members) and all(member.phase == "Failed" for member in members)
    return node.phase == ("Error" if result == "Errored" else result)
