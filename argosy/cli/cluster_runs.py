"""The workflows of a cluster that somebody named by KUBECONFIG."""

import os
from collections.abc import Mapping
from typing import Any

from argosy.cli import terminal
from compiler.convention import DIGEST, PIPELINE
from compiler.record import record

_PATIENCE = 20.0


@record
class ClusterRun:
    """A workflow: its pipeline, the digest that it was made from, and its phase."""

    name: str
    pipeline: str
    digest: str
    phase: str

    @property
    def ended(self) -> bool:
        """Whether nothing of it runs any more."""
        return self.phase in ("Succeeded", "Failed", "Error")


def workflows(namespace: str) -> list[ClusterRun] | None:
    """Return the workflows of Argosy in `namespace`, None where no cluster can be asked."""
    if not os.environ.get("KUBECONFIG"):
        return None
    from argosy.cluster.kubectl import ClusterFailure, Kubectl

    words = ("get", "workflows.argoproj.io", "-n", namespace, "-l", PIPELINE)
    try:
        found = Kubectl(patience=_PATIENCE).json(*words)
    except ClusterFailure as failure:
        terminal.talk(f"note: the cluster was not asked: {failure.message}")
        return None
    return [_run(item) for item in (found or {}).get("items", ())]


def _run(item: Mapping[str, Any]) -> ClusterRun:
    metadata = item.get("metadata") or {}
    labels, annotations = metadata.get("labels") or {}, metadata.get("annotations") or {}
    return ClusterRun(
        str(metadata.get("name", "")),
        str(labels.get(PIPELINE, "")),
        str(annotations.get(DIGEST, "")),
        str((item.get("status") or {}).get("phase") or "Pending"),
    )
