"""What a spec needs of the cluster: it may be there or not, no manifest tells (G16)."""

from collections.abc import Iterator, Mapping
from typing import Any

from compiler.manifests.findings import Finding, Judge, Path
from compiler.manifests.holders import Data, Holder, mapping, mappings, words
from compiler.manifests.late_part import finding

_NEEDS: Mapping[str, tuple[str, str]] = {
    "configMap": ("name", "ConfigMap"),
    "configMapKeyRef": ("name", "ConfigMap"),
    "configMapRef": ("name", "ConfigMap"),
    "secret": ("secretName", "Secret"),
    "secretKeyRef": ("name", "Secret"),
    "secretRef": ("name", "Secret"),
    "persistentVolumeClaim": ("claimName", "PersistentVolumeClaim"),
}
_TYPE = "workflows.argoproj.io/configmap-type"


def check(base: Holder, maps: list[Data]) -> Iterator[Finding]:
    """Yield what must be on the cluster and does not stand among `maps`."""
    present = {words(mapping(m.get("metadata")).get("name")): m for m in maps}
    yield from _parameters(base, present)
    for path, kind, name in _needed(base.spec, base.path):
        if kind != "ConfigMap" or name not in present:
            message = f'needs {kind} "{name}" on the cluster'
            yield finding("G16", path, message, Judge.UNSURE)


def _parameters(base: Holder, present: Mapping[str, Data]) -> Iterator[Finding]:
    """A ConfigMap that gives parameters says so by a label."""
    for index, parameter in enumerate(
        mappings(mapping(base.spec.get("arguments")).get("parameters"))
    ):
        source = mapping(mapping(parameter.get("valueFrom")).get("configMapKeyRef"))
        found = present.get(words(source.get("name")))
        labels = mapping(mapping(mapping(found).get("metadata")).get("labels"))
        if found is not None and labels.get(_TYPE) != "Parameter":
            at = (*base.path, "arguments", "parameters", index, "valueFrom")
            message = f"ConfigMap '{source.get('name')}' needs to have the label {_TYPE}: Parameter"
            yield finding("G16", at, message, Judge.SUBMIT)


def _needed(data: Any, path: Path) -> Iterator[tuple[Path, str, str]]:
    if isinstance(data, list):
        for index, item in enumerate(data):
            yield from _needed(item, (*path, index))
    for key, value in data.items() if isinstance(data, Mapping) else ():
        at = (*path, str(key))
        kind, name = _need(key, value)
        if kind:
            yield from [(at, kind, name)] if name and "{{" not in name else ()
        elif key not in ("labels", "annotations", "resource"):
            yield from _needed(value, at)


def _need(key: str, value: Any) -> tuple[str, str]:
    """Return the kind and the name of what a field names; no kind if it names nothing."""
    if key == "serviceAccountName":
        return "ServiceAccount", words(value) if value != "default" else ""
    if key == "image" and isinstance(value, str):
        return "image", value
    if key == "artifactRepositoryRef":
        return "artifact repository", words(mapping(value).get("configMap"))
    if key in _NEEDS and isinstance(value, Mapping):
        field, kind = _NEEDS[key]
        return kind, "" if value.get("optional") else words(value.get(field))
    return "", ""
