"""A spec whole: arguments, entrypoint, exit, every template; and what schedules it."""

from collections.abc import Mapping
from typing import Any

from compiler.cron import CronError, fields, values
from compiler.manifests import arguments, selectors, steps, template
from compiler.manifests.context import Arguments, Context
from compiler.manifests.findings import Path
from compiler.manifests.holders import Data, Holder, Library, mapping, mappings, words
from compiler.manifests.names import check_all
from compiler.manifests.tags import PLACEHOLDER

STRATEGIES = (
    *("", "OnPodCompletion", "OnPodSuccess", "OnWorkflowCompletion", "OnWorkflowSuccess"),
)
POLICIES = ("Allow", "Forbid", "Replace", "")
_ALWAYS = (
    *("workflow.name", "workflow.namespace", "workflow.mainEntrypoint"),
    *("workflow.serviceAccountName", "workflow.uid", "workflow.status"),
    *("workflow.annotations", "workflow.annotations.json"),
    *("workflow.labels", "workflow.labels.json"),
)


def context(library: Library, namespace: str, *, template_alone: bool, lenient: bool) -> Context:
    """Return a fresh validation; the two flags as `Context` has them."""
    return Context(library, namespace, template_alone, lenient, template.visit)


def check(ctx: Context, spec: Data, metadata: Data, path: Path) -> None:
    """Report what Argo's validator rejects of a spec and of all that it calls."""
    reference, base = spec.get("workflowTemplateRef"), Holder("local", spec, path)
    held, given = spec, mapping(spec.get("arguments"))
    if reference is not None:
        at = (*path, "workflowTemplateRef")
        if spec.get("templates"):
            message = "Templates is invalid field in spec if workflow referred WorkflowTemplate"
            ctx.report("V09", (*path, "templates"), f"{message} reference")
            return
        found = ctx.library.holder(ctx.namespace, mapping(reference))
        if found is None:
            name = words(mapping(reference).get("name"))
            ctx.report("V56", at, f'couldn\'t find workflow template "{name}"')
            return
        held, base, ctx.away = found.spec, found, at
        given = _merged(given, mapping(held.get("arguments")))
    check_all(ctx, mappings(spec.get("templates")), (*path, "templates"), data=False)
    arguments.check(ctx, given, (*path, "arguments"), lenient=ctx.lenient)
    _learn(ctx, spec, held, metadata, given)
    _templates(ctx, base, spec, held, given, path)


def submitted(ctx: Context, base: Holder) -> None:
    """Report what the controller refuses of a run of a WorkflowTemplate, with no arguments."""
    given = mapping(base.spec.get("arguments"))
    arguments.check(ctx, given, (*base.path, "arguments"), lenient=False)
    _learn(ctx, base.spec, base.spec, {}, given)
    _templates(ctx, base, base.spec, base.spec, given, base.path)


def _merged(given: Data, defaults: Data) -> Data:
    merged = {}
    for key in ("parameters", "artifacts"):
        items = mappings(given.get(key))
        own = {words(item.get("name")) for item in items}
        merged[key] = items + [
            item for item in mappings(defaults.get(key)) if words(item.get("name")) not in own
        ]
    return merged


def _learn(ctx: Context, spec: Data, held: Data, metadata: Data, given: Data) -> None:
    """Add the names that stand for the whole workflow."""
    found = dict.fromkeys(_ALWAYS, PLACEHOLDER)
    for parameter in mappings(given.get("parameters")):
        found |= {"workflow.parameters": PLACEHOLDER, "workflow.parameters.json": PLACEHOLDER}
        value = parameter.get("value")
        shown = PLACEHOLDER if value is None else words(value)
        found[f"workflow.parameters.{words(parameter.get('name'))}"] = shown
    added = [mapping(part.get("workflowMetadata")) for part in (spec, held)]
    for sort, keys in (("labels", ("labels", "labelsFrom")), ("annotations", ("annotations",))):
        for part in (metadata, *added):
            for key in keys:
                found |= {f"workflow.{sort}.{n}": PLACEHOLDER for n in mapping(part.get(key))}
    if spec.get("priority") is not None:
        found["workflow.priority"] = words(spec["priority"])
    ctx.known |= found


def _templates(ctx: Context, base: Holder, spec: Data, held: Data, given: Data, path: Path) -> None:
    entrypoint = words(spec.get("entrypoint") or held.get("entrypoint"))
    if entrypoint:
        _call(ctx, base, entrypoint, (*path, "entrypoint"), None if ctx.template else given)
    elif not ctx.template:
        ctx.report("V10", (*path, "entrypoint"), "spec.entrypoint is required")
    leaving = words(spec.get("onExit") or held.get("onExit"))
    if leaving:
        ctx.known["workflow.failures"] = PLACEHOLDER
        _call(ctx, base, leaving, (*path, "onExit"), mapping(spec.get("arguments")))
    steps.check_hooks(ctx, mapping(spec.get("hooks")), (*path, "hooks"))
    _cleaning(ctx, mapping(spec.get("podGC")), (*path, "podGC"))
    for index, each in enumerate(mappings(base.spec.get("templates"))):
        if name := words(each.get("name")):
            _call(ctx, base, name, (*path, "templates", index), None)


def _call(ctx: Context, base: Holder, name: str, at: Path, given: Arguments) -> None:
    if base.template(name) is None:
        ctx.report("V11", at, f"template name '{name}' undefined")
    else:
        template.visit(ctx, base, {"template": name}, at, given)


def _cleaning(ctx: Context, body: Data, path: Path) -> None:
    strategy = words(body.get("strategy"))
    if strategy not in STRATEGIES:
        ctx.report("V12", (*path, "strategy"), f"podGC.strategy unknown strategy '{strategy}'")
    for message in selectors.wrong(body.get("labelSelector")):
        at = (*path, "labelSelector")
        ctx.report("V12", at, f"podGC.labelSelector invalid: {message}")


def check_schedule(ctx: Context, spec: Data) -> None:
    """Report what Argo's validator rejects of a CronWorkflow beside its `workflowSpec`."""
    schedule, schedules = words(spec.get("schedule")), spec.get("schedules")
    lines = [words(each) for each in schedules] if isinstance(schedules, list) else []
    if schedule and lines:
        message = "cron workflow cant be configured with both Spec.Schedule and Spec.Schedules"
        ctx.report("V04", ("spec", "schedule"), message)
    at: Path = ("spec", "schedule") if schedule else ("spec", "schedules")
    for line in [schedule] if schedule else lines:
        if wrong := _malformed(line):
            ctx.report("V05", at, f"cron schedule {line} is malformed: {wrong}")
    policy = words(spec.get("concurrencyPolicy"))
    if policy not in POLICIES:
        at = ("spec", "concurrencyPolicy")
        ctx.report("V07", at, f"'{policy}' is not a valid concurrencyPolicy")
    deadline: Any = spec.get("startingDeadlineSeconds")
    if isinstance(deadline, int) and deadline < 0:
        at = ("spec", "startingDeadlineSeconds")
        ctx.report("V08", at, "startingDeadlineSeconds must be positive")


def _malformed(line: str) -> str:
    body = line
    if line.startswith(("TZ=", "CRON_TZ=")):
        body = line.partition(" ")[2]
    try:
        values(fields(body))
    except CronError as error:
        return str(error)
    return ""


def cron_metadata(name: str, spec: Data) -> Mapping[str, Any]:
    """Return the metadata that a run of the CronWorkflow `name` has."""
    added = mapping(spec.get("workflowMetadata"))
    return {
        "labels": {
            **mapping(added.get("labels")),
            "workflows.argoproj.io/cron-workflow": name,
        },
        "annotations": {
            **mapping(added.get("annotations")),
            "workflows.argoproj.io/scheduled-time": "",
        },
    }
