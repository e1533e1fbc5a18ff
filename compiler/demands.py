"""What hardware asks for: amounts that cannot be met, parts that contradict each other."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from compiler import hardware
from compiler.document import Path
from compiler.hardware import Hardware, Nodes
from compiler.placement import TPU, placement
from compiler.quantity import amount
from compiler.record import record
from compiler.volumes import SHM, WORK, place

Body = Mapping[str, Any]
_RESERVED = ("/proc", "/sys", "/dev", "/argo", "/var/run/argo", "/var/run/secrets")
_SOURCES = ("pvc", "nfs", "ephemeral")


@record
class Fault:
    """What is wrong, where in the hardware, and what would be right."""

    path: Path
    message: str
    hint: str = ""


def check(body: Body, nodes: Nodes) -> Iterator[Fault]:
    """Yield what is wrong with hardware that its schema accepts and that extends nothing more."""
    volumes = list(_volumes(body))
    yield from volumes
    broken = {fault.path[1] for fault in volumes}
    sound = {name: v for name, v in body.get("volumes", {}).items() if name not in broken}
    asked = hardware.read({**body, "volumes": sound})
    for rule in _RULES:
        yield from rule(body, asked, nodes)


def _amounts(_body: Body, asked: Hardware, _nodes: Nodes) -> Iterator[Fault]:
    for name in ("cpu", "memory", "disk"):
        size = getattr(asked, name)
        if size.request and size.limit and amount(size.request) > amount(size.limit):
            message = f"`{name}` requests {size.request}, more than its limit {size.limit}"
            yield Fault((name, "request"), message, "the limit is what it may use at most")


def _shm(_body: Body, asked: Hardware, _nodes: Nodes) -> Iterator[Fault]:
    if not asked.shm:
        return
    limit = asked.memory.limit
    if not limit:
        message = "shared memory counts against the memory limit, and there is none"
        yield Fault(("shm",), message, f"add `memory:`, more than {asked.shm}")
    elif amount(asked.shm) >= amount(limit):
        message = f"`shm` {asked.shm} leaves nothing of the memory limit {limit}"
        yield Fault(("shm",), message, "shared memory counts against it: raise `memory:`")


def _gpus(_body: Body, asked: Hardware, _nodes: Nodes) -> Iterator[Fault]:
    gpu = asked.gpu
    if gpu is None:
        return
    if gpu.shared and gpu.count > 1:
        message = f"{gpu.count} shares of a GPU give no more of it than one"
        yield Fault(("gpu", "count"), message, "write `count: 1`, or ask for whole GPUs")
    if gpu.mig and gpu.memory:
        size = gpu.mig.partition(".")[2].removesuffix(".me").removesuffix("gb")
        if amount(gpu.memory) > amount(f"{size}Gi"):
            message = f"a partition {gpu.mig} has less than {gpu.memory} of memory"
            yield Fault(("gpu", "memory"), message, "choose a larger partition")


def _tpus(_body: Body, asked: Hardware, _nodes: Nodes) -> Iterator[Fault]:
    tpu = asked.tpu
    if tpu is None:
        return
    for name, example in (("type", "tpu-v5-lite-podslice"), ("topology", "2x4")):
        if not getattr(tpu, name):
            message = f"a TPU needs a `{name}`: nodes are chosen by it"
            yield Fault(("tpu",), message, f"such as `{name}: {example}`")
    total = hardware.chips(tpu.topology)
    if total and (tpu.chips > total or total % tpu.chips):
        message = f"a topology {tpu.topology} has {total} chips, which {tpu.chips} do not divide"
        yield Fault(("tpu", "chips"), message, "ask for the chips of one of its hosts")


def _extended(_body: Body, asked: Hardware, nodes: Nodes) -> Iterator[Fault]:
    taken = {nodes.gpu(asked.gpu): "gpu"} if asked.gpu else {}
    taken |= {TPU: "tpu"} if asked.tpu else {}
    for name, _ in asked.extended:
        if name in taken:
            message = f"`{name}` is what `{taken[name]}` asks for already"
            yield Fault(("resources", name), message, "remove one of them")


def _labels(body: Body, asked: Hardware, nodes: Nodes) -> Iterator[Fault]:
    """What the step says of a label is not what its GPU, TPU or spot nodes have."""
    selector = placement(asked, nodes).get("nodeSelector", {})
    for key, value in body.get("nodeSelector", {}).items():
        if selector[key] != value:
            message = f"`{key}` cannot be {value}: the GPU, TPU or spot nodes have {selector[key]}"
            yield Fault(("nodeSelector", key), message, "remove one of them")


def _spot(body: Body, asked: Hardware, nodes: Nodes) -> Iterator[Fault]:
    if asked.spot is None:
        return
    hint = "say it under `spot:` in argosy.yaml"
    if asked.spot.attempts and not nodes.spot_selector:
        message = "which nodes are spot nodes is not known: `spot.nodeSelector` is not set"
        yield Fault(("spot",), message, hint)
    elif asked.spot.attempts and (own := nodes.spot_selector.keys() & body.get("nodeSelector", {})):
        message = "a node of this label is a spot node or none, and both are asked for"
        yield Fault(("nodeSelector", min(own)), message, "remove it")
    elif not nodes.spot_selector and not nodes.spot_tolerations:
        yield Fault(("spot",), "how the clusters name spot nodes is not known", hint)


def _tolerations(body: Body, _asked: Hardware, _nodes: Nodes) -> Iterator[Fault]:
    for index, item in enumerate(body.get("tolerations", ())):
        operator = item.get("operator", "Equal")
        if operator == "Exists" and item.get("value"):
            message = "a toleration that `Exists` has no value"
            yield Fault(("tolerations", index, "value"), message, "write `operator: Equal`")
        if operator == "Equal" and not item.get("key"):
            message = "a toleration without a key is `operator: Exists`: it accepts every taint"
            yield Fault(("tolerations", index), message, "name the key of the taint")


def _spread(body: Body, _asked: Hardware, _nodes: Nodes) -> Iterator[Fault]:
    seen: set[tuple[str, str]] = set()
    for index, item in enumerate(body.get("topologySpread", ())):
        unsatisfiable = item.get("whenUnsatisfiable", "ScheduleAnyway")
        if "minDomains" in item and unsatisfiable != "DoNotSchedule":
            message = "`minDomains` counts only with `whenUnsatisfiable: DoNotSchedule`"
            yield Fault(("topologySpread", index, "minDomains"), message, "remove it")
        if (item["topologyKey"], unsatisfiable) in seen:
            message = f"`{item['topologyKey']}` is spread over twice"
            yield Fault(("topologySpread", index), message, "remove one of them")
        seen.add((item["topologyKey"], unsatisfiable))


def _affinity(body: Body, _asked: Hardware, _nodes: Nodes) -> Iterator[Fault]:
    for path, item in _expressions(body.get("affinity", {}), ("affinity",)):
        operator, values = item["operator"], item.get("values", [])
        if operator in ("In", "NotIn") and not values:
            yield Fault(path, f"`operator: {operator}` needs `values`")
        elif operator in ("Exists", "DoesNotExist") and values:
            yield Fault((*path, "values"), f"`operator: {operator}` has no values", "remove them")
        elif operator in ("Gt", "Lt") and not (len(values) == 1 and values[0].isdecimal()):
            message = f"`operator: {operator}` needs one value, a whole number"
            yield Fault(path, message, 'such as `values: ["40000"]`')


def _expressions(data: Any, path: Path) -> Iterator[tuple[Path, Body]]:
    """Yield every expression of an affinity, and where it stands."""
    parts = data.items() if isinstance(data, Mapping) else enumerate(data)
    for key, value in parts if isinstance(data, Mapping | list) else ():
        if key == "matchExpressions":
            yield from (((*path, key, index), item) for index, item in enumerate(value))
        elif isinstance(value, Mapping | list):
            yield from _expressions(value, (*path, key))


def _volumes(body: Body) -> Iterator[Fault]:
    seen: dict[str, str] = {}
    for name, volume in body.get("volumes", {}).items():
        at, target = ("volumes", name), place(volume.get("path", ""))
        kinds = [kind for kind in _SOURCES if kind in volume]
        if len(kinds) != 1 or "path" not in volume:
            message = f"volume `{name}` has one of {', '.join(_SOURCES)}, and a `path`"
            yield Fault(at, message, "such as `{pvc: features, path: features}`")
            continue
        for key in ("storageClass",) if "ephemeral" not in volume else ("readOnly",):
            if key in volume:
                message = f"`{key}` has no effect on a volume of kind `{kinds[0]}`"
                yield Fault((*at, key), message, "remove it")
        if taken := _taken(target):
            yield Fault(
                (*at, "path"), f"a volume cannot be at {target}: {taken}", "choose another path"
            )
        if target in seen:
            message = f"volumes `{seen[target]}` and `{name}` are both at {target}"
            yield Fault((*at, "path"), message, "give each a path of its own")
        seen[target] = name


def _taken(target: str) -> str:
    if target == SHM:
        return "write `shm:` instead"
    if target in ("", WORK) or f"{WORK}/".startswith(f"{target}/"):
        return "it would hide the work folder"
    if any(f"{target}/".startswith(f"{known}/") for known in _RESERVED):
        return "the system or Argo has its own files there"
    return ""


_Rule = Callable[[Body, Hardware, Nodes], Iterator[Fault]]
_RULES: tuple[_Rule, ...] = (
    _amounts,
    _shm,
    _gpus,
    _tpus,
    _extended,
    _labels,
    _spot,
    _tolerations,
    _spread,
    _affinity,
)
