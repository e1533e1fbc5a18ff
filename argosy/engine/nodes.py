"""Run and Node: an execution in the shape of Argo's `status.nodes`."""

import re
from pathlib import Path

from compiler.record import field, mutable, record

DONE = ("Succeeded", "Failed", "Error", "Skipped", "Omitted")
BAD = ("Failed", "Error")
STOPPED, SHUTDOWN = "Stopped with strategy", "workflow shutdown with strategy"
TAKEN, UNASKED = "taken from run ", "omitted: only another step was asked for"


# an item of a list may hold dots: `fold(0:0.5)`
_GROUP = re.compile(r"(\[\d+\])$")
_LAST = re.compile(r"(?:^|\.)([-\w]+(?:\(\d+(?::.*)?\))?)$", re.DOTALL)


def _last(name: str) -> str:
    found = _LAST.search(name) or _GROUP.search(name)
    return found[1] if found else name


def _outer(name: str, own: str) -> str:
    """Return what `name` has before its part `own`, without the number of a group of steps."""
    return _GROUP.sub("", name.removesuffix(own).removesuffix("."))


def stopped(message: str) -> bool:
    """Whether a run or a node says that somebody stopped it."""
    return message.startswith((STOPPED, SHUTDOWN))


@record
class Usage:
    """What a step used: cpu in seconds, peak memory in bytes."""

    cpu: float
    memory: int


@mutable
class Node:
    """One node: `name` as Argo spells it, `type` as in Argo's status, or so.

    `parameters` and `artifacts` are its outputs, `result` what it wrote to stdout, if anybody asks;
    `inputs` its input parameters; times are seconds since the epoch. `parent` is the node of the
    DAG or of the steps that it is part of; `hooked` marks lifecycle hooks and exit handlers.
    `memory` says why its result was in the cache of results, or not.
    """

    name: str
    template: str = ""
    type: str = ""
    phase: str = "Pending"
    message: str = ""
    started: float | None = None
    finished: float | None = None
    parameters: dict[str, str] = field(default_factory=dict)
    artifacts: dict[str, Path] = field(default_factory=dict)
    exit_code: int | None = None
    log: Path | None = None
    daemoned: bool = False
    result: str | None = None
    inputs: dict[str, str] = field(default_factory=dict)
    parent: str = ""
    attempt: int = 0
    cached: bool = False
    usage: Usage | None = None
    hooked: bool = False
    memory: str = ""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Node) and vars(self) == vars(other)

    __hash__ = None  # type: ignore[assignment]

    @property
    def display_name(self) -> str:
        """The name within its group, such as `train-logreg` or `train-logreg(1)`."""
        return _last(self.name)

    def within(self, run: str) -> str:
        """The name with the calls that the node is part of, such as `score-eu.eval`.

        A DAG around a cached step is called as the step, a part of a large one `from-…`: no calls.
        """
        own = _last(self.name)
        names, rest = [own], _outer(self.name, own)
        while rest not in ("", run):
            group = _last(rest)
            rest = _outer(rest, group)
            if group not in (own.partition("(")[0], "onExit") and not group.startswith("from-"):
                names.insert(0, group)
        return ".".join(names)

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
    """A finished execution of a workflow, its nodes in the order of their creation.

    `signal` is the number of that which interrupted it, 0 for none.
    """

    name: str
    uid: str
    phase: str
    message: str
    nodes: tuple[Node, ...]
    started: float
    finished: float
    folder: Path
    interrupted: bool = False
    signal: int = 0

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
