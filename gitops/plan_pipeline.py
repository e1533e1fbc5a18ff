"""Two folders of one pipeline → its changes."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from compiler.record import replace
from gitops.plan_change import Change, ordered
from gitops.plan_code import Code, code_changes, content, take_code
from gitops.plan_difference import canonical, counted_lines, differences, ends, same, shown
from gitops.plan_facts import (
    NOTHING,
    Facts,
    account_changes,
    facts,
    model_changes,
    secret_changes,
)
from gitops.plan_matrix import candidate_changes
from gitops.plan_metadata import told_once
from gitops.plan_options import follows
from gitops.plan_read import SCHEDULE, Folder, rewrite
from gitops.plan_schedule import schedule_changes
from gitops.plan_step import other, step_changes, summary
from gitops.plan_view import StepView, View, view

_SOURCE = "argosy-source"
_SCRIPT = re.compile(r"\.argosy/(.+)\.(?:sh|py)")


def pipeline_changes(before: Folder, after: Folder, now: datetime | None) -> tuple[Change, ...]:
    """Return all that changes, the gravest first; what has no words of its own comes by path."""
    old, new = before.objects, after.objects
    found = [*_schedules(old, new, now), *_fact_changes(facts(before), facts(after))]
    if "workflowtemplate" in old and "workflowtemplate" in new:
        found += _definition_changes(old, new)
    else:
        found += _object_changes("workflowtemplate", old, new)
        found += _object_changes("configmap", old, new)
    found += _object_changes("limit", old, new)
    found += other_changes(before.others, after.others)
    return ordered(told_once(found or _derived_changes(before, after)))


def created_changes(folder: Folder, now: datetime | None) -> tuple[Change, ...]:
    """Return what a new pipeline brings: steps, parameters, its schedule, its code."""
    found = [*_schedules({}, folder.objects, now), *_fact_changes(NOTHING, facts(folder))]
    template = folder.objects.get("workflowtemplate")
    if template is not None:
        code, template, _ = take_code(template, folder.objects.get("configmap", {}))
        seen = view(template, tuple(code))
        found += [_added(step) for step in seen.steps.values()]
        own = {name: value for name, value in seen.parameters.items() if name != _SOURCE}
        found += _parameter_changes({}, own)
        found += code_changes({}, code, {}, frozenset(_scripts(code, seen.steps)))
    found += _object_changes("limit", {}, folder.objects)
    return ordered([*found, *other_changes({}, folder.others)])


def removed_changes(folder: Folder) -> tuple[Change, ...]:
    """Return what goes with a pipeline: its schedule and its steps."""
    found = list(_schedules(folder.objects, {}, None))
    template = folder.objects.get("workflowtemplate")
    if template is not None:
        found += [_removed(step) for step in view(template).steps.values()]
    found += _object_changes("limit", folder.objects, {})
    return ordered([*found, *other_changes(folder.others, {})])


def _fact_changes(before: Facts, after: Facts) -> Iterator[Change]:
    yield from account_changes(before, after)
    yield from secret_changes(before, after)
    yield from model_changes(before, after)


def identity(folder: Folder, names: re.Pattern[str]) -> str:
    """Return what two pipelines share that differ in no more than `names`."""
    return names.sub("(name)", canonical([folder.objects, sorted(folder.others.values())]))


def other_changes(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> Iterator[Change]:
    """Yield the files that came, went or changed, which are no objects of a pipeline."""
    for path in sorted({*before, *after}):
        old, new = before.get(path), after.get(path)
        if old == new:
            continue
        texts = _decoded(old), _decoded(new)
        if old is None:
            yield Change("added", "file", path, "", f"{len(new or b'')} bytes", "attention")
        elif new is None:
            yield Change("removed", "file", path, "", f"{len(old)} bytes", "danger")
        else:
            text = counted_lines(*texts)
            yield Change("changed", "file", path, "", text, "attention", *texts)


def _decoded(content: bytes | None) -> str:
    return (content or b"").decode("utf-8", "backslashreplace")


def _schedules(
    before: Mapping[str, Mapping[str, Any]],
    after: Mapping[str, Mapping[str, Any]],
    now: datetime | None,
) -> Iterator[Change]:
    """Yield the changes of each schedule; of several, each has a name of its own."""
    for key in sorted(key for key in {*before, *after} if key.startswith(SCHEDULE)):
        _, _, name = key.removeprefix(SCHEDULE).partition(".")
        yield from schedule_changes(name, _cron(before, key), _cron(after, key), now)


def _cron(objects: Mapping[str, Mapping[str, Any]], key: str) -> Mapping[str, Any] | None:
    """Return a CronWorkflow; a spec of its own that repeats the template's is not told twice."""
    cron, template = objects.get(key), objects.get("workflowtemplate", {})
    own, spec = (side.get("spec") if side else None for side in (cron, template))
    inner = own.get("workflowSpec") if isinstance(own, Mapping) else None
    if cron is None or not isinstance(inner, Mapping) or not isinstance(spec, Mapping):
        return cron
    repeated = {
        key: "(as the template's)" if key in spec and same(value, spec[key]) else value
        for key, value in inner.items()
    }
    return {**cron, "spec": {**dict(own or {}), "workflowSpec": repeated}}


def _definition_changes(
    before: Mapping[str, Mapping[str, Any]], after: Mapping[str, Mapping[str, Any]]
) -> Iterator[Change]:
    sides = [
        take_code(objects["workflowtemplate"], objects.get("configmap", {}))
        for objects in (before, after)
    ]
    (old_code, old_template, old_map), (new_code, new_template, new_map) = sides
    new = view(new_template, tuple(new_code))
    old = view(old_template, tuple(old_code))
    renames = dict(_renames(old, new, old_code, new_code))
    if renames:
        old = view(_renamed(old_template, old, renames), tuple(old_code))
        old_code = dict(_renamed_code(old_code, renames))
    yield from _step_changes(old, new, renames)
    yield from _parameter_changes(old.parameters, new.parameters)
    quiet = {*_scripts(old_code, old.steps), *_scripts(new_code, new.steps)}
    shared = {name: step for name, step in new.steps.items() if name in old.steps}
    scripts = _scripts({**old_code, **new_code}, shared)
    yield from code_changes(old_code, new_code, scripts, frozenset(quiet - scripts.keys()))
    yield from _rest_changes("", old.rest, new.rest)
    yield from _rest_changes("configmap", old_map, new_map)


def _rest_changes(path: str, before: Any, after: Any) -> Iterator[Change]:
    for difference in differences(before, after):
        if difference.path == "spec.serviceAccountName":
            continue  # told as what it is
        if difference.path == "spec.onExit":
            text = str(replace(difference, path=""))
            values = ends(difference.before, difference.after)
            yield Change("changed", "exit handler", "", "", text, "attention", *values)
        else:
            yield other(path, replace(difference, path=difference.path.removeprefix("spec.")))


def _step_changes(before: View, after: View, renames: Mapping[str, str]) -> Iterator[Change]:
    for name, step in before.steps.items():
        if name not in after.steps:
            yield _removed(step)
    former = {new: old for old, new in renames.items()}
    for name, step in after.steps.items():
        if name in former:
            text = f"possibly renamed from {former[name]} (same content)"
            yield Change("renamed", "step", name, "", text, "attention", former[name], name)
        if name not in before.steps:
            yield _added(step)
            continue
        found = [*step_changes(before.steps[name], step)]
        found += candidate_changes(before.steps[name], step)
        yield from (c for c in found if not follows(c, after) and not _implied(c, before, after))


def _implied(change: Change, before: View, after: View) -> bool:
    """Whether the candidates are just all instances of a step, as they were before."""
    if change.aspect != "candidates":
        return False
    return any(
        name in before.steps
        and _are_instances(change.before, before.steps[name])
        and _are_instances(change.after, step)
        for name, step in after.steps.items()
    )


def _are_instances(candidates: list[str], step: StepView) -> bool:
    axes = {
        name: ",".join(f"{axis}={value}" for axis, value in task.matrix.items())
        for name, task in step.tasks.items()
    }
    return candidates == [f"{name}:{values}" for name, values in axes.items()]


def _added(step: StepView) -> Change:
    template = {**step.template, "tasks": {n: t.matrix for n, t in step.tasks.items()}}
    subject = "handler" if step.handler else "step"
    return Change("added", subject, step.name, "", summary(step), "info", None, template)


def _removed(step: StepView) -> Change:
    subject = "handler" if step.handler else "step"
    count = f"{len(step.tasks)} instances" if len(step.tasks) > 1 else ""
    return Change("removed", subject, step.name, "", count, "danger", dict(step.template), None)


def _parameter_changes(
    before: Mapping[str, Mapping[str, Any]], after: Mapping[str, Mapping[str, Any]]
) -> Iterator[Change]:
    for name in dict.fromkeys([*before, *after]):
        old, new = before.get(name), after.get(name)
        if old is None and new is not None:
            default = f"default {shown(new['value'])}" if "value" in new else "no default"
            yield Change("added", "parameter", name, "", default, "info", None, new)
        elif new is None:
            yield Change("removed", "parameter", name, "", "", "attention", old, None)
        elif not same(old, new):
            texts = [str(difference) for difference in differences(_worded(old), _worded(new))]
            yield Change("changed", "parameter", name, "", ", ".join(texts), "info", old, new)


def _worded(parameter: Any) -> dict[str, Any]:
    return {{"value": "default"}.get(key, key): value for key, value in parameter.items()}


def _scripts(code: Code, steps: Mapping[str, StepView]) -> dict[str, str]:
    """Return the code files that are the script of one of `steps`, and of which."""
    found = {path: match[1] for path in code if (match := _SCRIPT.fullmatch(path))}
    return {path: step for path, step in found.items() if step in steps}


def _renames(before: View, after: View, old: Code, new: Code) -> Iterator[tuple[str, str]]:
    """Yield steps that are gone and steps that came with the very same content."""
    gone = [step for name, step in before.steps.items() if name not in after.steps]
    come = [step for name, step in after.steps.items() if name not in before.steps]
    for step in gone:
        mine = _step_identity(step, old)
        twin = next((other for other in come if _step_identity(other, new) == mine), None)
        if twin is not None:
            come.remove(twin)
            yield step.name, twin.name


def _step_identity(step: StepView, code: Code) -> str:
    own = re.compile(rf"(?<![A-Za-z0-9]){re.escape(step.name)}(?![A-Za-z0-9])")
    scripts = [content(code[path]) for path in _scripts(code, {step.name: step})]
    matrices = [task.matrix for task in step.tasks.values()]
    return own.sub("(this)", canonical([step.template, step.candidates, matrices])) + str(scripts)


def _renamed(template: Mapping[str, Any], seen: View, renames: Mapping[str, str]) -> dict[str, Any]:
    """Return the template as it was, with the new names of its tasks: those changes are no news."""
    tasks = {
        task: new + task.removeprefix(old)
        for old, new in renames.items()
        for task in [old, *seen.steps[old].tasks]
    }
    names = "|".join(sorted(map(re.escape, tasks), key=len, reverse=True))
    own = re.compile(rf"(?<![-A-Za-z0-9])(?:{names})(?![-A-Za-z0-9])")
    dags = set(_dag_names(template))

    def change(text: str) -> str:
        return own.sub(lambda match: tasks[match[0]], text)

    spec = dict(template["spec"])
    spec["templates"] = [
        rewrite(item, change) if item.get("name") in {*dags, *renames} else item
        for item in spec["templates"]
    ]
    return {**template, "spec": spec}


def _dag_names(template: Mapping[str, Any]) -> Iterator[str]:
    yield from (item["name"] for item in template["spec"]["templates"] if "dag" in item)


def _renamed_code(code: Code, renames: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    for path, file in code.items():
        match = _SCRIPT.fullmatch(path)
        if match and match[1] in renames:
            moved = (f"argosy/{match[1]}.", f"argosy/{renames[match[1]]}.")
            keyed = tuple(part.replace("/", "__") for part in moved)
            item = rewrite(file, lambda t, m=moved, k=keyed: t.replace(*m).replace(*k))["item"]
            yield path.replace(*moved), {**file, "item": item}
        else:
            yield path, file


def _object_changes(
    kind: str, before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[Change]:
    """Yield the changes of an object that came or went, or has no pipeline beside it."""
    old, new = before.get(kind), after.get(kind)
    if old is not None and new is not None:
        yield from (other(kind, difference) for difference in differences(old, new))
    elif old is not None:
        yield Change("removed", "object", kind, "", "", "danger", old, None)
    elif new is not None:
        yield Change("added", "object", kind, "", "", "attention", None, new)


def _derived_changes(before: Folder, after: Folder) -> Iterator[Change]:
    """Yield the changes of names and digests that should only come with other changes."""
    for key, title in (("digest", "digest"), ("code", "name of the code ConfigMap")):
        old, new = before.derived[key], after.derived[key]
        if old != new:
            text = f"{shown(old)} → {shown(new)}"
            yield Change("changed", "other", title, "", text, "info", old, new)
