"""What a run needs and the files do not hold: a pod would wait for it without end."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from argosy.engine.manifests.bundle import Bundle, Place
from argosy.engine.manifests.objects import Object
from compiler.manifests.holders import mapping
from compiler.problems import Problem

Severity = Literal["error", "warning"]
_FIELDS = ("configMap", "configMapKeyRef", "configMapRef")
_HINT = "name its file, or their folder, as well"


def missing(bundle: Bundle, items: Sequence[Object], *, as_argo: bool) -> Iterator[Problem]:
    """Yield a problem for each ConfigMap, or key of one, that is named and not there.

    `as_argo`: let a pod wait for it.
    """
    for item in items:
        for path, name, key, waits in _named(item.data.get("spec"), ("spec",)):
            what = _lacking(bundle, name, key)
            if not what:
                continue
            message = f"{what} is not among the files"
            severity: Severity = "warning" if as_argo and waits == "pod" else "error"
            yield Problem("argo-waits", message, item.at(path), _HINT, _NOTES[waits], severity)


def _lacking(bundle: Bundle, name: str, key: str) -> str:
    """Return what there is not of a ConfigMap and its key; nothing when both are there."""
    what, found = f'ConfigMap "{name}"', bundle.config_maps.get(name)
    if found is None:
        return what
    held = {**mapping(found.get("data")), **mapping(found.get("binaryData"))}
    return f'key "{key}" of {what}' if key and key not in held else ""


_NOTES = {
    "pod": "Argo starts the pod, which waits without end for it to appear",
    "semaphore": "Argo fails the run at once, as it can initialize no semaphore",
    "argument": "Argo fails the run at once, as it can set no global parameter",
}


def _named(data: Any, path: Place) -> Iterator[tuple[Place, str, str, str]]:
    """Yield path, name, key and who reads it of every ConfigMap that is needed."""
    if isinstance(data, list):
        for index, item in enumerate(data):
            yield from _named(item, (*path, index))
    for name, value in data.items() if isinstance(data, Mapping) else ():
        at = (*path, name)
        if name in _FIELDS and isinstance(value, Mapping):
            found, key = str(value.get("name") or ""), str(value.get("key") or "")
            default = data.get("default") is not None
            if found and "{{" not in found + key and not value.get("optional") and not default:
                yield at, found, key, _reader(path)
        elif name not in ("memoize", "resource", "metadata") and isinstance(value, list | Mapping):
            yield from _named(value, at)


def _reader(path: Place) -> str:
    if "synchronization" in path:
        return "semaphore"
    return "argument" if path[1:2] == ("arguments",) or path[2:3] == ("arguments",) else "pod"
