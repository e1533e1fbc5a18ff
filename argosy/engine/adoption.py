"""Ends of nodes that a run relies on instead of running them: of an earlier engine, or run."""

from collections.abc import Collection, Mapping
from pathlib import Path

from argosy.engine import disk
from argosy.engine.nodes import TAKEN, Node
from argosy.engine.pods import copying
from argosy.engine.pods.world import safe
from compiler.record import replace

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
    """Return the nodes of run `before`, named as in run `after`; they say where they are from."""
    length, origin = len(before), f"{TAKEN}{before}"
    renamed = (
        replace(node, name=f"{after}{name[length:]}", message=origin)
        for name, node in nodes.items()
    )
    return {node.name: node for node in renamed}


def brought(nodes: Mapping[str, Node], folder: Path) -> dict[str, Node]:
    """Return nodes whose files lie below `folder`, that of their run now: the other may be removed.

    Raise `EngineError` when they cannot be had there.
    """
    found = {}
    for name, node in nodes.items():
        place = folder / "artifacts" / safe(name)
        kept = {n: _near(path, place / n, folder) for n, path in node.artifacts.items()}
        log = node.log and _near(node.log, folder / "logs" / f"{safe(name)}.log", folder)
        found[name] = replace(node, artifacts=kept, log=log)
    return found


def _near(source: Path, target: Path, folder: Path) -> Path:
    if source.is_relative_to(folder) or not source.exists():
        return source
    try:
        disk.remove(target)
        copying.take(source, target)
    except OSError as error:
        raise disk.failure(target, error) from None
    return target


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
