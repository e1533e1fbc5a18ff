"""The workflows of a cluster that somebody named by KUBECONFIG, asked through kubectl."""

import json
import os
import shutil
import subprocess
from typing import Any

from argosy.cli import terminal
from compiler.record import record

_PATIENCE = 20.0
_DIGEST, _PIPELINE = "argosy.dev/digest", "argosy.dev/pipeline"


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
    if not os.environ.get("KUBECONFIG") or not shutil.which("kubectl"):
        return None
    command = ["kubectl", "get", "workflows.argoproj.io", "-n", namespace, "-l", _PIPELINE,
               "-o", "json", f"--request-timeout={_PATIENCE:.0f}s"]  # fmt: skip
    try:
        done = subprocess.run(command, capture_output=True, timeout=_PATIENCE + 5, check=False)
        said = done.stderr.decode("utf-8", "replace").strip()
        found = json.loads(done.stdout)["items"] if done.returncode == 0 else None
    except (OSError, ValueError, KeyError, subprocess.TimeoutExpired) as error:
        said, found = str(error), None
    if found is None:
        terminal.talk(f"note: the cluster was not asked: {said.splitlines()[-1] if said else ''}")
        return None
    return [_run(item) for item in found]


def _run(item: dict[str, Any]) -> ClusterRun:
    metadata = item.get("metadata") or {}
    labels, annotations = metadata.get("labels") or {}, metadata.get("annotations") or {}
    return ClusterRun(
        str(metadata.get("name", "")),
        str(labels.get(_PIPELINE, "")),
        str(annotations.get(_DIGEST, "")),
        str((item.get("status") or {}).get("phase") or "Pending"),
    )
