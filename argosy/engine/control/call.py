"""A call of a template: what is called, by whom, with what, and the node that stands for it."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from argosy.engine.control.gate import Gate
from argosy.engine.language import Layers
from argosy.engine.nodes import BAD, Node
from compiler.record import field, mutable

Data = Mapping[str, Any]
DEEPEST = 99
TOO_DEEP = (
    "Maximum recursion depth exceeded. "
    "See https://argo-workflows.readthedocs.io/en/release-3.7/scaling/#maximum-recursion-depth"
)


@mutable
class Arguments:
    """What a caller hands over: texts, and artifacts as paths or as they are declared."""

    parameters: Mapping[str, str] = field(default_factory=dict)
    artifacts: Mapping[str, Any] = field(default_factory=dict)


class Owner(Protocol):
    """Who made a call and goes on when it has ended."""

    def entered(self, call: "Call") -> None:
        """The node of `call` has entered another phase."""

    def refused(self, call: "Call", error: str) -> None:
        """The template could not be executed; the node of `call` is in Error with `error`."""


@mutable
class Frame:
    """What the calls within one DAG or one template of steps share.

    `templates` is where the names of templates are looked up, `read` are the tasks or steps whose
    standard output somebody reads; `gate` bounds how many nodes are at work. With `failFast` the
    frame is `fast`; it is `broken` once one of its nodes has failed, and `halt` then ends it.
    """

    node: Node
    templates: Any
    depth: int
    read: frozenset[str] = frozenset()
    gate: Gate | None = None
    fast: bool = False
    broken: bool = False
    halt: Callable[[str], None] = lambda _said: None


_RESULT = re.compile(
    r"(?:steps|tasks)(?:\.([-\w]+)|\[\s*\\?['\"]([^'\"\\]+)\\?['\"]\s*\])\??\.outputs\??\.result"
)


def _read(body: Data) -> frozenset[str]:
    """Return the tasks or steps of a template whose results are named in it."""
    text = json.dumps(body)
    if ".result" not in text:
        return frozenset()
    return frozenset(match[1] or match[2] for match in _RESULT.finditer(text))


@mutable
class Call:
    """One call; `holder` is the task, step or hook, `origin` is `tasks`, `steps` or nothing.

    `key` is what the owner knows the call by; `hooks` are those nodes that must end as well.
    """

    name: str
    holder: Data
    owner: Owner
    arguments: Arguments
    frame: Frame | None
    origin: str = ""
    key: str = ""
    hooked: bool = False
    node: Node | None = None
    gated: Gate | None = None
    ended: bool = False

    @property
    def depth(self) -> int:
        """How many calls there are above."""
        return self.frame.depth + 1 if self.frame else 0

    @property
    def barred(self) -> bool:
        """Whether nothing more may begin in its frame."""
        return self.frame is not None and self.frame.broken

    @property
    def settled(self) -> bool:
        """Whether nothing need wait for the node any more."""
        return self.node is not None and self.node.waited

    @property
    def failed(self) -> bool:
        """Whether the node has failed, or is in error."""
        return self.node is not None and self.node.phase in BAD


@mutable
class Job:
    """A call whose template is found: its body, its inputs, and all that its tags may name.

    `outer` are the names before those of the inputs: Argo replaces tags with them first.
    `lookup` is the scope of templates in which the names of its own calls are read. A body that is
    not `tagged` holds no tags at all.
    """

    call: Call
    name: str
    body: Data
    lookup: Any
    outer: Layers
    scope: Layers
    inputs: dict[str, str]
    artifacts: dict[str, Any]
    tagged: bool = True


def frame(job: Job, body: Data, node: Node, halt: Callable[[str], None]) -> Frame:
    """Return what the calls of a DAG or of steps share; `body` has its tags replaced."""
    limit = body.get("parallelism")
    gate = Gate(int(limit)) if limit else None
    fast = body.get("failFast") is True
    return Frame(node, job.lookup, job.call.depth, _read(body), gate, fast, halt=halt)
