"""Volumes of a step and where they are mounted, in words."""

from collections.abc import Mapping
from typing import Any

from gitops.plan_difference import MISSING, canonical, same, shown_change
from gitops.plan_view import pop_named

Volumes = Mapping[str, Mapping[str, Any]]


def take_volumes(template: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Take the volumes of a template out of it by name, each with where it is mounted."""
    found = pop_named(template, "volumes")
    container = template.get("container")
    mounts = container.get("volumeMounts") if isinstance(container, dict) else None
    if not isinstance(container, dict) or not isinstance(mounts, list):
        return found
    for mount in [m for m in mounts if isinstance(m, dict) and m.get("name") in found]:
        rest = {key: value for key, value in mount.items() if key != "name"}
        found[mount["name"]].setdefault("mounted", []).append(rest)
        mounts.remove(mount)
    return found


def volume_texts(before: Volumes, after: Volumes) -> list[str]:
    """Return what differs, such as `+ volume-data claim features at /mnt/data`."""
    texts = []
    for name in dict.fromkeys([*before, *after]):
        old, new = before.get(name, MISSING), after.get(name, MISSING)
        if same(old, new):
            continue
        words = [side if side is MISSING else _described(side) for side in (old, new)]
        if words[0] == words[1]:
            words = [canonical(old), canonical(new)]
        text = shown_change(*words)
        mark = text[0] if MISSING in (old, new) else ""
        texts.append(f"{mark} {name} {text[2:]}" if mark else f"{name} {text}")
    return texts


def _described(volume: Mapping[str, Any]) -> str:
    mounted = volume.get("mounted") or []
    paths = [str(mount.get("mountPath")) for mount in mounted if isinstance(mount, Mapping)]
    kinds = [key for key in volume if key != "mounted"]
    text = _source(kinds[0], volume[kinds[0]]) if len(kinds) == 1 else canonical(volume)
    return " at ".join([text, *paths])


def _source(kind: str, source: Any) -> str:
    if not isinstance(source, Mapping):
        return f"{kind} {canonical(source)}"
    if kind == "persistentVolumeClaim":
        return f"claim {source.get('claimName')}"
    if kind == "nfs":
        return f"nfs {source.get('server')}:{source.get('path')}"
    if kind == "emptyDir" and source.get("medium") == "Memory":
        return f"memory {source.get('sizeLimit', 'without a limit')}"
    if kind == "ephemeral":
        return f"ephemeral {_storage(source)}"
    return f"{kind} {canonical(source)}"


def _storage(source: Mapping[str, Any]) -> str:
    node: Any = source
    for key in ("volumeClaimTemplate", "spec", "resources", "requests", "storage"):
        node = node.get(key) if isinstance(node, Mapping) else None
    return str(node)
