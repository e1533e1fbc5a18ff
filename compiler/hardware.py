"""Hardware: what a step asks of its node, as data, and how a project's clusters name theirs."""

from collections.abc import Mapping
from typing import Any

from compiler.problems import Location
from compiler.record import field, record

Labels = tuple[tuple[str, str], ...]
Toleration = tuple[tuple[str, str], ...]


@record
class Amount:
    """A quantity that is requested, and one that is not to be exceeded; either may be empty."""

    request: str = ""
    limit: str = ""


@record
class Gpu:
    """`count` GPUs of a node label's `type`, with at least `memory` each.

    `mig` is a partition such as `1g.10gb`; one that is `shared` is used by other pods too.
    """

    count: int
    type: str = ""
    memory: str = ""
    mig: str = ""
    shared: bool = False


@record
class Tpu:
    """`chips` of a TPU slice of one `type` and `topology`, such as 2x4."""

    type: str
    topology: str
    chips: int


@record
class Spot:
    """Nodes that can be taken away: for every attempt (0), or for the first `attempts` only."""

    attempts: int = 0


@record
class Volume:
    """A volume mounted at `path`, which is absolute or below the work folder.

    `source` is its field of a pod, `sub_path` the folder of it that is mounted.
    """

    name: str
    path: str
    source: Mapping[str, Any]
    read_only: bool = False
    sub_path: str = ""


@record
class Hardware:
    """What a step asks of a node: cpu in cores or `m`, memory, disk and `shm` in `Gi`.

    `affinity` and `spread` are in the words of Kubernetes, `extended` are resources by name.
    """

    cpu: Amount = Amount()
    memory: Amount = Amount()
    disk: Amount = Amount()
    shm: str = ""
    gpu: Gpu | None = None
    tpu: Tpu | None = None
    extended: tuple[tuple[str, int], ...] = ()
    node_selector: Labels = ()
    tolerations: tuple[Toleration, ...] = ()
    affinity: Mapping[str, Any] = field(default_factory=dict)
    spread: tuple[Mapping[str, Any], ...] = ()
    priority_class: str = ""
    spot: Spot | None = None
    queue: str = ""
    volumes: tuple[Volume, ...] = ()
    at: Location = field(default=Location(""), compare=False)


@record
class Nodes:
    """How a project's clusters name their nodes: GPU resource and labels, spot nodes."""

    gpu_resource: str = "nvidia.com/gpu"
    gpu_label: str = "nvidia.com/gpu.product"
    gpu_memory_label: str = "nvidia.com/gpu.memory"
    gpu_tolerations: tuple[Mapping[str, str], ...] = ()
    spot_selector: Mapping[str, str] = field(default_factory=dict)
    spot_tolerations: tuple[Mapping[str, str], ...] = ()

    def gpu(self, gpu: Gpu) -> str:
        """Return the resource that such a GPU is: whole, a partition, or a share of either."""
        vendor = self.gpu_resource.rpartition("/")[0]
        whole = f"{vendor}/mig-{gpu.mig}" if gpu.mig else self.gpu_resource
        return f"{whole}.shared" if gpu.shared else whole


def read(body: Mapping[str, Any]) -> Hardware:
    """Return the hardware of a profile, or of an inline mapping, that extends nothing (more)."""
    spot = body.get("spot", False)
    attempts = spot["attempts"] if isinstance(spot, Mapping) else 0
    volumes = body.get("volumes", {})
    return Hardware(
        cpu=_amount(body.get("cpu", ""), bounded=False),
        memory=_amount(body.get("memory", "")),
        disk=_amount(body.get("disk", "")),
        shm=body.get("shm", ""),
        gpu=_gpu(body.get("gpu", 0)),
        tpu=_tpu(body["tpu"]) if "tpu" in body else None,
        extended=tuple(body.get("resources", {}).items()),
        node_selector=tuple(body.get("nodeSelector", {}).items()),
        tolerations=tuple(tuple(item.items()) for item in body.get("tolerations", ())),
        affinity=body.get("affinity", {}),
        spread=tuple(body.get("topologySpread", ())),
        priority_class=body.get("priorityClass", ""),
        spot=Spot(attempts) if spot else None,
        queue=body.get("queue", ""),
        volumes=tuple(_volume(name, volume) for name, volume in volumes.items()),
    )


def _amount(body: Any, *, bounded: bool = True) -> Amount:
    """A plain amount is requested, and is the limit too where going beyond it would kill."""
    if isinstance(body, Mapping):
        return Amount(str(body.get("request", "")), str(body.get("limit", "")))
    return Amount(str(body), str(body) if bounded else "")


def _gpu(body: Any) -> Gpu | None:
    given = body if isinstance(body, Mapping) else {"count": body}
    found = Gpu(**{"count": 1, **given})
    return found if found.count else None


def _tpu(body: Mapping[str, Any]) -> Tpu:
    topology = body.get("topology", "")
    return Tpu(body.get("type", ""), topology, body.get("chips", chips(topology)))


def chips(topology: str) -> int:
    """Return how many chips a topology such as `2x4` has; 0 of none."""
    total = 1 if topology else 0
    for side in filter(None, topology.split("x")):
        total *= int(side)
    return total


def _volume(name: str, body: Mapping[str, Any]) -> Volume:
    read_only = body.get("readOnly", False)
    return Volume(name, body["path"], _source(body), read_only, body.get("subPath", ""))


def _source(body: Mapping[str, Any]) -> Mapping[str, Any]:
    if "pvc" in body:
        return {"persistentVolumeClaim": {"claimName": body["pvc"]}}
    if "nfs" in body:
        return {"nfs": dict(body["nfs"])}
    storage = {"requests": {"storage": body.get("ephemeral", "")}}
    named = {"storageClassName": body["storageClass"]} if "storageClass" in body else {}
    claim = {"accessModes": ["ReadWriteOnce"], **named, "resources": storage}
    return {"ephemeral": {"volumeClaimTemplate": {"spec": claim}}}


def declared(hardware: Hardware) -> dict[str, str | int | bool]:
    """Return what was asked for, as lineage records it."""
    gpu, tpu = hardware.gpu or Gpu(0), hardware.tpu or Tpu("", "", 0)
    named: dict[str, str | int | bool] = {
        "cpu": hardware.cpu.request or hardware.cpu.limit,
        "memory": hardware.memory.request or hardware.memory.limit,
        "disk": hardware.disk.request or hardware.disk.limit,
        "shm": hardware.shm,
        "gpu": gpu.count,
        "gpuType": gpu.type,
        "gpuMemory": gpu.memory,
        "mig": gpu.mig,
        "shared": gpu.shared,
        "tpu": tpu.chips,
        "tpuType": tpu.type,
        "tpuTopology": tpu.topology,
        "spot": hardware.spot is not None,
        **dict(hardware.extended),
    }
    return {name: value for name, value in named.items() if value}
