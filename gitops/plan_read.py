"""Bytes of one pipeline's folder → its objects, and what cannot be read as one."""

from collections.abc import Iterator, Mapping
from typing import Any

from compiler.convention import DIGEST
from compiler.record import record, replace
from gitops.plan_data import parse

SCHEDULE = "cronworkflow/"
_PRUNE = "kustomize.toolkit.fluxcd.io/prune"
_KINDS = ("workflowtemplate", "configmap", "limit")
_CODE = "configmap.yaml"


@record
class Folder:
    """The objects of a pipeline by kind in lower case, and the bytes of all other files by path.

    In the objects, the digest and the name of the code ConfigMap are replaced by a mark: both
    follow from the rest and would change everywhere at once. `derived` keeps what they were.
    `prunable` are kind and name of all objects that a sync deletes when their files are gone.
    """

    objects: Mapping[str, Mapping[str, Any]]
    others: Mapping[str, bytes]
    derived: Mapping[str, str]
    prunable: frozenset[str] = frozenset()


def read(files: Mapping[str, bytes]) -> Folder:
    """Return the folder that holds `files`; of a kind that it has twice, both are `others`.

    The pipeline's own code is told from that of the pipelines that it calls by the file's name.
    """
    found: dict[str, list[tuple[str, Mapping[str, Any]]]] = {}
    others: dict[str, bytes] = {}
    prunable: set[str] = set()
    for path, content in sorted(files.items()):
        parsed = parse(content)
        prunable.update(_prunable(parsed or {}))
        if parsed is None:
            others[path] = content
        else:
            found.setdefault(_kind(parsed), []).append((path, parsed))
    for kind, items in found.items():
        code = [item for item in items if item[0].rpartition("/")[2] == _CODE]
        kept = code if kind == "configmap" and code else items
        if len(kept) > 1 or (kind not in _KINDS and not kind.startswith(SCHEDULE)):
            kept = []
        found[kind] = kept
        others.update({path: files[path] for path, _ in items if path not in dict(kept)})
    objects = {kind: items[0][1] for kind, items in found.items() if items}
    return replace(_neutral(objects, others), prunable=frozenset(prunable))


def _prunable(manifest: Mapping[str, Any]) -> Iterator[str]:
    """Yield `KIND NAMESPACE/NAME`, unless the object says that it is to be kept."""
    metadata = manifest.get("metadata")
    if not isinstance(metadata, dict) or not isinstance(metadata.get("name"), str):
        return
    annotations = metadata.get("annotations")
    kept = isinstance(annotations, dict) and annotations.get(_PRUNE) == "disabled"
    if not kept:
        place = f"{metadata['namespace']}/" if metadata.get("namespace") else ""
        yield f"{manifest.get('kind')} {place}{metadata['name']}"


def _kind(manifest: Mapping[str, Any]) -> str:
    """Return the kind in lower case, a CronWorkflow's name with it; `limit` of a ConfigMap that
    is no code."""
    kind = str(manifest.get("kind", "")).lower()
    if kind == "configmap" and not manifest.get("immutable"):
        return "limit"
    metadata = manifest.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    return f"{SCHEDULE}{name}" if kind == "cronworkflow" and isinstance(name, str) else kind


def _neutral(objects: dict[str, Mapping[str, Any]], others: Mapping[str, bytes]) -> Folder:
    marks = {"digest": "", "code": ""}
    metadata = objects.get("workflowtemplate", {}).get("metadata")
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    if isinstance(annotations, dict):
        marks["digest"] = str(annotations.get(DIGEST, ""))
    metadata = objects.get("configmap", {}).get("metadata")
    if isinstance(metadata, dict):
        marks["code"] = str(metadata.get("name", ""))
    names = {value: f"({key})" for key, value in marks.items() if value}
    return Folder({k: rewrite(v, names.get) for k, v in objects.items()}, others, marks)


def rewrite(value: Any, change: Any) -> Any:
    """Return `value` with each string as `change` makes it; None of it leaves the string."""
    if isinstance(value, str):
        changed = change(value)
        return value if changed is None else changed
    if isinstance(value, Mapping):
        return {key: rewrite(item, change) for key, item in value.items()}
    if isinstance(value, list):
        return [rewrite(item, change) for item in value]
    return value


def strings(value: Any) -> Iterator[str]:
    """Yield every string in `value`."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (Mapping, list)):
        for item in value.values() if isinstance(value, Mapping) else value:
            yield from strings(item)
