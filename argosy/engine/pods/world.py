"""What every pod of a run shares."""

import os
import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from argosy.engine.pods.inherited import inherited
from compiler.record import field, record

_SAFE = re.compile(r"[-\w.()]+", re.ASCII)


@record
class World:
    """The run that pods belong to.

    `folder` is the run's, `secrets` holds `NAME/KEY` files beside the objects of `secret_objects`;
    `store` stands for buckets, `claims` holds volumes that outlive a run. `supplied` are variables
    for every step, in which `{{pod.name}}`, `{{workflow.name}}` and `{{workflow.uid}}` are
    replaced; `runtime` is one of `choice.KINDS`. `hosts` are the workflow's own `hostAliases`;
    `faults` tells, by the names of templates, why
    a cluster could not make their pods.
    """

    uid: str
    folder: Path
    secrets: Path
    volumes: Mapping[str, Any]
    config_maps: Mapping[str, Any]
    values: Mapping[str, str]
    supplied: Mapping[str, str]
    name: str = ""
    namespace: str = "default"
    secret_objects: Mapping[str, Any] = field(default_factory=dict)
    runtime: str = "process"
    passed: Mapping[str, str] = field(default_factory=inherited, repr=False)
    kube_context: str = ""
    faults: Mapping[str, str] = field(default_factory=dict)
    hosts: tuple[Mapping[str, Any], ...] = ()

    @property
    def rooted(self) -> bool:
        """Whether the runtime shows a pod its files at their absolute paths."""
        return self.runtime != "process"

    @property
    def contained(self) -> bool:
        """Whether it runs images, so that nothing of this machine's environment applies."""
        return self.runtime == "container"

    @cached_property
    def host(self) -> str:
        """What this machine is called."""
        return os.uname().nodename

    @cached_property
    def logs(self) -> Path:
        """The folder of the logs, made at the first look."""
        folder = self.folder / "logs"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    @cached_property
    def pids(self) -> int:
        """How many processes a step may have where a user asks for a bound, else 0."""
        return int(os.environ.get("ARGOSY_STEP_PIDS") or 0)

    @cached_property
    def weighed(self) -> bool:
        """Whether steps are held to the memory that they declare."""
        return self.contained or os.environ.get("ARGOSY_STEP_MEMORY") == "declared"

    @property
    def store(self) -> Path:
        """The folder of the local buckets."""
        return self.secrets.parent / "store"

    @property
    def claims(self) -> Path:
        """The folder of the volumes that outlive a run."""
        return self.secrets.parent / "claims"


def safe(name: str) -> str:
    """Return the name of a node as that of a file, at most 200 bytes of it."""
    if len(name) <= 200 and _SAFE.fullmatch(name):
        return name
    text = "".join(c if c.isalnum() or c in "-_.()" else "_" for c in name)
    if len(text.encode()) <= 200:
        return text
    import hashlib

    return f"{text[:40]}-{hashlib.sha256(name.encode()).hexdigest()[:32]}"
