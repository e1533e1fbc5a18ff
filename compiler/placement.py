"""Hardware → fields of a template: resources, where its pods may run, and in which queue."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from compiler.hardware import Amount, Gpu, Hardware, Nodes, Tpu
from compiler.quantity import amount

QUEUE = "kueue.x-k8s.io/queue-name"
TPU = "google.com/tpu"
TPU_TYPE = "cloud.google.com/gke-tpu-accelerator"
_TPU_TOPOLOGY = "cloud.google.com/gke-tpu-topology"
_RUN = {"matchLabels": {"workflows.argoproj.io/workflow": "{{workflow.name}}"}}
_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"


def resources(hardware: Hardware, nodes: Nodes) -> dict[str, Any]:
    """Return `resources`; what is counted, such as a GPU, stands in the limits alone."""
    sizes: dict[str, Amount] = {
        "cpu": hardware.cpu,
        "memory": hardware.memory,
        "ephemeral-storage": hardware.disk,
    }
    limits = {name: size.limit for name, size in sizes.items() if size.limit}
    if hardware.gpu:
        limits[nodes.gpu(hardware.gpu)] = str(hardware.gpu.count)
    if hardware.tpu:
        limits[TPU] = str(hardware.tpu.chips)
    limits |= {name: str(count) for name, count in hardware.extended}
    requests = {name: size.request for name, size in sizes.items() if size.request}
    return _filled({"requests": requests, "limits": limits})


def placement(hardware: Hardware, nodes: Nodes) -> dict[str, Any]:
    """Return the fields of a template that say where its pods may run."""
    found = {
        "nodeSelector": _selector(hardware, nodes),
        "tolerations": _tolerations(hardware, nodes),
        "affinity": _affinity(hardware, nodes),
        "priorityClassName": hardware.priority_class,
    }
    return _filled(found)


def labels(hardware: Hardware) -> dict[str, str]:
    """Return the labels of the pod: the queue in which it waits."""
    return {QUEUE: hardware.queue} if hardware.queue else {}


def patch(hardware: Hardware) -> dict[str, Any]:
    """Return what only a patch of the pod can say: the spread over nodes, of a run's pods."""
    constraints = [
        {"maxSkew": 1, "whenUnsatisfiable": "ScheduleAnyway", "labelSelector": _RUN, **constraint}
        for constraint in hardware.spread
    ]
    return {"topologySpreadConstraints": constraints} if constraints else {}


def _selector(hardware: Hardware, nodes: Nodes) -> dict[str, str]:
    """The step's own labels, then those of its GPU, TPU and spot nodes."""
    gpu, tpu = hardware.gpu or Gpu(0), hardware.tpu or Tpu("", "", 0)
    selector = dict(hardware.node_selector)
    typed = {nodes.gpu_label: gpu.type, TPU_TYPE: tpu.type, _TPU_TOPOLOGY: tpu.topology}
    selector |= _filled(typed)
    if hardware.spot and not hardware.spot.attempts:
        selector |= nodes.spot_selector
    return selector


def _tolerations(hardware: Hardware, nodes: Nodes) -> list[dict[str, str]]:
    tolerations = [dict(toleration) for toleration in hardware.tolerations]
    tolerations += [dict(item) for item in nodes.gpu_tolerations if hardware.gpu]
    tolerations += [dict(item) for item in nodes.spot_tolerations if hardware.spot]
    return tolerations


def _affinity(hardware: Hardware, nodes: Nodes) -> dict[str, Any]:
    """The step's own affinity; every choice of nodes that it gives has to meet the rest as well."""
    needed = [*_gpu_memory(hardware, nodes), *_spot_attempts(hardware, nodes)]
    affinity: dict[str, Any] = deepcopy(dict(hardware.affinity))
    if needed:
        required = affinity.setdefault("nodeAffinity", {}).setdefault(_REQUIRED, {})
        for term in required.setdefault("nodeSelectorTerms", [{}]):
            term["matchExpressions"] = [*term.get("matchExpressions", ()), *needed]
    return affinity


def _gpu_memory(hardware: Hardware, nodes: Nodes) -> list[dict[str, Any]]:
    """A partition has its memory in its name; a whole GPU in a label, in MiB."""
    gpu = hardware.gpu
    if gpu is None or not gpu.memory or gpu.mig:
        return []
    less = int(amount(gpu.memory)) // 2**20 - 1
    return [{"key": nodes.gpu_memory_label, "operator": "Gt", "values": [str(less)]}]


def _spot_attempts(hardware: Hardware, nodes: Nodes) -> list[dict[str, Any]]:
    """The first attempts on spot nodes, those after them on others: Argo counts `retries`."""
    attempts = hardware.spot.attempts if hardware.spot else 0
    operator = f"{{{{=asInt(retries) < {attempts} ? 'In' : 'NotIn'}}}}"
    selector = nodes.spot_selector if attempts else {}
    return [
        {"key": key, "operator": operator, "values": [value]} for key, value in selector.items()
    ]


def _filled(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if value}
