"""The arguments of a run: declared, of an allowed value, and nothing that would be evaluated."""

import time
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from argosy.engine.failure import EngineError
from argosy.engine.language.values import shown, to_json
from argosy.engine.manifests import Bundle
from compiler.convention import FORBIDDEN


def resolve(manifests: Bundle, given: Mapping[str, str], name: str, uid: str) -> dict[str, str]:
    """Return what `{{workflow.…}}` names; raise `EngineError` for arguments that cannot be."""
    declared = manifests.spec.get("arguments", {}).get("parameters", [])
    _refuse_unknown([parameter["name"] for parameter in declared], given)
    made = time.time()
    labels = {**manifests.labels, **_metadata(manifests, "labels")}
    notes = {**manifests.annotations, **_metadata(manifests, "annotations")}
    values = {
        "workflow.name": name,
        "workflow.uid": uid,
        "workflow.namespace": manifests.namespace,
        "workflow.status": "Running",
        "workflow.serviceAccountName": manifests.spec.get("serviceAccountName", "default"),
        "workflow.mainEntrypoint": str(manifests.spec.get("entrypoint", "")),
        "workflow.priority": str(manifests.spec.get("priority", 0)),
        "workflow.annotations": to_json(notes),
        "workflow.labels": to_json(labels),
        **_moments(made),
    }
    values |= {f"workflow.labels.{key}": str(value) for key, value in labels.items()}
    values |= {f"workflow.annotations.{key}": str(value) for key, value in notes.items()}
    texts = {each["name"]: _value(each, given, manifests) for each in declared}
    values |= {f"workflow.parameters.{key}": text for key, text in texts.items()}
    if texts:
        listed = [{"name": key, "value": text} for key, text in texts.items()]
        values["workflow.parameters"] = values["workflow.parameters.json"] = to_json(listed)
    return values


def _metadata(manifests: Bundle, kind: str) -> Mapping[str, str]:
    """Return the labels or annotations that the spec gives to the workflow."""
    return (manifests.spec.get("workflowMetadata") or {}).get(kind) or {}


def _moments(made: float) -> dict[str, str]:
    """Return the tags of the time of creation, whole and in parts."""
    at = time.gmtime(made)
    tag = "workflow.creationTimestamp"
    parts = {letter: time.strftime(f"%{letter}", at) for letter in "YmdHMSyjaAbBp"}
    return {
        tag: time.strftime("%Y-%m-%dT%H:%M:%SZ", at),
        f"{tag}.RFC3339": time.strftime("%Y-%m-%dT%H:%M:%SZ", at),
        f"{tag}.s": str(int(made)),
        **{f"{tag}.{letter}": text for letter, text in parts.items()},
    }


def _refuse_unknown(known: list[str], given: Mapping[str, str]) -> None:
    for name in given:
        if name not in known:
            close = get_close_matches(name, known, n=1)
            hint = f"did you mean `{close[0]}`?" if close else f"known: {', '.join(known)}"
            raise EngineError(f"no parameter is called `{name}`", hint)


def _value(parameter: Mapping[str, Any], given: Mapping[str, str], manifests: Bundle) -> str:
    name = parameter["name"]
    text = given.get(name, parameter.get("value", _kept(parameter, manifests)))
    if text is None:
        raise EngineError(f"parameter `{name}` has no value", f"give it one: -p {name}=…")
    allowed = parameter.get("enum")
    if allowed and text not in allowed:
        raise EngineError(f"`{text}` is no value of `{name}`", f"one of: {', '.join(allowed)}")
    found = next((mark for mark in FORBIDDEN if mark in str(text)), "") if name in given else ""
    if found:
        hint = "Argo would evaluate it; pass such text in a file"
        raise EngineError(f"`{found}` cannot stand in the value of `{name}`", hint)
    return shown(text)


def _kept(parameter: Mapping[str, Any], manifests: Bundle) -> Any:
    """Return the value that a ConfigMap holds for a parameter, or its default."""
    source = parameter.get("valueFrom") or {}
    reference = source.get("configMapKeyRef") or {}
    data = (manifests.config_maps.get(reference.get("name", "")) or {}).get("data") or {}
    return data.get(reference.get("key"), source.get("default"))
