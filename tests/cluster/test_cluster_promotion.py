"""A real cluster's runs: evidence for a promotion, and what a rollback leaves alone."""

import json
import os
import subprocess
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Shop, make

ROOT = Path(__file__).parents[2]
KUBECONFIG = os.environ.get("KUBECONFIG", "")
IMAGE = os.environ.get("ARGOSY_TEST_IMAGE", "python:3.11")
pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif(not KUBECONFIG, reason="KUBECONFIG is not set"),
]


def kubectl(*arguments: str, text: str = "") -> str:
    done = subprocess.run(["kubectl", *arguments], input=text, text=True, capture_output=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def namespace() -> Iterator[str]:
    name = f"promote-{uuid.uuid4().hex[:6]}"
    kubectl("create", "namespace", name)
    kubectl("apply", "-n", name, "-f", str(ROOT / "platform" / "argosy-run.yaml"))
    yield name
    kubectl("delete", "namespace", name, "--wait=false")


@pytest.fixture
def shop(tmp_path: Path, namespace: str) -> Shop:
    """Return a project whose dev is that namespace, and whose prod asks for a run there."""
    made = make(tmp_path / "shop")
    project = made.root / "argosy.yaml"
    made.edit("namespace: ml-dev", f"namespace: {namespace}", project)
    made.edit("prod: {", "prod: {promotion: {from: dev, runs: 1}, ", project)
    made.edit('"python:3.11"', f'"{IMAGE}"', project)
    made.edit("cpu: 100m", "cpu: 10m", project)
    made.commit()
    return made


def deploy(shop: Shop, namespace: str) -> None:
    """Publish dev, and apply what is published as a sync would."""
    ended = shop.argosy("publish", "--env", "dev")
    assert ended.status == 0, ended.err
    for path in shop.git(
        "-C", ".argosy/gitops.git", "ls-tree", "-r", "--name-only", "main"
    ).split():
        if path.endswith(".yaml"):
            text = shop.git("-C", ".argosy/gitops.git", "show", f"main:{path}")
            kubectl("apply", "-n", namespace, "-f", "-", text=text)


def submit(namespace: str, **spec: object) -> str:
    """Create a workflow of the template and return its name."""
    body = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": {"generateName": "hello-"},
        "spec": {"workflowTemplateRef": {"name": "hello"}, **spec},
    }
    made = kubectl("create", "-n", namespace, "-o", "name", "-f", "-", text=json.dumps(body))
    return made.strip().rpartition("/")[2]


def wait(namespace: str, name: str, phase: str) -> None:
    """Wait until a workflow is in a phase, and known by its pipeline."""
    form = "jsonpath={.status.phase} {.metadata.labels.argosy\\.dev/pipeline}"
    for _ in range(150):
        if kubectl("get", "workflow", "-n", namespace, name, "-o", form) == f"{phase} hello":
            return
        time.sleep(2)
    raise AssertionError(kubectl("get", "workflow", "-n", namespace, name, "-o", "yaml"))


def test_runs_of_a_cluster_are_evidence_by_their_digest(shop: Shop, namespace: str) -> None:
    seen = {"KUBECONFIG": KUBECONFIG}
    deploy(shop, namespace)
    name = submit(namespace)
    wait(namespace, name, "Succeeded")
    ended = shop.argosy("promote", "dev", "prod", cwd=None, **seen)
    assert ended.status == 0, ended.err
    assert f"1 run succeeded as it is published ({name})" in ended.out
    shop.edit("echo again", "echo more")
    shop.commit()
    shop.argosy("publish", "--env", "dev")
    refused = shop.argosy("promote", "dev", "prod", cwd=None, **seen)
    assert refused.status == 5, "that run was of another content"
    waiting = submit(namespace, suspend=True)
    wait(namespace, waiting, "Running")
    back = shop.argosy("rollback", "dev", "--dry-run", cwd=None, **seen)
    assert f"running: {waiting} (Running) ends on its own version" in back.out
