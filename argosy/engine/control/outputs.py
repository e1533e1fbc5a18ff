"""What a DAG or a template of steps puts out (Argo's getTemplateOutputsFromScope)."""

from collections.abc import Mapping
from typing import Any

from argosy.engine.control import words
from argosy.engine.control.results import UnresolvedError, artifact
from argosy.engine.failure import EngineError
from argosy.engine.nodes import Node

Data = Mapping[str, Any]


def fill(node: Node, declared: Data, scope: Mapping[str, Any]) -> None:
    """Give `node` the outputs that its template declares; raise `EngineError` without a source."""
    for parameter in declared.get("parameters") or ():
        source = parameter.get("valueFrom") or {}
        try:
            node.parameters[parameter["name"]] = _value(source, scope)
        except EngineError:
            if source.get("default") is None:
                raise
            node.parameters[parameter["name"]] = words.shown(source["default"])
    for each in declared.get("artifacts") or ():
        if "from" not in each and "fromExpression" not in each:
            continue
        try:
            found = artifact(each, scope)
        except UnresolvedError:
            if not each.get("optional"):
                raise
        else:
            node.artifacts[each["name"]] = found


def _value(source: Data, scope: Mapping[str, Any]) -> str:
    if source.get("expression"):
        return words.output(source["expression"], scope)
    tag = str(source.get("parameter", "")).strip().removeprefix("{{").removesuffix("}}").strip()
    found = scope.get(tag)
    if found is None:
        raise UnresolvedError(tag)
    return words.shown(found)


def global_names(body: Data, node: Node) -> dict[str, Any]:
    """Return the outputs that the whole workflow sees, by their tags."""
    declared = body.get("outputs") or {}
    made: dict[str, Mapping[str, Any]] = {
        "parameters": node.parameters,
        "artifacts": node.artifacts,
    }
    return {
        f"workflow.outputs.{kind}.{each['globalName']}": values[each["name"]]
        for kind, values in made.items()
        for each in declared.get(kind) or ()
        if each.get("globalName") and each["name"] in values
    }
