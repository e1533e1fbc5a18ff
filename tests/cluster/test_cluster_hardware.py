"""On a real cluster: a pod has what its step asks for, and leaves spot nodes after its attempts.

Needs what `test_cluster` needs, and may label a node, give it a resource and make volumes: all of
that is taken away again.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import scratch
from tests.cluster import argo_cluster as cluster
from tests.cluster.argo_cluster import NAMESPACE, ROOT, kubectl
from tests.cluster.argo_cluster import PYTHON as IMAGE

pytestmark = cluster.MARKS
LABEL = "argosy.example.com/spot"
RESOURCE = "argosy.example.com/gpu"
CLASS = cluster.named("argosy-test")
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


def of_step(items: list[Any], step: str) -> list[Any]:
    key = "workflows.argoproj.io/node-name"
    return [pod for pod in items if f".{step}" in pod["metadata"]["annotations"][key]]


def test_a_pod_has_what_its_step_asks_for(node: str, tmp_path: Path) -> None:
    scratch.write(tmp_path, SPEC, PROJECT, name="asks")
    kubectl("apply", "-n", NAMESPACE, "-f", cluster.ACCOUNT)
    cluster.apply(cluster.rendered(tmp_path, tmp_path / "rendered"))
    run = cluster.named("asks")
    cluster.submit("asks", run)
    try:
        watch(run, node)
    finally:
        cluster.remove(run)


def watch(run: str, node: str) -> None:
    """Follow a run; the spot node becomes another one when the first attempt is over."""
    seen: dict[str, Any] = {}

    def end() -> cluster.Status:
        seen.update({pod["metadata"]["name"]: pod for pod in cluster.pods(run)})
        if len(of_step([*seen.values()], "spot")) == 2:
            kubectl("label", "node", node, f"{LABEL}-")
        found = cluster.status(run)
        return found if found.get("phase") in cluster.ENDS else {}

    found = cluster.wait_until(end, f"{run} ends", lambda: cluster.messages(cluster.status(run)))
    nodes = {n["displayName"]: n for n in found["nodes"].values()}
    attempts = [nodes[f"spot({number})"]["phase"] for number in (0, 1)]
    assert attempts == ["Failed", "Failed"], cluster.messages(found)
    assert nodes["rich"]["phase"] == "Succeeded", cluster.messages(found)
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
    folder = cluster.rendered(golden, tmp_path, "prod", ["hardware"])
    cluster.lint(folder)
    kubectl("create", "namespace", "ml-prod", check=False)
    kubectl("apply", "--dry-run=server", "--validate=strict", "-R", "-f", str(folder))
