"""What `{{workflow.…}}` names: the run, its labels, its arguments."""

import time

from argosy.engine.language.go import calendar
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
        "workflow.duration": "0.000000",
        "workflow.serviceAccountName": manifests.spec.get("serviceAccountName", "default"),
        "workflow.mainEntrypoint": str(manifests.spec.get("entrypoint", "")),
        "workflow.priority": str(manifests.spec.get("priority", 0)),
        **dict.fromkeys(("workflow.annotations", "workflow.annotations.json"), to_json(notes)),
        **dict.fromkeys(("workflow.labels", "workflow.labels.json"), to_json(labels)),
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
    """Return the tags of the time of creation, whole and in parts (Argo's strftime)."""
    at = time.gmtime(made)
    tag = "workflow.creationTimestamp"
    month, day = calendar.MONTHS[at.tm_mon - 1], calendar.WEEKDAYS[(at.tm_wday + 1) % 7]
    parts = {letter: time.strftime(f"%{letter}", at) for letter in "YmdHMSyI"}
    parts |= {"B": month, "b": month[:3], "A": day, "a": day[:3]}  # of no locale
    parts |= {"p": "PM" if at.tm_hour >= 12 else "AM", "Z": "UTC", "z": "+0000", "L": ".000"}
    return {
        tag: time.strftime("%Y-%m-%dT%H:%M:%SZ", at),
        f"{tag}.RFC3339": time.strftime("%Y-%m-%dT%H:%M:%SZ", at),
        f"{tag}.s": str(int(made)),
        **{f"{tag}.{letter}": text for letter, text in parts.items()},
    }
