"""On a real cluster: what a step kept is there when its pod was taken away."""

import json
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from compiler.project import load_project
from compiler.render import render

NAMESPACE = os.environ.get("ARGOSY_TEST_NAMESPACE", "default")
IMAGE = os.environ.get("ARGOSY_TEST_IMAGE", "localhost/argosy:ci")
NAME = "cluster-checkpoint"
pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif(not os.environ.get("KUBECONFIG"), reason="KUBECONFIG is not set"),
]
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


def run(*arguments: str, text: str = "", check: bool = True) -> str:
    ended = subprocess.run(arguments, input=text, capture_output=True, text=True, check=False)
    assert not check or ended.returncode == 0, ended.stderr
    return ended.stdout


@pytest.fixture
def applied(tmp_path: Path) -> Iterator[None]:
    account = Path(__file__).parents[2] / "platform" / "argosy-run.yaml"
    run("kubectl", "apply", "-n", NAMESPACE, "-f", str(account))
    run("kubectl", "apply", "-f", "-", text=json.dumps(VOLUME))
    place = tmp_path / "pipelines" / NAME
    place.mkdir(parents=True)
    (tmp_path / "argosy.yaml").write_text(PROJECT, "utf-8")
    (place / "pipeline.yaml").write_text(SPEC, "utf-8")
    for content in render(load_project(tmp_path), "dev", verified=True).files.values():
        run("kubectl", "apply", "--server-side", "-f", "-", text=content.decode())
    time.sleep(2)  # a run created in the second of its template may not find it
    yield
    run("kubectl", "delete", "workflowtemplate", NAME, "-n", NAMESPACE, check=False)
    run("kubectl", "delete", "pv", f"{NAMESPACE}-{NAME}", "--wait=false", check=False)


def state(name: str) -> dict[str, Any]:
    found = json.loads(run("kubectl", "get", "workflow", name, "-n", NAMESPACE, "-o", "json"))
    status: dict[str, Any] = found.get("status", {})
    return status


@pytest.mark.usefixtures("applied")
def test_the_next_attempt_goes_on_where_the_last_was_taken_away() -> None:
    source = ("--from", f"workflowtemplate/{NAME}")
    name = run("argo", "submit", "-n", NAMESPACE, *source, "-o", "name").strip()
    pods = ("pod", "-n", NAMESPACE, "-l", f"workflows.argoproj.io/workflow={name}")
    try:
        started = "jsonpath={.items[0].status.containerStatuses[?(@.name=='main')].state.running}"
        deadline = time.monotonic() + 60
        while not run("kubectl", "get", *pods, "-o", started, check=False).strip():
            assert time.monotonic() < deadline, state(name)
            time.sleep(1)
        # a pod that is gone before the controller has seen it run is made again, as if never tried
        while "Running" not in [
            n["phase"] for n in state(name)["nodes"].values() if "(0)" in n["name"]
        ]:
            assert time.monotonic() < deadline, state(name)
            time.sleep(1)
        time.sleep(3)
        run("kubectl", "delete", *pods, "--grace-period=1", "--wait=false")
        while state(name).get("phase") not in ("Succeeded", "Failed", "Error"):
            assert time.monotonic() < deadline + 60, state(name)
            time.sleep(1)
        nodes = {node["displayName"]: node for node in state(name)["nodes"].values()}
        assert nodes["train"]["phase"] == "Succeeded", nodes
        # `train(0)` may be Succeeded: where the controller made the pod again, it was never tried
        assert nodes["train"]["outputs"]["parameters"][0]["value"] == "half"
        assert (
            run("kubectl", "get", "pvc", f"{name}-ckpt-train", "-n", NAMESPACE, check=False) == ""
        )
    finally:
        run("kubectl", "delete", "workflow", name, "-n", NAMESPACE, "--wait=false")
