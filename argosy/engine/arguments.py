"""What `{{workflow.…}}` names: the run, its labels, its arguments."""

import time

from argosy.engine.language.values import to_json
from argosy.engine.manifests import Bundle, arguments


def resolve(manifests: Bundle, name: str, uid: str) -> dict[str, str]:
    """Return what `{{workflow.…}}` names; raise `EngineError` for an argument without a value."""
    made = time.time()
    labels, notes = manifests.labels, manifests.annotations
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
    texts = arguments.values(manifests)
    values |= {f"workflow.parameters.{key}": text for key, text in texts.items()}
    if texts:
        listed = [{"name": key, "value": text} for key, text in texts.items()]
        values["workflow.parameters"] = values["workflow.parameters.json"] = to_json(listed)
    return values


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
