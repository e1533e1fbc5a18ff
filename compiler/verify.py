"""What we write is what others read: Hera's typed models, Argo's validator, the API server.

Whatever is found here is a mistake of the compiler, not of a spec.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from compiler.argo_models import KINDS, taken
from compiler.manifests import Finding, Judge, check

# what the CRDs of Argo 3.7 require and the models, which are those of 4.0, no longer have
_OLDER = (("memoize", "cache", "configMap", "key"),)
_CONFIG_MAP = ("apiVersion", "kind", "metadata", "data", "binaryData", "immutable")


_SUPPLIED = ("V45", "V47")  # whoever submits gives the parameters that have no default


def objections(manifests: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Return for the manifests of a pipeline, by file, what is wrong with each: file and words."""
    found = [(file, text) for file, manifest in manifests.items() for text in verify(manifest)]
    for file, findings in zip(manifests, check(list(manifests.values()))):
        found += [(file, str(finding)) for finding in findings if _counts(finding)]
    return found


def _counts(finding: Finding) -> bool:
    """Whether a finding is one whatever the cluster holds and a submitter gives."""
    left = finding.judges - {Judge.UNSURE}
    return bool(left) and not (left == {Judge.SUBMIT} and finding.rule in _SUPPLIED)


def verify(manifest: Mapping[str, Any]) -> list[str]:
    """Return where Hera's model of the kind and `manifest` differ; an empty list is agreement."""
    from pydantic_core import ValidationError

    kind = manifest.get("kind", "")
    if kind == "ConfigMap":
        return [f"{key}: unknown field" for key in manifest if key not in _CONFIG_MAP]
    if kind not in KINDS:
        return [f"kind: `{kind}` has no model"]
    try:
        again = taken(kind, manifest)
    except ValidationError as error:
        return [f"{_path(item['loc'])}: {item['msg']}" for item in error.errors()]
    return list(_differences(manifest, again, ()))


def _differences(ours: Any, theirs: Any, path: tuple[str | int, ...]) -> Iterator[str]:
    if isinstance(ours, Mapping) and isinstance(theirs, Mapping):
        for key, value in ours.items():
            if key not in theirs and (*path, key)[-4:] in _OLDER:
                continue
            if key not in theirs:
                yield f"{_path((*path, key))}: unknown field"
            else:
                yield from _differences(value, theirs[key], (*path, key))
        extra = [key for key, value in theirs.items() if key not in ours and value is not None]
        yield from (f"{_path((*path, key))}: added by the model" for key in extra)
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for index, (mine, other) in enumerate(zip(ours, theirs)):
            yield from _differences(mine, other, (*path, index))
    elif type(ours) is not type(theirs) or ours != theirs:
        yield f"{_path(path)}: {ours!r} becomes {theirs!r}"


def _path(parts: tuple[str | int, ...]) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)
    return text.lstrip(".")
