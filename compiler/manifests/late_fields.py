"""Fields of a pod that Kubernetes checks when the pod is made, and no custom resource before."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from compiler.manifests.findings import Finding, Judge, Path
from compiler.manifests.holders import Data, mapping, words
from compiler.manifests.late_part import Part, finding
from compiler.quantity import amount

_NATIVE = re.compile(
    r"cpu|memory|ephemeral-storage|hugepages-.*|requests\..*|(.*\.)?kubernetes\.io/.*"
)
_WHOLE = re.compile(r"[0-9]+([kMGTPE]i?)?")
_VALUES: Mapping[str, tuple[str, ...]] = {
    "imagePullPolicy": ("Always", "IfNotPresent", "Never"),
    "terminationMessagePolicy": ("File", "FallbackToLogsOnError"),
    "dnsPolicy": ("ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"),
    "effect": ("NoSchedule", "PreferNoSchedule", "NoExecute"),
    "mountPropagation": ("None", "HostToContainer", "Bidirectional"),
}


def devices(part: Part) -> Iterator[Finding]:
    """G14: extended resources are whole, and asked for and limited alike."""
    for at, container in part.containers():
        resources, here = mapping(container.get("resources")), (*at, "resources")
        limits, requests = mapping(resources.get("limits")), mapping(resources.get("requests"))
        for name in sorted({*map(str, limits), *map(str, requests)}):
            limit, request = words(limits.get(name)), words(requests.get(name))
            if _NATIVE.fullmatch(name):
                if _less(limit, request):
                    message = f"{name}: must be less than or equal to {name} limit of {limit}"
                    yield finding("G14", here, message, Judge.ERROR)
            elif not limit or (request and request != limit):
                message = f"{name}: must be equal in limits and requests"
                yield finding("G14", here, message, Judge.ERROR)
            elif not _WHOLE.fullmatch(limit):
                yield finding("G14", here, f"{name}: must be an integer", Judge.ERROR)
            else:
                yield finding("G14", here, f"waits until a node has {name}", Judge.UNSURE)


def _less(limit: str, request: str) -> bool:
    try:
        return bool(limit and request) and amount(limit) < amount(request)
    except ValueError:
        return False


def chosen(part: Part) -> Iterator[Finding]:
    """N11: a field that takes one of a few values has one of them."""
    body = {key: value for key, value in part.template.items() if key not in ("dag", "steps")}
    yield from _chosen(body, part.path)


def _chosen(data: Any, at: Path) -> Iterator[Finding]:
    if isinstance(data, list):
        for index, item in enumerate(data):
            yield from _chosen(item, (*at, index))
    for key, value in _fields(data):
        known = _VALUES.get(key, ())
        if known and value and "{{" not in words(value) and value not in known:
            message = f'Unsupported value: "{words(value)}": supported values: {", ".join(known)}'
            yield finding("N11", (*at, key), message, Judge.ERROR)
        elif not known:
            yield from _chosen(value, (*at, key))


def _fields(data: Any) -> list[tuple[str, Any]]:
    """Return the fields of an object, without those whose keys somebody else chooses."""
    free = ("labels", "annotations", "nodeSelector", "limits", "requests", "inputs", "outputs")
    found: Data = mapping(data)
    return [(str(key), value) for key, value in found.items() if key not in free]


RULES = (devices, chosen)
