"""The nodes of a run as a tree, and which of them waits for which.

Names say who is part of whom, as Argo spells them; the manifests say what waits for what.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from argosy.engine.nodes import Node

Template = Mapping[str, Any]
_ENDS = re.compile(r"[.\[(]")
_TASK = re.compile(r"(?<![.\w-])(\w[-\w]*)")
_ATTEMPT = re.compile(r"\(\d+\)")
_GROUPS = ("DAG", "Steps", "StepGroup", "TaskGroup")


@dataclass(eq=False)
class Unit:
    """A node and its parts; `before` are those of its siblings that it waits for.

    `node` is None for a task of a graph that has not come to be yet.
    """

    name: str
    template: str
    node: Node | None = None
    parent: "Unit | None" = field(default=None, repr=False)
    parts: "list[Unit]" = field(default_factory=list, repr=False)
    attempts: list[Node] = field(default_factory=list, repr=False)
    before: "list[Unit]" = field(default_factory=list, repr=False)

    @property
    def is_step(self) -> bool:
        """Whether it does something itself: a pod, an approval, or what was skipped instead."""
        kind = self.node.type if self.node else ""
        return not self.parts and kind not in _GROUPS

    def steps(self) -> "Iterator[Unit]":
        """Yield the steps in it, in order."""
        waiting = [self]
        while waiting:
            unit = waiting.pop()
            if unit.is_step:
                yield unit
            waiting += reversed(unit.parts)

    def waited_for(self) -> "Iterator[Unit]":
        """Yield what the unit waits for itself, or the group that it is the beginning of."""
        unit: Unit | None = self
        while unit is not None and not unit.before:
            unit = unit.parent
        yield from unit.before if unit else ()


def grow(nodes: Sequence[Node], templates: Mapping[str, Template], *, live: bool) -> list[Unit]:
    """Return the roots: the run itself, then its exit handlers and hooks.

    While a run is `live`, the tasks that are still to come are among its parts.
    """
    units = {node.name: Unit(node.name, node.template, node) for node in nodes}
    roots: list[Unit] = []
    for unit in units.values():
        parent = _parent(unit, units)
        after = units.get(unit.name.removesuffix(".onExit"))
        if after is not None and after is not unit:
            unit.before = [after]
        if parent is None or (after is parent and parent in roots):
            roots.append(unit)
        elif unit.node and _is_attempt(unit, parent):
            _attempt(parent, unit, unit.node)
        else:
            unit.parent = parent
            parent.parts.append(unit)
    for unit in list(units.values()):
        _order(unit, templates, units, live=live)
    return roots


def _parent(unit: Unit, units: Mapping[str, Unit]) -> Unit | None:
    """Return the group with the longest name that begins the unit's: items may hold any letter.

    A hook is called after its step, but is no part of it.
    """
    for found in reversed(list(_ENDS.finditer(unit.name))):
        parent = units.get(unit.name[: found.start()])
        if parent and (_is_group(parent, unit) or _is_attempt(unit, parent)):
            return parent
    return None


def _is_group(parent: Unit, unit: Unit) -> bool:
    kinds = _GROUPS if unit.node and unit.node.type != "Container" else (*_GROUPS, "Pod")
    return parent.node is not None and parent.node.type in kinds


def _is_attempt(unit: Unit, parent: Unit) -> bool:
    retried = parent.node is not None and parent.node.type == "Retry"
    return retried and _ATTEMPT.fullmatch(unit.name, len(parent.name)) is not None


def _attempt(retried: Unit, unit: Unit, node: Node) -> None:
    """Add an attempt: pods are told with the step, of groups the last one counts."""
    retried.attempts.append(node)
    if node.type in ("DAG", "Steps"):
        for earlier in retried.parts:
            earlier.parent = None
        retried.parts = [unit]
        unit.parent = retried


def _order(
    unit: Unit, templates: Mapping[str, Template], units: Mapping[str, Unit], *, live: bool
) -> None:
    kind = unit.node.type if unit.node else ""
    if kind == "Steps":
        groups = [part for part in unit.parts if part.node and part.node.type == "StepGroup"]
        for earlier, later in pairwise(groups):
            later.before = [earlier]
    template = templates.get(unit.template)
    if kind == "DAG" and template:
        _graph(unit, template.get("dag", {}).get("tasks", ()), units, live=live)


def _graph(unit: Unit, tasks: Sequence[Template], units: Mapping[str, Unit], *, live: bool) -> None:
    called = {}
    for task in tasks:
        name = f"{unit.name}.{task['name']}"
        known = units.get(name)
        if known is None and live and unit.node and not unit.node.done:
            known = Unit(name, _called(task), parent=unit)
            unit.parts.append(known)
        if known is not None:
            called[task["name"]] = known
    for task in tasks:
        if task["name"] in called:
            waits = [*task.get("dependencies", ()), *_TASK.findall(str(task.get("depends", "")))]
            before = [called[name] for name in dict.fromkeys(waits) if name in called]
            called[task["name"]].before = before
    places = {id(known): number for number, known in enumerate(called.values())}
    unit.parts.sort(key=lambda part: places.get(id(part), len(places)))


def _called(task: Template) -> str:
    return str(task.get("template") or task.get("templateRef", {}).get("template", ""))


def templates(documents: Sequence[Mapping[str, Any]]) -> dict[str, Template]:
    """Return the templates of Argo objects by name, and by `object/name` as references say."""
    found: dict[str, Template] = {}
    for document in documents:
        spec = document.get("spec") or {}
        spec = spec.get("workflowSpec", spec)
        owner = (document.get("metadata") or {}).get("name", "")
        for template in spec.get("templates") or ():
            found.setdefault(str(template.get("name")), template)
            found.setdefault(f"{owner}/{template.get('name')}", template)
    return found
