"""A backfill in a real cluster: it starts only what a sync has brought whole."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.cli.conftest import Shop, make
from tests.cluster import argo_cluster as cluster
from tests.cluster.argo_cluster import IMAGE, kubectl

pytestmark = cluster.MARKS


@pytest.fixture
def namespace() -> Iterator[str]:
    with cluster.own_namespace("backfill") as name:
        yield name


@pytest.fixture
def shop(tmp_path: Path, namespace: str) -> Shop:
    """Return a project with a committed backfill of one day, published."""
    made = make(tmp_path / "shop")
    project = made.root / "argosy.yaml"
    made.edit("namespace: ml-dev", f"namespace: {namespace}", project)
    made.edit('"python:3.11"', f'"{IMAGE}"', project)
    made.edit("cpu: 100m", "cpu: 10m", project)
    words = "--env dev --from 2026-01-01 --to 2026-01-02 --every 1d --id jan --start-param who"
    assert made.argosy("backfill", "hello", *words.split()).status == 0
    made.commit()
    assert made.argosy("publish", "--env", "dev").status == 0
    return made


def published(shop: Shop, kind: str) -> str:
    """Return the file of a kind as it is in the GitOps repository."""
    return shop.git("-C", ".argosy/gitops.git", "show", f"main:envs/dev/hello/{kind}.yaml")


def test_a_backfill_waits_for_all_that_its_pods_mount(shop: Shop, namespace: str) -> None:
    seen = os.environ["KUBECONFIG"]
    ended = shop.argosy("backfill", "run", "jan", KUBECONFIG=seen)
    kubectl("delete", "serviceaccount", "argosy-run", "-n", namespace)
    assert ended.status == 4
    assert "WorkflowTemplate `hello` is missing" in ended.err
    kubectl("apply", "-n", namespace, "-f", "-", text=published(shop, "workflowtemplate"))
    ended = shop.argosy("backfill", "run", "jan", KUBECONFIG=seen)
    assert ended.status == 4
    code = yaml.safe_load(published(shop, "configmap"))["metadata"]["name"]
    assert f"ConfigMap `{code}` is missing; ServiceAccount `argosy-run` is missing" in ended.err
    assert kubectl("get", "workflow", "-n", namespace, "-o", "name") == ""
    waiting = subprocess.Popen(
        [sys.executable, "-m", "argosy", "backfill", "run", "jan", "--wait", "5m"],
        cwd=shop.root, env=shop.environment(KUBECONFIG=seen), stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    kubectl("apply", "-n", namespace, "-f", cluster.ACCOUNT)
    kubectl("apply", "-n", namespace, "-f", "-", text=published(shop, "configmap"))
    out, _ = waiting.communicate(timeout=cluster.PATIENCE)
    assert waiting.returncode == 0, out
    assert "jan: 1 Succeeded" in out
