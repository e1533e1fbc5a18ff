"""Arguments that callers give, and the inputs that they fill."""

from collections.abc import Mapping
from typing import Any

from compiler.manifests import names
from compiler.manifests.artifacts import has_source
from compiler.manifests.context import Arguments, Context
from compiler.manifests.findings import Path
from compiler.manifests.holders import Data, artifacts, mapping, mappings, parameters, words
from compiler.manifests.serial import ordered
from compiler.manifests.tags import PLACEHOLDER, is_open, replaced, text

_SUPPLIED = ("configMapKeyRef", "supplied")
_ELSEWHERE = ("path", "jsonPath", "parameter", "expression")


def check(ctx: Context, arguments: Any, path: Path, *, lenient: bool) -> None:
    """Report arguments without value or source; `lenient`: values may come at submission."""
    found = mapping(arguments)
    given = mappings(found.get("parameters"))
    names.check_all(ctx, given, (*path, "parameters"), data=True)
    names.check_all(ctx, mappings(found.get("artifacts")), (*path, "artifacts"), data=True)
    for index, parameter in enumerate(given):
        at = (*path, "parameters", index)
        _sources(ctx, parameter, at, lenient=lenient)
        if parameter.get("enum") is not None and not _allowed(ctx, parameter, at, lenient=lenient):
            return  # and looks no further, as Argo does
    for index, artifact in enumerate(mappings(found.get("artifacts"))):
        at, name = (*path, "artifacts", index), words(artifact.get("name"))
        if not artifact.get("from") and not has_source(artifact):
            ctx.report("V48", at, f"{name}.from, artifact location, or key is required")
        if artifact.get("from") and artifact.get("fromExpression"):
            message = f"{name} shouldn't have both `from` and `fromExpression` in Artifact"
            ctx.report("V49", at, message)


def _sources(ctx: Context, parameter: Data, at: Path, *, lenient: bool) -> None:
    name, source = words(parameter.get("name")), parameter.get("valueFrom")
    if source is None:
        if parameter.get("value") is None and not lenient:
            message = f"{name}.value or {name}.valueFrom is required"
            ctx.report("V45", at, message)
        return
    held = mapping(source)
    supplied = any(held.get(key) is not None for key in _SUPPLIED) or held.get("event")
    if not supplied or any(held.get(key) for key in _ELSEWHERE):
        message = f"{name}.valueFrom only allows: default, configMapKeyRef and supplied"
        ctx.report("V46", (*at, "valueFrom"), message)


def _allowed(ctx: Context, parameter: Data, at: Path, *, lenient: bool) -> bool:
    """Report a value outside its enum; return whether Argo goes on to the next argument."""
    name, options = words(parameter.get("name")), parameter["enum"]
    value = parameter.get("value")
    if not options:
        ctx.report("V47", (*at, "enum"), f"{name}.enum should contain at least one value")
    elif value is None:
        if not lenient:
            ctx.report("V47", at, f"{name}.value is required")
        return not lenient
    elif words(value) not in [words(option) for option in options]:
        message = f"{name}.value should be present in {name}.enum list"
        ctx.report("V47", (*at, "value"), message)
    return True


def processed(
    ctx: Context, template: Data, arguments: Arguments, path: Path, local: Mapping[str, str]
) -> Data:
    """Return a template with its inputs filled and what tags are known replaced.

    Report the inputs that nobody fills.
    """
    inputs = dict(mapping(template.get("inputs")))
    if filled := [_filled(ctx, item, arguments, path) for item in parameters(template, "inputs")]:
        inputs["parameters"] = filled
    if taken := [_taken(ctx, item, arguments, path) for item in artifacts(template, "inputs")]:
        inputs["artifacts"] = taken
    if template.get("steps") == []:  # written and read again, an empty list is gone
        template = {key: value for key, value in template.items() if key != "steps"}
    values = {**ctx.known, **local}
    whole = ordered({**template, "inputs": inputs}, "template")
    if is_open(text(whole)):
        ctx.report("V51", path, 'Cannot find end tag="}}"')
    whole = mapping(replaced(whole, values))
    return mapping(replaced(whole, {**values, **_known_inside(whole)}))


def unfilled(ctx: Context, template: Data, arguments: Arguments, path: Path) -> None:
    """Report the inputs of a template that nobody fills."""
    for parameter in parameters(template, "inputs"):
        _filled(ctx, parameter, arguments, path)
    for artifact in artifacts(template, "inputs"):
        _taken(ctx, artifact, arguments, path)


def _known_inside(template: Data) -> dict[str, str]:
    """Return the values of inputs, and the paths of files, that tags of a template stand for."""
    given = parameters(template, "inputs")
    values = {
        f"inputs.parameters.{parameter.get('name')}": words(parameter["value"])
        for parameter in given
        if parameter.get("value") is not None
    }
    values["inputs.parameters"] = text(given)
    for side in ("inputs", "outputs"):
        for artifact in artifacts(template, side):
            if artifact.get("path"):
                values[f"{side}.artifacts.{artifact.get('name')}.path"] = words(artifact["path"])
    for parameter in parameters(template, "outputs"):
        if file := mapping(parameter.get("valueFrom")).get("path"):
            values[f"outputs.parameters.{parameter.get('name')}.path"] = words(file)
    return values


def _named(arguments: Data, kind: str, name: str) -> Data | None:
    items = mappings(arguments.get(kind))
    return next((item for item in items if words(item.get("name")) == name), None)


def _filled(ctx: Context, parameter: Data, arguments: Arguments, path: Path) -> Data:
    name = words(parameter.get("name"))
    found = dict(parameter)
    if found.get("value") is None and found.get("default") is not None:
        found["value"] = found["default"]
    given: Data | None = {"value": PLACEHOLDER}
    if arguments is not None:
        given = _named(arguments, "parameters", name)
    if given is not None and given.get("value") is not None:
        found |= {"value": given["value"], "valueFrom": None}
    elif given is not None:
        found |= {"value": None, "valueFrom": given.get("valueFrom")}
    from_map = mapping(found.get("valueFrom")).get("configMapKeyRef")
    if found.get("value") is None and from_map is None:
        ctx.report("V50", path, f"inputs.parameters.{name} was not supplied")
    return found


def _taken(ctx: Context, artifact: Data, arguments: Arguments, path: Path) -> Data:
    name = words(artifact.get("name"))
    given = {"name": name} if arguments is None else _named(arguments, "artifacts", name)
    if given is None:
        if not artifact.get("optional") and not has_source(artifact):
            ctx.report("V50", path, f"inputs.artifacts.{name} was not supplied")
        return artifact
    kept = {key: artifact[key] for key in ("path", "mode", "recurseMode") if key in artifact}
    return {**{key: v for key, v in given.items() if key not in kept}, **kept}
