"""Two WorkflowTemplates → their graphs, when these differ: steps, and what waits for what."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from compiler.record import record
from gitops.plan_change import Change
from gitops.plan_read import Folder
from gitops.plan_view import StepView, view

_AWAITED = re.compile(r"[A-Za-z0-9][-A-Za-z0-9]*(?=\.)")


@record
class Node:
    """A step, the number of its tasks, and whether it is one that runs after the end."""

    name: str
    instances: int
    handler: bool


@record
class Graph:
    """Steps in their order, and pairs of steps: the second waits for the first."""

    nodes: tuple[Node, ...]
    edges: tuple[tuple[str, str], ...]


@record
class GraphChange:
    """A graph before and after; `changed` are steps of both that are others now."""

    before: Graph
    after: Graph
    changed: tuple[str, ...]


def graph_change(
    before: Folder | None, after: Folder | None, changes: Iterable[Change]
) -> GraphChange | None:
    """Return both graphs; None where they are the same, or nothing comes after."""
    sides = [side.objects.get("workflowtemplate") if side else None for side in (before, after)]
    old, new = (_graph(side) if side else Graph((), ()) for side in sides)
    if old == new or not new.nodes:
        return None
    names = {node.name for node in old.nodes} & {node.name for node in new.nodes}
    touched = {c.name for c in changes if c.subject in ("step", "handler")}
    return GraphChange(old, new, tuple(sorted(names & (touched | _resized(old, new)))))


def _resized(before: Graph, after: Graph) -> set[str]:
    old = {node.name: node for node in before.nodes}
    return {node.name for node in after.nodes if old.get(node.name, node) != node}


def _graph(template: Mapping[str, Any]) -> Graph:
    steps = view(template).steps
    owners = {task: name for name, step in steps.items() for task in step.tasks}
    nodes = tuple(Node(name, len(step.tasks), step.handler) for name, step in steps.items())
    edges = (
        (owners.get(awaited, awaited), name)
        for name, step in steps.items()
        for awaited in _awaited(step)
    )
    known = {node.name for node in nodes}
    found = dict.fromkeys(edge for edge in edges if edge[0] in known and edge[0] != edge[1])
    return Graph(nodes, tuple(found))


def _awaited(step: StepView) -> Iterator[str]:
    for task in step.tasks.values():
        depends = task.body.get("depends")
        terms = depends if isinstance(depends, list) else [depends]
        for term in terms:
            yield from _AWAITED.findall(term) if isinstance(term, str) else ()
