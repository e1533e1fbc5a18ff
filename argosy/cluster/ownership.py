"""Who wrote which field of an object: `managedFields` as paths, spelled as plans spell them."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from compiler.record import record
from gitops.plan_difference import MISSING

Object = Mapping[str, Any]
SYNCERS = ("kustomize-controller", "argocd-controller")
_TOOLS = ("argoproj.io", "fluxcd.io", "kubernetes.io", "k8s.io")


@record
class Owned:
    """One field, its value, and who wrote it last and when (as the API server says it)."""

    path: str
    parts: tuple[str, ...]
    manager: str
    time: str

    def covers(self, path: str) -> bool:
        """Say whether the field is at `path`, holds it, or is in it."""
        return _within(path, self.path) or _within(self.path, path)


def syncer(manifest: Object) -> str:
    """Return the manager by which a known syncer applies the object; empty if none does."""
    found = {entry.get("manager") for entry in _entries(manifest)}
    return next((name for name in SYNCERS if name in found), "")


def owned(manifest: Object) -> list[Owned]:
    """Return each field that somebody else than a syncer wrote, without those of its status."""
    return [
        Owned(_spelled(parts), parts, str(entry.get("manager", "")), str(entry.get("time", "")))
        for entry in _entries(manifest)
        if entry.get("manager") not in SYNCERS and not entry.get("subresource")
        for parts in _leaves(entry.get("fieldsV1") or {})
        if parts[0] in ("spec", "data", "binaryData") or parts[:2] in _NOTES
    ]


_NOTES = (("metadata", "labels"), ("metadata", "annotations"))


def value(data: Any, parts: tuple[str, ...]) -> Any:
    """Return what `data` holds at `parts`, `MISSING` if there is nothing."""
    for part in parts:
        if isinstance(data, Mapping):
            data = data.get(part, MISSING)
        elif isinstance(data, list):
            data = next((item for item in data if _named(item, part)), MISSING)
        else:
            return MISSING
    return data


def of_a_tool(name: str) -> bool:
    """Say whether a label or an annotation is one by which tools keep their books."""
    domain, slash, _ = name.partition("/")
    return bool(slash) and any(domain == tool or domain.endswith(f".{tool}") for tool in _TOOLS)


def _entries(manifest: Object) -> list[Object]:
    return list(manifest.get("metadata", {}).get("managedFields") or ())


def _leaves(fields: Object, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    inner = {key: body for key, body in fields.items() if key != "."}
    if not inner and above:
        yield above
    for key, body in inner.items():
        yield from _leaves(body if isinstance(body, Mapping) else {}, (*above, _part(key)))


def _part(key: str) -> str:
    kind, _, name = key.partition(":")
    if kind != "k":
        return name
    found = json.loads(name)
    return f"[{found.get('name', name)}]" if isinstance(found, dict) else name


def _named(item: Any, part: str) -> bool:
    return isinstance(item, Mapping) and part == f"[{item.get('name')}]"


def _spelled(parts: tuple[str, ...]) -> str:
    return ".".join(parts).replace(".[", "[")


def _within(path: str, outer: str) -> bool:
    return path == outer or path.startswith((f"{outer}.", f"{outer}["))
