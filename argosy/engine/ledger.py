"""The nodes of a run, and every change of their phase: stored, and told."""

from collections.abc import Callable

from argosy.engine.clock import Clock
from argosy.engine.journal import Journal
from argosy.engine.nodes import Event, Node


class Ledger:
    """Holds the nodes in the order of their creation."""

    def __init__(self, journal: Journal, clock: Clock, on_event: Callable[[Event], None]) -> None:
        self.journal, self.clock, self.on_event = journal, clock, on_event
        self.nodes: dict[str, Node] = {}

    def begin(self, node: Node, phase: str) -> None:
        """Take in a node and let it enter its first phase."""
        self.nodes[node.name] = node
        self.enter(node, phase)

    def adopt(self, node: Node) -> None:
        """Take a node as it ended elsewhere."""
        self.nodes[node.name] = node
        self.journal.record(node)
        self.on_event(Event(self.clock.now(), node, node.phase))

    def wait(self, node: Node, reason: str) -> None:
        """Tell what a node waits for; it stays in its phase."""
        if node.message != reason:
            node.message = reason
            self.journal.record(node)
            self.on_event(Event(self.clock.now(), node, node.phase))

    def enter(self, node: Node, phase: str, message: str = "") -> None:
        """Move a node to `phase`, tell it and store it."""
        now = self.clock.now()
        node.phase, node.message = phase, message or node.message
        if phase == "Running" or node.done:
            node.started = node.started or now
        if node.done:
            node.finished = node.finished or now
        self.journal.record(node)
        self.on_event(Event(now, node, phase))
