"""A real cluster's runs: evidence for a promotion, and what a rollback leaves alone."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Shop, make
from tests.cluster import argo_cluster as cluster
from tests.cluster.argo_cluster import IMAGE, kubectl

pytestmark = cluster.MARKS


@pytest.fixture
def namespace() -> Iterator[str]:
    with cluster.own_namespace("promote") as name:
        yield name


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


def submit(namespace: str, phase: str, **spec: object) -> str:
    """Run the template until it is in a phase and known by its pipeline; return the name."""
    name = cluster.named("hello")
    cluster.submit("hello", name, namespace, **spec)

    def there() -> bool:
        found = cluster.get("workflow", name, namespace)
        label = found.get("metadata", {}).get("labels", {}).get("argosy.dev/pipeline")
        return (found.get("status", {}).get("phase"), label) == (phase, "hello")

    def seen() -> object:
        return cluster.get("workflow", name, namespace)

    cluster.wait_until(there, f"{name} is {phase}", seen)
    return name


def test_runs_of_a_cluster_are_evidence_by_their_digest(shop: Shop, namespace: str) -> None:
    seen = {"KUBECONFIG": os.environ["KUBECONFIG"]}
    deploy(shop, namespace)
    name = submit(namespace, "Succeeded")
    ended = shop.argosy("promote", "dev", "prod", cwd=None, **seen)
    assert ended.status == 0, ended.err
    assert f"1 run succeeded as it is published ({name})" in ended.out
    shop.edit("echo again", "echo more")
    shop.commit()
    shop.argosy("publish", "--env", "dev")
    refused = shop.argosy("promote", "dev", "prod", cwd=None, **seen)
    assert refused.status == 5, "that run was of another content"
    waiting = submit(namespace, "Running", suspend=True)
    back = shop.argosy("rollback", "dev", "--dry-run", cwd=None, **seen)
    assert f"running: {waiting} (Running) ends on its own version" in back.out
