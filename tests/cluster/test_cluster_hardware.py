"""On a real cluster: a pod has what its step asks for, and leaves spot nodes after its attempts.

Needs what `test_cluster` needs, and may label a node, give it a resource and make volumes: all of
that is taken away again.
"""

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
from tests.cluster.test_cluster import ACCOUNT, NAMESPACE, ROOT, kubectl, pytestmark

__all__ = ["pytestmark"]
LABEL = "argosy.example.com/spot"
RESOURCE = "argosy.example.com/gpu"
CLASS = f"argosy-test-{os.getpid()}"
IMAGE = "localhost/python:3.11"
PROJECT = f"""apiVersion: argosy.dev/v1
kind: Project
name: t
gpu: {{resource: {RESOURCE}}}
spot: {{nodeSelector: {{{LABEL}: "true"}}}}
hardware:
  tiny: {{cpu: 20m, memory: {{request: 32Mi, limit: 256Mi}}}}
  rich:
    extends: tiny
    shm: 64Mi
    gpu: 1
    nodeSelector: {{kubernetes.io/os: linux}}
    topologySpread: [{{topologyKey: kubernetes.io/hostname}}]
    priorityClass: {CLASS}
    queue: nobody-looks
    volumes:
      claim:   {{pvc: {CLASS}, path: /mnt/claim}}
      again:   {{pvc: {CLASS}, path: again, readOnly: true}}
      scratch: {{ephemeral: 1Mi, storageClass: {CLASS}, path: scratch}}
environments: {{dev: {{namespace: {NAMESPACE}}}}}
"""
SPEC = f"""apiVersion: argosy.dev/v1
kind: Pipeline
name: asks
defaults: {{image: "{IMAGE}", hardware: tiny, timeout: 5m}}
steps:
  rich:
    hardware: rich
    run: |
      python -c "import os; s = os.statvfs('/dev/shm'); print(s.f_blocks * s.f_frsize)" > shm
      touch /mnt/claim/$ARGOSY_RUN && ls again/$ARGOSY_RUN
      touch again/x 2> refused && exit 1
      rm /mnt/claim/$ARGOSY_RUN
      echo deep > scratch/$ARGOSY_RUN
      ln scratch/$ARGOSY_RUN scratch/out-$ARGOSY_RUN && rm scratch/$ARGOSY_RUN
      mkdir -p scratch/argosy-test && mv scratch/out-$ARGOSY_RUN scratch/argosy-test/out
    outputs:
      shm: {{value: shm}}
      refused: {{value: refused}}
      out: scratch/argosy-test
  spot:
    hardware: {{extends: tiny, spot: {{attempts: 1}}}}
    retries: {{limit: 1, backoff: 1s}}
    run: test -e inputs/never
"""
OBJECTS: list[dict[str, Any]] = [
    *(
        {
            "apiVersion": "v1",
            "kind": "PersistentVolume",
            "metadata": {"name": f"{CLASS}-{number}"},
            "spec": {
                "capacity": {"storage": "1Mi"},
                "accessModes": ["ReadWriteOnce"],
                "storageClassName": CLASS,
                "hostPath": {"path": "/tmp"},
            },
        }
        for number in (1, 2)
    ),
    {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": CLASS, "namespace": NAMESPACE},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": CLASS,
            "resources": {"requests": {"storage": "1Mi"}},
        },
    },
    {
        "apiVersion": "scheduling.k8s.io/v1",
        "kind": "PriorityClass",
        "metadata": {"name": CLASS},
        "value": 7,
    },
]


@pytest.fixture
def node() -> Iterator[str]:
    """A node that is a spot node and has a GPU, and volumes in the cluster."""
    name = kubectl("get", "nodes", "-o", "jsonpath={.items[0].metadata.name}")
    objects = json.dumps({"apiVersion": "v1", "kind": "List", "items": OBJECTS})
    kubectl("apply", "-f", "-", text=objects)
    kubectl("label", "node", name, f"{LABEL}=true", "--overwrite")
    capacity = f"/status/capacity/{RESOURCE.replace('/', '~1')}"
    status = ("patch", "node", name, "--subresource=status", "--type=json", "-p")
    kubectl(*status, json.dumps([{"op": "add", "path": capacity, "value": "1"}]))
    try:
        yield name
    finally:
        for path in (capacity, capacity.replace("capacity", "allocatable")):
            kubectl(*status, json.dumps([{"op": "remove", "path": path}]), check=False)
        kubectl("label", "node", name, f"{LABEL}-")
        kubectl("delete", "--wait=false", "-f", "-", text=objects, check=False)


def pods(run: str) -> list[Any]:
    selector = f"workflows.argoproj.io/workflow={run}"
    found = json.loads(kubectl("get", "pods", "-n", NAMESPACE, "-l", selector, "-o", "json"))
    items: list[Any] = found["items"]
    return sorted(items, key=lambda pod: pod["metadata"]["creationTimestamp"])


def of_step(items: list[Any], step: str) -> list[Any]:
    key = "workflows.argoproj.io/node-name"
    return [pod for pod in items if f".{step}" in pod["metadata"]["annotations"][key]]


def test_a_pod_has_what_its_step_asks_for(node: str, tmp_path: Path) -> None:
    folder = tmp_path / "pipelines" / "asks"
    folder.mkdir(parents=True)
    (tmp_path / "argosy.yaml").write_text(PROJECT, "utf-8")
    (folder / "pipeline.yaml").write_text(SPEC, "utf-8")
    for path, content in render(load_project(tmp_path), "dev", verified=True):
        (tmp_path / "rendered" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "rendered" / path).write_bytes(content)
    kubectl("apply", "-n", NAMESPACE, "-f", "-", text=ACCOUNT)
    kubectl("apply", "--server-side", "-R", "-f", str(tmp_path / "rendered"))
    run = f"asks-{int(time.time()) % 1000000}"
    workflow = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": {"name": run, "namespace": NAMESPACE},
        "spec": {"workflowTemplateRef": {"name": "asks"}},
    }
    kubectl("create", "-f", "-", text=json.dumps(workflow))
    try:
        watch(run, node)
    finally:
        kubectl("delete", "workflow", run, "-n", NAMESPACE, check=False)


def watch(run: str, node: str) -> None:
    """Follow a run; the spot node becomes another one when the first attempt is over."""
    deadline = time.monotonic() + 120
    seen: dict[str, Any] = {}
    while time.monotonic() < deadline:
        seen |= {pod["metadata"]["name"]: pod for pod in pods(run)}
        status = json.loads(kubectl("get", "workflow", run, "-n", NAMESPACE, "-o", "json"))
        found = status.get("status", {})
        if found.get("phase") in ("Succeeded", "Failed", "Error"):
            break
        if len(of_step([*seen.values()], "spot")) == 2:
            kubectl("label", "node", node, f"{LABEL}-")
        time.sleep(1)
    nodes = {n["displayName"]: n for n in found["nodes"].values()}
    messages = {name: (n["phase"], n.get("message")) for name, n in nodes.items()}
    attempts = [nodes[f"spot({number})"]["phase"] for number in (0, 1)]
    assert attempts == ["Failed", "Failed"], messages
    assert nodes["rich"]["phase"] == "Succeeded", messages
    values = {p["name"]: p["value"] for p in nodes["rich"]["outputs"]["parameters"]}
    assert values["shm"] == str(64 * 2**20)
    assert "Read-only" in values["refused"]
    assert nodes["rich"]["outputs"]["artifacts"][0]["name"] == "out"
    spot = [affinity(pod) for pod in of_step([*seen.values()], "spot")]
    assert spot == [
        {"key": LABEL, "operator": word, "values": ["true"]} for word in ("In", "NotIn")
    ]
    (rich,) = of_step([*seen.values()], "rich")
    main = next(c for c in rich["spec"]["containers"] if c["name"] == "main")
    assert main["resources"] == {
        "requests": {"cpu": "20m", "memory": "32Mi", RESOURCE: "1"},
        "limits": {"memory": "256Mi", RESOURCE: "1"},
    }
    assert rich["spec"]["priority"] == 7
    assert rich["spec"]["nodeSelector"] == {"kubernetes.io/os": "linux"}
    assert rich["metadata"]["labels"]["kueue.x-k8s.io/queue-name"] == "nobody-looks"
    (spread,) = rich["spec"]["topologySpreadConstraints"]
    assert spread["labelSelector"]["matchLabels"] == {"workflows.argoproj.io/workflow": run}


def affinity(pod: Any) -> Any:
    required = pod["spec"]["affinity"]["nodeAffinity"]
    term = required["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"]
    return term[0]["matchExpressions"][0]


def test_every_form_is_accepted(tmp_path: Path) -> None:
    golden = ROOT / "tests/compiler/golden"
    for path, content in render(load_project(golden), "prod", ["hardware"]):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    command = ["argo", "lint", "--offline", "--strict", str(tmp_path)]
    linted = subprocess.run(command, capture_output=True, text=True, check=False)
    assert linted.returncode == 0, linted.stdout + linted.stderr
    kubectl("create", "namespace", "ml-prod", check=False)
    kubectl("apply", "--dry-run=server", "--validate=strict", "-R", "-f", str(tmp_path))
