"""The two passes that a template goes through before it runs (Argo's common.SubstituteParams)."""

from collections.abc import Mapping
from typing import Any

from argosy.engine.language.errors import EvaluationError
from argosy.engine.language.scope import Layers
from argosy.engine.language.tags import substitute
from argosy.engine.language.values import to_json

_FIELDS = ("name", "default", "value", "valueFrom", "globalName", "enum", "description")


def resolve(template: Mapping[str, Any], scope: Mapping[str, str]) -> Mapping[str, Any]:
    """Return a template with the tags replaced that `scope` and its own inputs know.

    The values of its inputs must be in place (`inputs.parameters[].value`): they are looked at
    first, so that one may hold tags of `scope`; then they are put in, and looked at once more.
    Raise `EvaluationError` for an input without a value, `SubstitutionError` as `substitute`.
    """
    first = substitute(template, scope)
    return substitute(first, Layers(inputs(first), scope))


def inputs(template: Mapping[str, Any]) -> dict[str, str]:
    """Return the names that a template defines for itself: inputs, and paths of what it makes."""
    given = template.get("inputs", {})
    listed = ",".join(map(_written, given.get("parameters", ())))
    found = {"inputs.parameters": f"[{listed}]" if listed else "null"}
    for parameter in given.get("parameters", ()):
        if "value" in parameter:
            found[f"inputs.parameters.{parameter['name']}"] = str(parameter["value"])
        elif "valueFrom" not in parameter:
            raise EvaluationError(f"inputs.parameters.{parameter['name']} had no value")
    for side in ("inputs", "outputs"):
        for artifact in template.get(side, {}).get("artifacts", ()):
            if artifact.get("path"):
                found[f"{side}.artifacts.{artifact['name']}.path"] = artifact["path"]
    for parameter in template.get("outputs", {}).get("parameters", ()):
        if path := parameter.get("valueFrom", {}).get("path"):
            found[f"outputs.parameters.{parameter['name']}.path"] = path
    return found


def _written(parameter: Mapping[str, Any]) -> str:
    """Write a parameter as Go does, its fields in the order of their declaration."""
    fields = (
        f"{to_json(name)}:{to_json(parameter[name])}" for name in _FIELDS if name in parameter
    )
    return f"{{{','.join(fields)}}}"
