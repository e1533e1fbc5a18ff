"""The arguments of a run: declared, of an allowed value, and nothing that would be evaluated."""

import time
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from argosy.engine.failure import EngineError
from argosy.engine.manifests import Bundle
from compiler.convention import FORBIDDEN


def resolve(manifests: Bundle, given: Mapping[str, str], name: str, uid: str) -> dict[str, str]:
    """Return what `{{workflow.…}}` names; raise `EngineError` for arguments that cannot be."""
    declared = manifests.spec.get("arguments", {}).get("parameters", [])
    _refuse_unknown([parameter["name"] for parameter in declared], given)
    values = {
        "workflow.name": name,
        "workflow.uid": uid,
        "workflow.namespace": manifests.namespace,
        "workflow.status": "Running",
        "workflow.serviceAccountName": manifests.spec.get("serviceAccountName", "default"),
        "workflow.creationTimestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }
    for parameter in declared:
        values[f"workflow.parameters.{parameter['name']}"] = _value(parameter, given)
    return values


def _refuse_unknown(known: list[str], given: Mapping[str, str]) -> None:
    for name in given:
        if name not in known:
            close = get_close_matches(name, known, n=1)
            hint = f"did you mean `{close[0]}`?" if close else f"known: {', '.join(known)}"
            raise EngineError(f"no parameter is called `{name}`", hint)


def _value(parameter: Mapping[str, Any], given: Mapping[str, str]) -> str:
    name = parameter["name"]
    text = given.get(name, parameter.get("value"))
    if text is None:
        raise EngineError(f"parameter `{name}` has no value", f"give it one: -p {name}=…")
    allowed = parameter.get("enum")
    if allowed and text not in allowed:
        raise EngineError(f"`{text}` is no value of `{name}`", f"one of: {', '.join(allowed)}")
    found = next((mark for mark in FORBIDDEN if mark in str(text)), "") if name in given else ""
    if found:
        hint = "Argo would evaluate it; pass such text in a file"
        raise EngineError(f"`{found}` cannot stand in the value of `{name}`", hint)
    return str(text)
