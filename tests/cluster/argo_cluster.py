"""A real cluster, as the tests of this folder use it: its images, kubectl, runs, and patience.

It is that of KUBECONFIG. CONTRIBUTING.md tells which variables name the images, the namespace and
this machine. A cluster may be busy: whoever waits here waits for a condition, and says at last what
was seen in its place.
"""

import json
import os
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest

from compiler.project import load_project
from compiler.render import render
from tests import patience
from tests.scratch import put

ROOT = Path(__file__).parents[2]
NAMESPACE = os.environ.get("ARGOSY_TEST_NAMESPACE", "default")
IMAGE = os.environ.get("ARGOSY_TEST_IMAGE", "localhost/argosy:ci")
DIGITS = os.environ.get("ARGOSY_TEST_DIGITS_IMAGE", "localhost/digits:ci")
PYTHON = os.environ.get("ARGOSY_TEST_PYTHON_IMAGE", "localhost/python:3.11")
IMAGES = {
    "ghcr.io/argosy-dev/argosy:0.1.0": IMAGE,
    "ghcr.io/argosy-dev/digits:0.1.0": DIGITS,
}
ACCOUNT = str(ROOT / "platform" / "argosy-run.yaml")
ENDS = ("Succeeded", "Failed", "Error")
PATIENCE = 600.0
_PAUSE = 0.7
_SETTLING = 3.0
MARKS = [
    pytest.mark.cluster,
    pytest.mark.skipif(not os.environ.get("KUBECONFIG"), reason="KUBECONFIG is not set"),
]
Found = TypeVar("Found")
Status = dict[str, Any]
Nodes = dict[str, tuple[str, str, dict[str, str]]]
"""Type, phase and output parameters of each node, by its name."""


def call(*command: str, text: str = "", at: Path | None = None, check: bool = True) -> str:
    """Return what a program writes; unless told otherwise, it must end well."""
    ended = subprocess.run(command, input=text, capture_output=True, text=True, cwd=at, check=False)
    assert not check or ended.returncode == 0, f"{command}: {ended.stdout}{ended.stderr}"
    return ended.stdout


def kubectl(*words: str, text: str = "", check: bool = True) -> str:
    return call("kubectl", *words, text=text, check=check)


def wait_until(
    condition: Callable[[], Found], what: str, seen: Callable[[], object] = str
) -> Found:
    """Wait for something true of the cluster and return it; fail with `seen` after ten minutes."""
    return patience.wait_until(condition, what, seen, patience=PATIENCE, pause=_PAUSE)


@contextmanager
def own_namespace(prefix: str) -> Iterator[str]:
    """A new namespace in which pipelines may run, for as long as it is needed."""
    name = f"{prefix}-{uuid.uuid4().hex[:8]}"
    kubectl("create", "namespace", name)
    try:
        kubectl("apply", "-n", name, "-f", ACCOUNT)
        yield name
    finally:
        kubectl("delete", "namespace", name, "--wait=false")


def apply(folder: Path) -> None:
    """Apply rendered files, and leave the controller time to see them.

    A run created in the second of its template may not find it.
    """
    kubectl("apply", "--server-side", "--force-conflicts", "-R", "-f", str(folder))
    time.sleep(_SETTLING)


def rendered(
    project: Path, folder: Path, environment: str = "dev", pipelines: Sequence[str] = ()
) -> Path:
    """Render what is at `project` into `folder`, held against Hera, and return that."""
    return put(folder, render(load_project(project), environment, pipelines, verified=True))


def lint(folder: Path) -> None:
    """See that Argo's own linter finds nothing."""
    call("argo", "lint", "--offline", "--strict", str(folder))


def host() -> str:
    """Return this machine's address as pods see it: by default, where the API server runs."""
    if said := os.environ.get("ARGOSY_TEST_HOST"):
        return said
    path = "jsonpath={.subsets[0].addresses[0].ip}"
    return kubectl("get", "endpoints", "kubernetes", "-n", "default", "-o", path)


def get(kind: str, name: str, namespace: str = NAMESPACE) -> dict[str, Any]:
    """Return an object, nothing if there is none."""
    text = kubectl("get", kind, name, "-n", namespace, "--ignore-not-found", "-o", "json")
    return dict(json.loads(text)) if text else {}


def pods(run: str, namespace: str = NAMESPACE) -> list[dict[str, Any]]:
    """Return the pods of a run, the oldest first."""
    selector = f"workflows.argoproj.io/workflow={run}"
    found = json.loads(kubectl("get", "pods", "-n", namespace, "-l", selector, "-o", "json"))
    return sorted(found["items"], key=lambda pod: str(pod["metadata"]["creationTimestamp"]))


def named(prefix: str) -> str:
    """Return a name for a run that no other has."""
    return f"{prefix}-{uuid.uuid4().hex[:8]}"


def submit(template: str, name: str, namespace: str = NAMESPACE, **spec: Any) -> None:
    """Create a run of a WorkflowTemplate."""
    body = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"workflowTemplateRef": {"name": template}, **spec},
    }
    kubectl("create", "-f", "-", text=json.dumps(body))


def given(parameters: Mapping[str, str]) -> dict[str, Any]:
    """Return parameters as a run has them in its `arguments`."""
    return {"parameters": [{"name": key, "value": value} for key, value in parameters.items()]}


def status(name: str, namespace: str = NAMESPACE) -> Status:
    return dict(get("workflow", name, namespace).get("status", {}))


def ended(name: str, namespace: str = NAMESPACE) -> Status:
    """Wait until a run has ended and return its status."""

    def end() -> Status | None:
        found = status(name, namespace)
        return found if found.get("phase") in ENDS else None

    found = wait_until(end, f"{name} ends", lambda: messages(status(name, namespace)))
    assert found is not None
    return found


def messages(found: Status) -> list[tuple[str, str, str | None]]:
    """Return of each node what an assertion that fails should show."""
    nodes = found.get("nodes", {}).values()
    return [(node["displayName"], node["phase"], node.get("message")) for node in nodes]


def remove(name: str, namespace: str = NAMESPACE) -> None:
    words = ("-n", namespace, "--ignore-not-found", "--wait=false")
    kubectl("delete", "workflow", name, *words, check=False)


def nodes(found: Status) -> Nodes:
    """Return the nodes of a status by their full names."""
    return {
        node["name"]: (
            node["type"],
            node["phase"],
            {
                output["name"]: output["value"]
                for output in node.get("outputs", {}).get("parameters", ())
                if "value" in output  # a step that failed has declared it only
            },
        )
        for node in found.get("nodes", {}).values()
    }
