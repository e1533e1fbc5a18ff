"""What the journal holds about a run, and what others may ask of it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from argosy.engine.nodes import Node
from compiler.record import field, record

INTERRUPTED, DAMAGED = "Interrupted", "Damaged"
ENDED = ("Succeeded", "Failed", "Error")


@record
class Description:
    """All that is needed to start a run again; it is fixed when the run begins.

    `manifests` are texts by path relative to the folder they came from, `options` is plain data,
    `variables` are names of environment variables that were supplied to steps, never their values.
    `prices` is the environment's price table as plain data, `started` seconds since the epoch.
    """

    name: str
    uid: str
    workflow: str = ""
    environment: str = ""
    source: str = ""
    manifests: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    variables: tuple[str, ...] = ()
    prices: Mapping[str, Any] = field(default_factory=dict)
    host: str = ""
    version: str = ""
    started: float = 0.0


@record
class RunSummary:
    """A line of the list of runs; `finished` is None while the run has not ended.

    `phase` is Running, Succeeded, Failed, Error; Interrupted when its engine died before its end;
    Damaged when its record cannot be read, `message` says why.
    """

    name: str
    uid: str
    workflow: str
    environment: str
    source: str
    phase: str
    message: str
    started: float
    finished: float | None


@record
class Session:
    """One engine that worked on the run, the first or one that resumed it."""

    started: float
    pid: int
    host: str


@record
class StoredRun:
    """A run as the journal holds it; phases as in `RunSummary`, nodes in order of creation.

    `folder` is the run's own; `revision` grows with every change.
    """

    description: Description
    phase: str
    message: str
    started: float
    finished: float | None
    nodes: tuple[Node, ...]
    folder: Path
    revision: int = 0
    sessions: tuple[Session, ...] = ()


@record
class Request:
    """What another process asks of a running engine; `node` and `parameters` where they apply.

    `kind` is stop, terminate, approve, reject or retry.
    """

    kind: str
    node: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
