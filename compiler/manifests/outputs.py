"""Outputs of templates: what they may say, and the names by which others know them."""

from compiler.manifests import names
from compiler.manifests.artifacts import check_path
from compiler.manifests.context import Context, Scope
from compiler.manifests.findings import Path
from compiler.manifests.holders import Data, artifacts, is_leaf, kind, mapping, parameters, words
from compiler.manifests.lookup import look_up
from compiler.manifests.tags import ANY_OUTPUT, PLACEHOLDER, text

_SOURCES = ("path", "jqFilter", "jsonPath", "parameter", "expression")
_RESULT = ("container", "script", "data", "http", "plugin")


def publish(ctx: Context, template: Data | None, prefix: str, scope: Scope, *, many: bool) -> None:
    """Add to `scope` what others may read of a node; `many`: it is a loop."""
    fields = ["id", "startedAt", "finishedAt", "hostNodeName"]
    if template is None:
        scope.update({f"{prefix}.{name}": True for name in fields})
        return
    fields += ["ip"] * bool(template.get("daemon"))
    if _has_result(template) or (many and kind(template) in ("script", "containerSet")):
        fields += ["outputs.result", "exitCode"]
    fields += ["outputs.parameters"] * many
    for sort, items in _outputs(template):
        for item in items:
            fields.append(f"outputs.{sort}.{item.get('name')}")
            _publish_globally(ctx, sort, words(item.get("globalName")), scope)
    scope.update({f"{prefix}.{name}": True for name in fields})


def _outputs(template: Data) -> list[tuple[str, list[Data]]]:
    return [
        ("parameters", parameters(template, "outputs")),
        ("artifacts", artifacts(template, "outputs")),
    ]


def _has_result(template: Data) -> bool:
    containers = mapping(template.get("containerSet")).get("containers")
    named = [mapping(c).get("name") for c in (containers if isinstance(containers, list) else [])]
    return "main" in named or any(template.get(name) is not None for name in _RESULT)


def _publish_globally(ctx: Context, sort: str, name: str, scope: Scope) -> None:
    if names.holds_tag(name):
        scope[ANY_OUTPUT[sort == "artifacts"]] = True
    elif name:
        scope[f"workflow.outputs.{sort}.{name}"] = True
        ctx.known[f"workflow.outputs.{sort}.{name}"] = PLACEHOLDER


def check(ctx: Context, template: Data, path: Path, scope: Scope) -> None:
    """Report outputs without a source, or with one that their kind of template does not have."""
    at = (*path, "outputs")
    for sort, items in _outputs(template):
        names.check_all(ctx, items, (*at, sort), data=True)
    look_up(ctx, text(template.get("outputs")), scope, at)
    for index, artifact in enumerate(artifacts(template, "outputs")):
        _artifact(ctx, template, artifact, (*at, "artifacts", index))
    for index, parameter in enumerate(parameters(template, "outputs")):
        here = (*at, "parameters", index)
        _source(ctx, parameter, here)
        if parameter.get("valueFrom") is not None:
            _source_of_kind(ctx, template, parameter, here)
        names.check_global(ctx, parameter, here)


def _artifact(ctx: Context, template: Data, artifact: Data, path: Path) -> None:
    if is_leaf(template):
        check_path(ctx, artifact, path)
    elif artifact.get("path"):
        ctx.report("V40", (*path, "path"), "path only valid in container/script templates")
    names.check_global(ctx, artifact, path)


def _source(ctx: Context, parameter: Data, path: Path) -> None:
    name, source = words(parameter.get("name")), parameter.get("valueFrom")
    if parameter.get("value") is not None:
        if source is not None:
            message = f"{name} has both valueFrom and value specified. Choose one."
            ctx.report("V43", path, message)
        return
    if source is None:
        ctx.report("V43", path, f"{name} does not have valueFrom or value specified")
        return
    body = mapping(source)
    count = sum(bool(body.get(key)) for key in _SOURCES) + (body.get("supplied") is not None)
    if count != 1:
        what = "multiple valueFrom types specified" if count else "valueFrom type unspecified"
        message = f"{what}. choose one of: {', '.join(_SOURCES)}"
        ctx.report("V43", (*path, "valueFrom"), message)


def _source_of_kind(ctx: Context, template: Data, parameter: Data, path: Path) -> None:
    body, sort, message = mapping(parameter.get("valueFrom")), kind(template), ""
    if sort in ("container", "containerSet", "script") and not body.get("path"):
        message = f"path must be specified for {sort} templates"
    elif sort == "resource" and not (body.get("jqFilter") or body.get("jsonPath")):
        message = "jqFilter or jsonPath must be specified for resource templates"
    elif sort in ("dag", "steps"):
        count = bool(body.get("parameter")) + bool(body.get("expression"))
        if count != 1:
            message = f"one of parameter or expression must be specified for {sort} templates"
    if message:
        ctx.report("V44", (*path, "valueFrom"), message)
