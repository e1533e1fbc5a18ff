"""The names that a template gives to what it is called with (Argo's common.SubstituteParams)."""

from collections.abc import Mapping, Sequence
from typing import Any

from argosy.engine.language.errors import EvaluationError
from argosy.engine.language.values import to_json

_FIELDS = ("name", "default", "value", "valueFrom", "globalName", "enum", "description")


def names(template: Mapping[str, Any]) -> dict[str, str]:
    """Return the names that a template defines for itself: inputs, and paths of what it makes.

    The values of its inputs must be in place (`inputs.parameters[].value`), their tags replaced.
    Raise `EvaluationError` for an input without one.
    """
    parameters = _listed(template, "inputs", "parameters")
    listed = ",".join(map(_written, parameters))
    found = {"inputs.parameters": f"[{listed}]" if listed else "null"}
    for parameter in parameters:
        if "value" in parameter:
            found[f"inputs.parameters.{parameter['name']}"] = str(parameter["value"])
        elif "valueFrom" not in parameter:
            raise EvaluationError(f"inputs.parameters.{parameter['name']} had no value")
    for side in ("inputs", "outputs"):
        for artifact in _listed(template, side, "artifacts"):
            if artifact.get("path"):
                found[f"{side}.artifacts.{artifact['name']}.path"] = artifact["path"]
    for parameter in _listed(template, "outputs", "parameters"):
        if path := (parameter.get("valueFrom") or {}).get("path"):
            found[f"outputs.parameters.{parameter['name']}.path"] = path
    return found


def _listed(template: Mapping[str, Any], side: str, kind: str) -> Sequence[Mapping[str, Any]]:
    return (template.get(side) or {}).get(kind) or ()


def _written(parameter: Mapping[str, Any]) -> str:
    """Write a parameter as Go does, its fields in the order of their declaration."""
    fields = (
        f"{to_json(name)}:{to_json(parameter[name])}" for name in _FIELDS if name in parameter
    )
    return f"{{{','.join(fields)}}}"
