"""Run and Node: an execution in the shape of Argo's `status.nodes`."""

from dataclasses import dataclass, field
from pathlib import Path

from compiler.record import record

DONE = ("Succeeded", "Failed", "Error", "Skipped", "Omitted")
BAD = ("Failed", "Error")


@dataclass
class Node:
    """One node: `name` as Argo spells it, `type` Pod, Retry, DAG, TaskGroup or Skipped.

    `parameters` and `artifacts` are its outputs; times are seconds since the epoch.
    """

    name: str
    template: str
    type: str
    phase: str = "Pending"
    message: str = ""
    started: float | None = None
    finished: float | None = None
    parameters: dict[str, str] = field(default_factory=dict)
    artifacts: dict[str, Path] = field(default_factory=dict)
    exit_code: int | None = None
    log: Path | None = None
    daemoned: bool = False

    @property
    def display_name(self) -> str:
        """The name within its group, such as `train-logreg` or `train-logreg(1)`."""
        return self.name.rpartition(".")[2]

    @property
    def done(self) -> bool:
        """Whether the node has reached its final phase."""
        return self.phase in DONE

    @property
    def waited(self) -> bool:
        """Whether nothing need wait for the node: it is done, or a daemon that runs."""
        return self.done or self.daemoned


@record
class Event:
    """A node entered a phase at `at` (seconds since the epoch)."""

    at: float
    node: Node
    phase: str


@record
class Run:
    """A finished execution of a workflow, its nodes in the order of their creation."""

    name: str
    uid: str
    phase: str
    message: str
    nodes: tuple[Node, ...]
    started: float
    finished: float
    folder: Path
    interrupted: bool = False

    def failed(self) -> tuple[Node, ...]:
        """Return the pods that failed for good, oldest first."""
        ends = {n.name: n for n in self.nodes if n.type == "Retry"}
        return tuple(
            node
            for node in self.nodes
            if node.type == "Pod"
            and node.phase in BAD
            and ends.get(node.name.rpartition("(")[0], node).phase in BAD
        )
