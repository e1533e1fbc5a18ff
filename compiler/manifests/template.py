"""A template as a caller meets it: looked up, its inputs filled, checked once."""

import re
from typing import Any

from compiler.manifests import graph, leaf, metrics, names, outputs, steps
from compiler.manifests.arguments import processed, unfilled
from compiler.manifests.artifacts import check_location, check_path
from compiler.manifests.context import Arguments, Context, Scope
from compiler.manifests.findings import Path
from compiler.manifests.holders import (
    Data,
    Holder,
    artifacts,
    is_leaf,
    is_pod,
    kind,
    mapping,
    mappings,
    parameters,
    types,
    words,
)
from compiler.manifests.tags import PLACEHOLDER, RETRY, is_open, simple, text

POLICIES = ("Always", "OnError", "OnFailure", "OnTransientError", "")
_INTEGER = re.compile(r"[-+]?[0-9]+")


def visit(ctx: Context, base: Holder, caller: Data, at: Path, given: Arguments) -> Data | None:
    """Check the template that `caller` names; return it, or None if there is none."""
    reference, name = caller.get("templateRef"), words(caller.get("template"))
    if caller.get("inline") is not None:
        return _resolved(ctx, base, mapping(caller["inline"]), (*at, "inline"), given)
    if reference is not None:
        return _referred(ctx, caller, at, given)
    found = base.template(name)
    if found is None:
        ctx.report("V11", (*at, "template"), f"template name '{name}' undefined")
        return None
    return _resolved(ctx, base, found[0], found[1], given)


def _referred(ctx: Context, caller: Data, at: Path, given: Arguments) -> Data | None:
    reference, here = mapping(caller["templateRef"]), (*at, "templateRef")
    if caller.get("template"):
        ctx.report("V55", here, "template name cannot be specified with templateRef.")
        return None
    for key, what in (("name", "resource name"), ("template", "template name")):
        if not reference.get(key):
            ctx.report("V56", here, f"{what} is required")
            return None
    if next(simple(text(reference)), None) is not None:
        return None  # a name made at run time
    holder = ctx.library.holder(ctx.namespace, reference)
    if holder is None:
        message = f'couldn\'t find workflow template "{reference["name"]}"'
        ctx.report("V56", here, f'{message} in namespace "{ctx.namespace}"')
        return None
    found = holder.template(words(reference["template"]))
    if found is None:
        message = f"template reference {reference['name']}.{reference['template']} not found"
        ctx.report("V56", here, message)
        return None
    outer, ctx.away = ctx.away, here if ctx.away is None else ctx.away
    resolved = _resolved(ctx, holder, found[0], found[1], given)
    ctx.away = outer
    return resolved


def _resolved(
    ctx: Context, base: Holder, template: Data, path: Path, given: Arguments
) -> Data | None:
    found = types(template)
    if not found:
        ctx.report("V17", path, f"template '{words(template.get('name'))}' type is unknown")
        return None
    if len(found) > 1:
        message = f"multiple template types specified. choose one of: {', '.join(found)}"
        ctx.report("V18", path, message)
        return None
    policy = words(mapping(template.get("retryStrategy")).get("retryPolicy"))
    if policy not in POLICIES:
        at = (*path, "retryStrategy", "retryPolicy")
        ctx.report("V28", at, f"{policy} is not a valid RetryPolicy")
    _check(ctx, base, template, path, given)
    return template


def _check(ctx: Context, base: Holder, template: Data, path: Path, given: Arguments) -> None:
    key = (base.key, words(template.get("name")))
    if key in ctx.seen and _is_plain(template, given):
        unfilled(ctx, template, given, path)
        return
    scope = _inputs(ctx, template, path)
    for index, container in enumerate(mappings(template.get("initContainers"))):
        if not container.get("name"):
            message = "initContainers must all have container name"
            ctx.report("V27", (*path, "initContainers", index), message)
    local = _local(template)
    scope |= local
    if is_leaf(template):
        scope |= _files(template)
    filled = processed(ctx, _with_metadata(base, template), given, path, local)
    _timeout(ctx, filled, path)
    if key in ctx.seen:
        return
    ctx.seen.add(key)
    scope |= ctx.known
    _body(ctx, base, filled, path, scope)
    outputs.check(ctx, filled, path, scope | ctx.known)
    check_location(ctx, mapping(filled.get("archiveLocation")), (*path, "archiveLocation"))
    metrics.check(ctx, mapping(filled.get("metrics")), (*path, "metrics"))


def _is_plain(template: Data, given: Arguments) -> bool:
    """Whether one more call can only leave inputs open: no value changes what else is read."""
    tagged = "{{" in words(template.get("timeout"))
    return not tagged and (given is None or not is_open(text(given)))


def _body(ctx: Context, base: Holder, template: Data, path: Path, scope: Scope) -> None:
    sort = kind(template)
    if sort in ("steps", "dag"):
        if template.get("activeDeadlineSeconds") is not None:
            at = (*path, "activeDeadlineSeconds")
            ctx.report("V19", at, "activeDeadlineSeconds is only valid for leaf templates")
        (steps if sort == "steps" else graph).check(ctx, base, template, path, scope)
    else:
        leaf.check(ctx, base, template, path, scope)


def _with_metadata(base: Holder, template: Data) -> Data:
    """Return a template with the labels and annotations that every pod of the spec gets."""
    common = base.spec.get("podMetadata")
    if common is None:
        return template
    own = mapping(template.get("metadata"))
    merged = {
        key: {**mapping(own.get(key)), **mapping(mapping(common).get(key))}
        for key in ("labels", "annotations")
    }
    return {**template, "metadata": merged}


def _inputs(ctx: Context, template: Data, path: Path) -> Scope:
    at, given = (*path, "inputs"), parameters(template, "inputs")
    names.check_all(ctx, given, (*at, "parameters"), data=True)
    names.check_all(ctx, artifacts(template, "inputs"), (*at, "artifacts"), data=True)
    scope: dict[str, Any] = {f"inputs.parameters.{p.get('name')}": True for p in given}
    if given:
        scope["inputs.parameters"] = True
    for index, artifact in enumerate(artifacts(template, "inputs")):
        name, here = f"inputs.artifacts.{artifact.get('name')}", (*at, "artifacts", index)
        scope[name] = True
        if is_leaf(template):
            check_path(ctx, artifact, here)
            scope[f"{name}.path"] = True
        elif artifact.get("path"):
            ctx.report("V40", (*here, "path"), "path only valid in container/script templates")
        if artifact.get("from"):
            ctx.report("V42", (*here, "from"), "from not valid in inputs")
        check_location(ctx, artifact, here)
    return scope


def _local(template: Data) -> dict[str, str]:
    found = [*(("pod.name",) if is_pod(template) else ())]
    found += RETRY if template.get("retryStrategy") is not None else ()
    return dict.fromkeys(found, PLACEHOLDER)


def _files(template: Data) -> Scope:
    found = {
        f"outputs.artifacts.{artifact.get('name')}.path": True
        for artifact in artifacts(template, "outputs")
        if artifact.get("path")
    }
    return found | {
        f"outputs.parameters.{parameter.get('name')}.path": True
        for parameter in parameters(template, "outputs")
        if mapping(parameter.get("valueFrom")).get("path")
    }


def _timeout(ctx: Context, template: Data, path: Path) -> None:
    timeout, at = words(template.get("timeout")), (*path, "timeout")
    if timeout and not is_leaf(template):
        ctx.report("V21", at, f"{kind(template)} template doesn't support timeout field.")
    elif _INTEGER.fullmatch(timeout):
        name = words(template.get("name"))
        ctx.report("V22", at, f"{name} has invalid duration format in timeout.")
