"""Two views of a step → what changed in it, side by side of what a step is."""

import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from compiler.record import record
from gitops.plan_change import Change, Severity
from gitops.plan_data import copied
from gitops.plan_difference import (
    MISSING,
    Difference,
    canonical,
    differences,
    ends,
    same,
    shown,
    shown_change,
)
from gitops.plan_hardware import hardware_summary, hardware_texts
from gitops.plan_matrix import matrix_changes
from gitops.plan_options import option_changes
from gitops.plan_view import StepView, Task, flags, pop_named
from gitops.plan_volumes import take_volumes, volume_texts

_GRAVE = re.compile(r"serviceAccount|securityContext|[vV]olume|hostNetwork|podSpecPatch|Secret")
_PRIVATE = re.compile(r"passw|token|secret|api_?key|credential|private_?key", re.IGNORECASE)


@record
class Aspect:
    """One side of a step: how to take it out of the template, and how to put a change in words."""

    name: str
    severity: Severity
    take: Callable[[dict[str, Any]], Any]
    describe: Callable[[Any, Any], list[str]]


def step_changes(before: StepView, after: StepView) -> Iterator[Change]:
    """Yield what changed in a step that stays, or was renamed to `after.name`."""
    yield from matrix_changes(before, after)
    yield from _template_changes(before, after)
    yield from _task_changes(before, after)
    if before.handler != after.handler:
        text = "now runs only after the end" if after.handler else "now part of the pipeline itself"
        yield Change("changed", "step", after.name, "exit handler", text, "attention")


def summary(step: StepView) -> str:
    """Say in a line what a step is: kind, image, hardware, what it waits for."""
    template = copied(step.template)
    taken = {aspect.name: aspect.take(template) for aspect in ASPECTS}
    waits = _waits([*step.tasks.values()])
    parts = [
        f"{len(step.tasks)} instances" if len(step.tasks) > 1 else "",
        f"image {shown(taken['image'])}" if taken["image"] is not MISSING else "",
        hardware_summary(taken["hardware"]),
        f"waits for {', '.join(waits)}" if waits else "",
    ]
    return ", ".join(part for part in parts if part)


def other(path: str, difference: Difference) -> Change:
    """Return the change for a difference that has no words of its own."""
    full = ".".join(part for part in (path, difference.path) if part).replace(".[", "[")
    severity: Severity = "attention" if _GRAVE.search(full) else "info"
    before, after = ends(difference.before, difference.after)
    action = {difference.before is MISSING: "added", difference.after is MISSING: "removed"}
    kind: Any = action.get(True, "changed")
    text = shown_change(difference.before, difference.after)
    return Change(kind, "other", full, "", text, severity, before, after)


def _template_changes(before: StepView, after: StepView) -> Iterator[Change]:
    if same(before.template, after.template):
        return
    old, new = copied(before.template), copied(after.template)
    options = [flags(side.get("container") or {}) for side in (old, new)]
    if all(options):
        for side in (old, new):
            del side["container"]["args"]
        yield from option_changes(after.name, *options)
    for aspect in ASPECTS:
        values = aspect.take(old), aspect.take(new)
        if not same(*values):
            text = ", ".join(aspect.describe(*values))
            ends = _parted(*values)
            yield Change("changed", "step", after.name, aspect.name, text, aspect.severity, *ends)
    for difference in differences(old, new):
        yield other(f"templates.{after.name}", difference)


def _task_changes(before: StepView, after: StepView) -> Iterator[Change]:
    """Compare each task with its former self, a new one with the first that was there."""
    first = next(iter(before.tasks.values()), None)
    found: dict[str, tuple[list[str], list[Change]]] = {}
    for name, task in after.tasks.items():
        former = before.tasks.get(name, first)
        changes = list(_body_changes("\0", former, task)) if former else []
        found.setdefault(canonical([vars(change) for change in changes]), ([], changes))[0].append(
            name
        )
    for names, changes in found.values():
        owners = [after.name] if len(names) == len(after.tasks) else names
        for owner in owners:
            yield from (_owned(change, owner) for change in changes)


def _owned(change: Change, owner: str) -> Change:
    values = {**vars(change), "name": change.name.replace("\0", owner)}
    return Change(**values)


def _body_changes(name: str, before: Task, after: Task) -> Iterator[Change]:
    if same(before.body, after.body):
        return
    old, new = copied(before.body), copied(after.body)
    waits = old.pop("depends", MISSING), new.pop("depends", MISSING)
    if not same(*waits):
        text = ", ".join(_edge_texts(*waits))
        yield Change("changed", "step", name, "edges", text, "info", *_parted(*waits))
    condition = old.pop("when", MISSING), new.pop("when", MISSING)
    if not same(*condition):
        text = shown_change(*condition)
        yield Change("changed", "step", name, "when", text, "attention", *_parted(*condition))
    for difference in differences(old, new):
        yield other(f"tasks.{name}", difference)


def _parted(before: Any, after: Any) -> tuple[Any, Any]:
    """Return both as data, without the entries they share and without what is private."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        shared = [key for key in before if same(before[key], after.get(key, MISSING))]
        before, after = (
            {key: _public(key, value) for key, value in side.items() if key not in shared}
            for side in (before, after)
        )
    return ends(before, after)


def _public(name: str, value: Any) -> Any:
    literal = isinstance(value, Mapping) and "value" in value
    return {**value, "value": "(redacted)"} if literal and _PRIVATE.search(name) else value


def _waits(tasks: list[Task]) -> list[str]:
    terms = [task.body.get("depends") for task in tasks]
    found = [term for item in terms if isinstance(item, list) for term in item]
    return list(dict.fromkeys(_awaited(term) for term in found))


def _awaited(term: str) -> str:
    return term.strip("(").split(".")[0]


def _edge_texts(before: Any, after: Any) -> list[str]:
    """Say for whom a step waits no longer or also, and which condition is another one."""
    sides = [[] if side is MISSING else side for side in (before, after)]
    if not all(isinstance(side, list) for side in sides):
        return [shown_change(before, after)]
    old, new = ({_awaited(term): term for term in side} for side in sides)
    gone, come = [n for n in old if n not in new], [n for n in new if n not in old]
    texts = [f"no longer waits for {', '.join(gone)}"] if gone else []
    texts += [f"now also waits for {', '.join(come)}"] if come else []
    plain = [old[n] for n in gone] + [new[n] for n in come]
    texts += [f"({term})" for term in plain if not term.endswith(f"{_awaited(term)}.Succeeded")]
    texts += [f"{old[n]} → {new[n]}" for n in old if n in new and old[n] != new[n]]
    return texts or [shown_change(", ".join(sides[0]), ", ".join(sides[1]))]


def _at(*path: str) -> Callable[[dict[str, Any]], Any]:
    """Return a function that takes the value at `path` out of a template."""

    def take(template: dict[str, Any]) -> Any:
        owner: Any = template
        for key in path[:-1]:
            owner = owner.get(key) if isinstance(owner, dict) else None
        return owner.pop(path[-1], MISSING) if isinstance(owner, dict) else MISSING

    return take


def _take_hardware(template: dict[str, Any]) -> dict[str, Any]:
    fields = ("nodeSelector", "tolerations", "affinity", "priorityClassName")
    paths = (("container", "resources"), *((field,) for field in fields))
    found = {path[-1]: _at(*path)(template) for path in paths}
    return {key: value for key, value in found.items() if value is not MISSING}


def _take_command(template: dict[str, Any]) -> list[Any]:
    parts = [_at("container", key)(template) for key in ("command", "args")]
    return [None if part is MISSING else part for part in parts]


def _take_env(*, secret: bool) -> Callable[[dict[str, Any]], Any]:
    """Take the variables that come from secrets, or then all that are left."""

    def take(template: dict[str, Any]) -> Any:
        container = template.get("container")
        named = pop_named(container, "env")
        if not secret or not named:
            return named
        chosen = {n: v for n, v in named.items() if "secretKeyRef" in canonical(v)}
        rest = [{"name": n, **v} for n, v in named.items() if n not in chosen]
        if isinstance(container, dict):
            container["env"] = rest
        return chosen

    return take


def _one(before: Any, after: Any) -> list[str]:
    return [shown_change(before, after)]


def _paths(before: Any, after: Any) -> list[str]:
    sides = [{} if side is MISSING else side for side in (before, after)]
    return [str(difference) for difference in differences(*sides)]


def _command(before: list[Any], after: list[Any]) -> list[str]:
    old, new = _joined(before), _joined(after)
    if old is None or new is None or old == new:
        return [shown_change(canonical(before), canonical(after))]
    return [shown_change(old, new)]


def _joined(command: list[Any]) -> str | None:
    """Return command and arguments as a shell would have them; None if they are no words."""
    words = [word for part in command if isinstance(part, list) for word in part]
    proper = all(part is None or isinstance(part, list) for part in command)
    return shlex.join(words) if proper and all(isinstance(word, str) for word in words) else None


def _env(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    texts = []
    for name in dict.fromkeys([*before, *after]):
        values = [_value(name, side.get(name, MISSING)) for side in (before, after)]
        if same(before.get(name, MISSING), after.get(name, MISSING)):
            continue
        text = str(Difference(name, *values))
        texts.append(f"{name} changed (redacted)" if values[0] == values[1] else text)
    return texts


def _value(name: str, variable: Any) -> Any:
    if variable is MISSING:
        return MISSING
    variable = _public(name, variable)
    if isinstance(variable, Mapping) and variable.keys() == {"value"}:
        return variable["value"]
    source = variable.get("valueFrom") if isinstance(variable, Mapping) else None
    secret = source.get("secretKeyRef") if isinstance(source, Mapping) else None
    if isinstance(secret, Mapping) and secret.keys() == {"name", "key"} and len(source or ()) == 1:
        return f"secret {secret['name']} ({secret['key']})"
    return variable


ASPECTS = (
    Aspect("image", "attention", _at("container", "image"), _one),
    Aspect("hardware", "attention", _take_hardware, hardware_texts),
    Aspect("volumes", "attention", take_volumes, volume_texts),
    Aspect("command", "info", _take_command, _command),
    Aspect("secrets", "attention", _take_env(secret=True), _env),
    Aspect("env", "info", _take_env(secret=False), _env),
    Aspect("inputs", "info", _at("inputs"), _paths),
    Aspect("outputs", "info", _at("outputs"), _paths),
    Aspect("retries", "info", _at("retryStrategy"), _paths),
    Aspect("timeout", "info", _at("timeout"), _one),
)
