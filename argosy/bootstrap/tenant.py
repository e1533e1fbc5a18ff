"""An environment as the administrator of a cluster sees it, and the manners of all its objects."""

from collections.abc import Mapping
from typing import Any

from compiler.record import field, record

Object = dict[str, Any]
_PART_OF = {"app.kubernetes.io/part-of": "argosy"}
_NAME = 53


@record
class Tenant:
    """One environment: where it is published, where it runs, and what it may use.

    `mlflow` and `egress` are addresses that pods reach; `apiserver` are the CIDRs of the API
    server, none when they are unknown. `quota` adds to the usual limits, or replaces them.
    `pod_security` is what the namespace enforces: Argo's own containers come up to `restricted`
    only where its controller is told so.
    """

    project: str
    environment: str
    namespace: str
    repository: str
    branch: str
    folder: str
    secret: str = ""
    gpu: str = "nvidia.com/gpu"
    mlflow: str = ""
    egress: tuple[str, ...] = ()
    apiserver: tuple[str, ...] = ()
    pod_security: str = "baseline"
    quota: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The name of the objects that belong to this environment, in whatever namespace."""
        return joined(self.project, self.environment)


def joined(project: str, environment: str) -> str:
    """Return both as a name; of a long one a digest keeps apart what a cut would make equal."""
    name = f"{project}-{environment}".lower()
    if len(name) <= _NAME:
        return name
    from compiler.tree import sha256

    return f"{name[: _NAME - 9].rstrip('-.')}-{sha256(name.encode())[:8]}"


def make(
    kind: str,
    name: str,
    namespace: str | None,
    *,
    labels: Mapping[str, str] = _PART_OF,
    annotations: Mapping[str, str] | None = None,
    **body: Any,
) -> Object:
    """Return an object; `kind` is `apiVersion/Kind`."""
    version, _, kind = kind.rpartition("/")
    metadata: Object = {"name": name}
    if namespace:
        metadata["namespace"] = namespace
    metadata["labels"] = {**_PART_OF, **labels}
    if annotations:
        metadata["annotations"] = dict(annotations)
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **body}
