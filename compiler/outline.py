"""Pipeline → Outline: its steps and what each waits for, as graphs are drawn from."""

from collections.abc import Iterator
from typing import Literal

from compiler.edges import producers
from compiler.pipeline import (
    Action,
    Approval,
    Call,
    Command,
    Inline,
    Notice,
    Pipeline,
    Register,
    Resource,
    Script,
    Select,
    Step,
)
from compiler.record import record

_KINDS = {
    Script: "run",
    Command: "command",
    Inline: "python",
    Select: "select",
    Register: "register",
    Approval: "approval",
    Resource: "resource",
    Call: "pipeline",
}


@record
class Node:
    """A step: what it does, how often (None: as often as a list is long), and under what condition.

    `axes` are what it is repeated over; `event` is that of a handler.
    """

    name: str
    kind: str
    count: int | None = 1
    axes: tuple[str, ...] = ()
    when: str = ""
    tolerated: bool = False
    event: str = ""


@record
class Edge:
    """`target` waits for `source`: for its outputs, or for its end alone."""

    source: str
    target: str
    kind: Literal["data", "order"]


@record
class Outline:
    """The graph of a pipeline in an environment; nodes in reading order."""

    pipeline: str
    environment: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]

    @property
    def steps(self) -> tuple[Node, ...]:
        """The nodes that are no handlers."""
        return tuple(node for node in self.nodes if not node.event)


def outline(pipeline: Pipeline) -> Outline:
    """Return the graph of `pipeline`; what follows from other edges is left out of the order."""
    nodes = [_node(step) for step in pipeline.steps]
    nodes += [_node(step, event) for event, steps in pipeline.handlers for step in steps]
    edges = [edge for step in pipeline.steps for edge in _edges(pipeline, step)]
    return Outline(pipeline.name, pipeline.environment, tuple(nodes), tuple(_reduced(edges)))


def _node(step: Step, event: str = "") -> Node:
    axes = tuple(axis for axis, _ in step.fan.axes) if step.fan.namespace == "matrix" else ("list",)
    return Node(
        step.name,
        _kind(step.action),
        None if step.fan.source else len(step.fan.combinations),
        axes if step.fan.many else (),
        step.when.text if step.when else "",
        step.tolerated,
        event,
    )


def _kind(action: Action) -> str:
    return action.kind if isinstance(action, Notice) else _KINDS[type(action)]


def _edges(pipeline: Pipeline, step: Step) -> Iterator[Edge]:
    data = producers(pipeline, step)
    yield from (Edge(name, step.name, "data") for name in data)
    yield from (Edge(name, step.name, "order") for name in step.needs if name not in data)


def _reduced(edges: list[Edge]) -> list[Edge]:
    """Leave out mere order that a chain of other edges gives already."""
    after: dict[str, list[str]] = {}
    for edge in edges:
        after.setdefault(edge.source, []).append(edge.target)
    return [e for e in edges if e.kind == "data" or not implied(e.source, e.target, after)]


def implied(source: str, target: str, after: dict[str, list[str]]) -> bool:
    """Whether `target` comes after `source` by way of another step."""
    waiting = [name for name in after.get(source, ()) if name != target]
    seen = set(waiting)
    while waiting:
        fresh = [n for n in after.get(waiting.pop(), ()) if n not in seen]
        if target in fresh:
            return True
        seen.update(fresh)
        waiting += fresh
    return False
