"""Ends of nodes that a run relies on instead of running them: of an earlier engine, or run."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from argosy.engine.nodes import Node

_LEAVES = ("Pod", "Retry", "Suspend", "HTTP", "Plugin", "Skipped")


class Known:
    """The leaves among `nodes`; groups are walked through again."""

    def __init__(self, nodes: Mapping[str, Node]) -> None:
        self._leaves = {name: node for name, node in nodes.items() if node.type in _LEAVES}
        self._attempts: dict[str, list[Node]] = {}
        for name, node in self._leaves.items():
            retried = self._leaves.get(name.rpartition("(")[0])
            if retried is not None and retried.type == "Retry":
                self._attempts.setdefault(retried.name, []).append(node)

    def take(self, name: str) -> list[Node]:
        """Return the node of this name, its attempts before it; nothing when it is to run."""
        node = self._leaves.get(name)
        return [*self._attempts.get(name, ()), node] if node is not None else []


def moved(nodes: Mapping[str, Node], before: str, after: str) -> dict[str, Node]:
    """Return the nodes of run `before` with the names that they have in run `after`."""
    length = len(before)
    renamed = (replace(node, name=f"{after}{name[length:]}") for name, node in nodes.items())
    return {node.name: node for node in renamed}


def succeeded(
    nodes: Mapping[str, Node], run: str, without: Collection[str] = ()
) -> dict[str, Node]:
    """Return what a retry keeps: what succeeded, but no exit handler, and not `without`.

    `without` are names of nodes; what is below them goes with them.
    """
    gone = (*without, f"{run}.onExit")
    return {
        name: node
        for name, node in nodes.items()
        if node.phase == "Succeeded" and not any(_within(name, top) for top in gone)
    }


def _within(name: str, top: str) -> bool:
    return name.startswith(top) and name[len(top) : len(top) + 1] in ("", ".", "(", "[")
