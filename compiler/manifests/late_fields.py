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
    """G14: requests fit limits; extended resources are whole, and asked for and limited alike."""
    for at, container in part.containers():
        resources = mapping(container.get("resources"))
        limits, requests = mapping(resources.get("limits")), mapping(resources.get("requests"))
        for name in sorted({*map(str, limits), *map(str, requests)}):
            wrong = _wrong(name, words(limits.get(name)), words(requests.get(name)))
            if wrong or not _NATIVE.fullmatch(name):
                judge = Judge.ERROR if wrong else Judge.UNSURE
                message = wrong or f"waits until a node has {name}"
                yield finding("G14", (*at, "resources"), message, judge)


def _wrong(name: str, limit: str, request: str) -> str:
    if _NATIVE.fullmatch(name):
        less = _less(limit, request)
        return f"{name}: must be less than or equal to {name} limit of {limit}" if less else ""
    if not limit or (request and request != limit):
        return f"{name}: must be equal in limits and requests"
    return "" if _WHOLE.fullmatch(limit) else f"{name}: must be an integer"


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
