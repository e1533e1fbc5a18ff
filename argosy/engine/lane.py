"""`parallelism` of a DAG: how many of the nodes right below it may be at work at once."""

from dataclasses import dataclass

from argosy.engine.nodes import Node


@dataclass
class Lane:
    """The place of `node` among those that `begun` below one DAG, of which `limit` may work.

    `begun` is shared by all lanes of the DAG. A nested DAG takes one place, however many pods of
    it run.
    """

    limit: int
    begun: list[Node]
    node: Node

    def free(self) -> bool:
        """Whether the node is at work already, or may begin."""
        working = [node for node in self.begun if not node.done]
        return len(working) < self.limit or any(node is self.node for node in working)

    def enter(self) -> None:
        """Note that the node is at work."""
        if not any(node is self.node for node in self.begun):
            self.begun.append(self.node)
