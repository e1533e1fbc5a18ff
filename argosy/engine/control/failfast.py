"""`failFast` of a template: once a node of it has failed, nothing more of it begins.

What runs goes on to its end, and then the template fails; whether the failure is tolerated or may
be tried again is not asked (Argo's checkParallelism).
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from argosy.engine.nodes import BAD, Node

if TYPE_CHECKING:
    from argosy.engine.control.call import Frame
    from argosy.engine.control.controller import Controller

_WORK = ("Pod", "DAG", "Steps")
SAID = "template has failed or errored children and failFast enabled"


def note(controller: "Controller", frame: "Frame | None", node: Node) -> None:
    """Take in that a node of a frame has ended."""
    if frame is None or not frame.fast or frame.node.done:
        return
    frame.broken = frame.broken or node.phase in BAD
    if not frame.broken:
        return
    left = list(_left(controller, frame))
    if any(each.type in _WORK for each in left):
        return
    for each in left:
        if each.type != "StepGroup":
            controller.ledger.enter(each, "Failed", SAID)
    frame.halt(SAID)


def _left(controller: "Controller", frame: "Frame") -> Iterator[Node]:
    """Yield the nodes of a frame that have not ended."""
    for node in controller.ledger.nodes.values():
        if node.parent == frame.node.name and not node.done:
            yield node
