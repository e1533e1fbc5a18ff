"""Templates that run no container of a step's own: the question of an approval, an object."""

import json
from collections.abc import Mapping
from typing import Any

from compiler import expression, lifecycle
from compiler.emit import text as yaml
from compiler.pipeline import Approval, Pipeline, Resource, Step
from compiler.reference import Reference, references, substitute, whole
from compiler.variables import argument, run_term

_CONVERTED = {
    "integer": "toJson(asInt({}))",
    "number": "toJson(asFloat({}))",
    "boolean": "{} == 'true'",
    "list": "{}",
}


def ask(step: Step, action: Approval) -> dict[str, Any]:
    """Return the suspended template that asks for a decision; when time is up it is no."""
    supplied: dict[str, Any] = {"supplied": {}}
    if action.timeout:
        supplied["default"] = "reject"
    who = f"approve or reject; to be decided by {', '.join(action.approvers)}"
    description = who if action.approvers else "approve or reject"
    decision = {"name": "decision", "description": description, "enum": ["approve", "reject"]}
    return {
        "name": lifecycle.ask(step),
        "inputs": {"parameters": [{"name": "message"}, {**decision, "value": "approve"}]},
        "outputs": {"parameters": [{"name": "decision", "valueFrom": supplied}]},
        "suspend": {"duration": action.timeout} if action.timeout else {},
    }


def resource(pipeline: Pipeline, step: Step, action: Resource) -> dict[str, Any]:
    """Return the template that makes an object and waits for its condition.

    References become JSON by expressions, so that no value can change the object's shape.
    """
    spelled: list[str] = []
    mark = _absent(action.manifest)

    def hide(data: Any) -> Any:
        if isinstance(data, str) and any(references(data)):
            spelled.append(_expression(pipeline, step, data))
            return f"{mark}{len(spelled) - 1}-"
        if isinstance(data, str):
            return substitute(data, str)
        if isinstance(data, Mapping):
            return {key: hide(value) for key, value in data.items()}
        return [hide(item) for item in data] if isinstance(data, list) else data

    first, *parts = yaml(hide(action.manifest)).replace("$", "$$").split(mark)
    tails = [part.partition("-") for part in parts]
    manifest = first + "".join(f"{{{{={spelled[int(n)]}}}}}{tail}" for n, _, tail in tails)
    found = {
        "action": action.action,
        "setOwnerReference": action.action == "create",
        "successCondition": action.success,
        "failureCondition": action.failure,
        "manifest": manifest,
    }
    return {key: value for key, value in found.items() if value}


def _absent(manifest: Any) -> str:
    """Return a plain word that no text of `manifest` holds."""
    mark, texts = "argosy-value-", json.dumps(manifest, ensure_ascii=False)
    while mark in texts:
        mark = f"x{mark}"
    return mark


def _expression(pipeline: Pipeline, step: Step, text: str) -> str:
    reference = whole(text)
    if reference:
        convert = _CONVERTED.get(_kind(pipeline, step, reference), "toJson({})")
        return convert.format(_spelled(pipeline, reference))
    parts, position = [], 0
    for found in references(text):
        parts += [_literal(text[position : found.start]), _spelled(pipeline, found)]
        position = found.end
    parts.append(_literal(text[position:]))
    return f"toJson({' + '.join(part for part in parts if part != _literal(''))})"


def _literal(text: str) -> str:
    return expression.quoted(substitute(text, str).replace("$", "$$"))


def _spelled(pipeline: Pipeline, reference: Reference) -> str:
    """Write a reference as expressions inside the template see it."""
    namespace, path = reference.namespace, reference.path
    if namespace == "params":
        return f"workflow.parameters['{path}']"
    if namespace == "steps":
        return f"inputs.parameters['{argument(*reference.output)}']"
    if namespace != "run":
        return f"inputs.parameters['{namespace}-{path}']"
    return run_term(pipeline, path)


def _kind(pipeline: Pipeline, step: Step, reference: Reference) -> str:
    namespace, path = reference.namespace, reference.path
    if namespace == "params":
        return next(p.type for p in pipeline.params if p.name == path)
    if namespace == "steps":
        source = pipeline.step(reference.output[0])
        output = source.output(reference.output[1])
        return "list" if source.fan.many or not output else output.type
    if namespace == "inputs":
        return next(entry.type for entry in step.inputs if entry.name == path)
    return dict(step.fan.axes).get(path, "string")
