"""Hardware profiles → pod fields: what a step asks for, in the words of Kubernetes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from compiler.pipeline import Hardware


@dataclass(frozen=True)
class Nodes:
    """How a project's clusters name their nodes: the GPU resource and label, spot nodes."""

    gpu_resource: str = "nvidia.com/gpu"
    gpu_label: str = "nvidia.com/gpu.product"
    gpu_tolerations: tuple[Mapping[str, str], ...] = ()
    spot_selector: Mapping[str, str] | None = None
    spot_tolerations: tuple[Mapping[str, str], ...] = ()


def read(body: Mapping[str, Any]) -> Hardware:
    """Return the hardware of a profile or of an inline mapping."""
    tolerations = tuple(
        tuple((key, str(value)) for key, value in toleration.items())
        for toleration in body.get("tolerations", ())
    )
    selector = tuple((key, str(value)) for key, value in body.get("nodeSelector", {}).items())
    return Hardware(
        cpu=str(body.get("cpu", "")),
        memory=body.get("memory", ""),
        disk=body.get("disk", ""),
        gpu=body.get("gpu", 0),
        gpu_type=body.get("gpuType", ""),
        node_selector=selector,
        tolerations=tolerations,
        spot=body.get("spot", False),
    )


def resources(hardware: Hardware, nodes: Nodes) -> dict[str, Any]:
    """Return `resources`: cpu requested only, memory and disk bounded, a GPU in the limits."""
    sizes = {"memory": hardware.memory, "ephemeral-storage": hardware.disk}
    bounded = {name: size for name, size in sizes.items() if size}
    requests = {"cpu": hardware.cpu, **bounded} if hardware.cpu else bounded
    limits = dict(bounded)
    if hardware.gpu:
        limits[nodes.gpu_resource] = str(hardware.gpu)
    found = {"requests": requests, "limits": limits}
    return {name: value for name, value in found.items() if value}


def placement(hardware: Hardware, nodes: Nodes) -> dict[str, Any]:
    """Return `nodeSelector` and `tolerations`: the step's own, then those of GPU and spot nodes."""
    selector = dict(hardware.node_selector)
    tolerations = [dict(toleration) for toleration in hardware.tolerations]
    if hardware.gpu and hardware.gpu_type:
        selector[nodes.gpu_label] = hardware.gpu_type
    if hardware.gpu:
        tolerations += [dict(toleration) for toleration in nodes.gpu_tolerations]
    if hardware.spot:
        selector.update(nodes.spot_selector or {})
        tolerations += [dict(toleration) for toleration in nodes.spot_tolerations]
    found = {"nodeSelector": selector, "tolerations": tolerations}
    return {name: value for name, value in found.items() if value}


def declared(hardware: Hardware) -> dict[str, str | int | bool]:
    """Return what was asked for, as lineage records it."""
    named: dict[str, str | int | bool] = {
        "cpu": hardware.cpu,
        "memory": hardware.memory,
        "disk": hardware.disk,
        "gpu": hardware.gpu,
        "gpuType": hardware.gpu_type,
        "spot": hardware.spot,
    }
    return {name: value for name, value in named.items() if value}
