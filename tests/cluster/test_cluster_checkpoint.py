"""On a real cluster: what a step kept is there when its pod was taken away."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import scratch
from tests.cluster import argo_cluster as cluster
from tests.cluster.argo_cluster import IMAGE, NAMESPACE, kubectl, wait_until

pytestmark = cluster.MARKS
NAME = "cluster-checkpoint"
STARTED = "jsonpath={.items[0].status.containerStatuses[?(@.name=='main')].state.running}"
PROJECT = f"""apiVersion: argosy.dev/v1
kind: Project
name: t
environments: {{dev: {{namespace: {NAMESPACE}}}}}
"""
SPEC = f"""apiVersion: argosy.dev/v1
kind: Pipeline
name: {NAME}
defaults: {{image: "{IMAGE}", hardware: {{cpu: 20m, memory: 64Mi}}}}
steps:
  train:
    checkpoint: {{path: ckpt/, size: 1Mi, storageClass: {NAMESPACE}-{NAME}}}
    retries: {{limit: 2, backoff: 1s, on: [spot]}}
    run: |
      kept=$ARGOSY_CHECKPOINT/argosy-${{run.name}}
      test -e $kept || {{ echo half > $kept; sleep 300; }}
      cp $kept done
      rm $kept
    outputs: {{done: {{value: done}}}}
"""
# a folder of the node that everybody may write to: this cluster need not make volumes by itself
VOLUME = {
    "apiVersion": "v1",
    "kind": "PersistentVolume",
    "metadata": {"name": f"{NAMESPACE}-{NAME}"},
    "spec": {
        "capacity": {"storage": "1Mi"},
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": f"{NAMESPACE}-{NAME}",
        "hostPath": {"path": "/tmp"},
    },
}


@pytest.fixture
def applied(tmp_path: Path) -> Iterator[None]:
    kubectl("apply", "-n", NAMESPACE, "-f", cluster.ACCOUNT)
    kubectl("apply", "-f", "-", text=json.dumps(VOLUME))
    scratch.write(tmp_path, SPEC, PROJECT, name=NAME)
    cluster.apply(cluster.rendered(tmp_path, tmp_path / "rendered"))
    yield
    kubectl("delete", "workflowtemplate", NAME, "-n", NAMESPACE, check=False)
    kubectl("delete", "pv", f"{NAMESPACE}-{NAME}", "--wait=false", check=False)


@pytest.mark.usefixtures("applied")
def test_the_next_attempt_goes_on_where_the_last_was_taken_away() -> None:
    name = cluster.named(NAME)
    cluster.submit(NAME, name)
    pods = ("pod", "-n", NAMESPACE, "-l", f"workflows.argoproj.io/workflow={name}")

    def runs() -> bool:
        """Whether the first attempt runs, and the controller knows it.

        A pod that is gone before the controller has seen it is made again, as if never tried.
        """
        nodes = cluster.status(name).get("nodes", {}).values()
        started = kubectl("get", *pods, "-o", STARTED, check=False).strip()
        return bool(started) and any(
            "(0)" in node["name"] and node["phase"] == "Running" for node in nodes
        )

    def seen() -> object:
        return cluster.messages(cluster.status(name))

    try:
        wait_until(runs, "the first attempt runs", seen)
        time.sleep(10)  # until its first line has run, on a busy machine too
        kubectl("delete", *pods, "--grace-period=1", "--wait=false")
        found = cluster.ended(name)
        assert found["phase"] == "Succeeded", cluster.messages(found)
        nodes = {node["displayName"]: node for node in found["nodes"].values()}
        # `train(0)` may be Succeeded: where the controller made the pod again, it was never tried
        assert nodes["train"]["outputs"]["parameters"][0]["value"] == "half"
        wait_until(lambda: not cluster.get("pvc", f"{name}-ckpt-train"), "the claim is gone")
    finally:
        cluster.remove(name)
