"""DAG templates: tasks, what they wait for, and what they may refer to."""

from collections import Counter
from collections.abc import Container, Mapping
from typing import Any

from compiler.manifests import arguments, depends, names, outputs
from compiler.manifests.context import Context, Layers, Scope
from compiler.manifests.findings import Path
from compiler.manifests.holders import Data, Holder, artifacts, mapping, mappings, parameters, words
from compiler.manifests.lookup import look_up
from compiler.manifests.loops import add_items, loops
from compiler.manifests.serial import ordered
from compiler.manifests.tags import PLACEHOLDER, text


def check(ctx: Context, base: Holder, template: Data, path: Path, scope: Scope) -> None:
    """Report what is wrong with a DAG template and with what its tasks call."""
    dag, at = mapping(template.get("dag")), (*path, "dag", "tasks")
    tasks = mappings(dag.get("tasks"))
    if not tasks:
        ctx.report("V60", at, "must have at least one task")
        return
    named = {words(task.get("name")): task for task in tasks}
    ancestors = depends.ancestors(named)
    if not _sortable(ctx, tasks, at, ancestors):
        return
    names.check_all(ctx, tasks, at, data=False)
    _style(ctx, tasks, at)
    for index, task in enumerate(tasks):
        name, here = words(task.get("name")), (*at, index)
        called = ctx.visit(ctx, base, task, here, None)
        prefix, many = f"tasks.{name}", loops(task) and task.get("withSequence") is None
        outputs.publish(ctx, called, prefix, scope, many=many)
        _results(ctx, task, named, here)
    _target(ctx, dag, named, path, scope)
    for index, task in enumerate(tasks):
        _task(ctx, base, task, (*at, index), scope, ancestors)


def _sortable(
    ctx: Context, tasks: list[Data], at: Path, ancestors: Mapping[str, depends.Names]
) -> bool:
    """Report names that are taken twice, dependencies on nothing, and cycles."""
    count = Counter(words(task.get("name")) for task in tasks)
    for index, task in enumerate(tasks):
        name = words(task.get("name"))
        if count[name] > 1:
            ctx.report("V63", (*at, index, "name"), f"sorting failed: duplicated nodeName {name}")
            return False
    fine = True
    for index, task in enumerate(tasks):
        for name in depends.needed(task):
            if name not in count:
                key = "depends" if task.get("depends") else "dependencies"
                message = f"sorting failed: invalid dependency {name}"
                ctx.report("V61", (*at, index, key), message)
                fine = False
    for index, task in enumerate(tasks):
        name = words(task.get("name"))
        if fine and name in ancestors[name]:
            ctx.report("V62", (*at, index), "sorting failed: graph with cycle")
            return False
    return fine


def _style(ctx: Context, tasks: list[Data], at: Path) -> None:
    using = any(task.get("depends") for task in tasks)
    for index, task in enumerate(tasks):
        name, older = words(task.get("name")), task.get("dependencies")
        if (using or older) and name[:1].isdecimal():
            message = (
                f"{name} name cannot begin with a digit when using either 'depends' or "
                "'dependencies'"
            )
            ctx.report("V64", (*at, index, "name"), message)
        if using and older:
            message = "cannot use both 'depends' and 'dependencies' in the same DAG template"
            ctx.report("V65", (*at, index, "dependencies"), message)
        if using and task.get("continueOn") is not None:
            message = (
                "cannot use 'continueOn' when using 'depends'. Instead use "
                "'dep-task.Failed'/'dep-task.Errored'"
            )
            ctx.report("V66", (*at, index, "continueOn"), message)


def _results(ctx: Context, task: Data, named: Mapping[str, Data], at: Path) -> None:
    for name, result in depends.unknown_results(task):
        message = f"task result '{result}' for task '{name}' is invalid"
        ctx.report("V67", (*at, "depends"), message)
    for name, of_items in depends.needed(task).items():
        if of_items and not loops(named[name]):
            message = (
                f"dependency '{name}' uses an items-based condition such as .AnySucceeded or "
                ".AllFailed but does not contain any items"
            )
            ctx.report("V68", (*at, "depends"), message)


def _target(ctx: Context, dag: Data, named: Mapping[str, Any], path: Path, scope: Scope) -> None:
    target, at = words(dag.get("target")), (*path, "dag", "target")
    look_up(ctx, target, scope | ctx.known, at)
    for name in target.split(" ") if target else ():
        if not names.holds_tag(name) and name not in named:
            ctx.report("V70", at, f"targets: target '{name}' is not defined")


class _Statuses(Container[str]):
    """The tags of the statuses of some tasks."""

    def __init__(self, names: depends.Names) -> None:
        self.names = names

    def __contains__(self, tag: object) -> bool:
        return (
            isinstance(tag, str)
            and tag.startswith("tasks.")
            and tag.endswith(".status")
            and tag[6:-7] in self.names
        )


def _task(
    ctx: Context,
    base: Holder,
    task: Data,
    at: Path,
    scope: Scope,
    before: Mapping[str, depends.Names],
) -> None:
    name = words(task.get("name"))
    if task.get("hooks") is not None:
        scope[f"tasks.{name}.status"] = True
    mine: Scope = {}
    for parameter in parameters(mapping(task.get("inline")), "inputs"):
        mine[f"inputs.parameters.{parameter.get('name')}"] = PLACEHOLDER
    add_items(ctx, task, at, mine)
    known = Layers(mine, scope, ctx.known, _Statuses(before[name]))
    if "{{" in text(task):
        written = text(ordered(task, "task"))
        look_up(ctx, written, known, at, lambda t: f"V5{3 if t.endswith('.status') else 1}")
    arguments.check(ctx, task.get("arguments"), (*at, "arguments"), lenient=False)
    _data(ctx, task, at, before[name])
    ctx.visit(ctx, base, task, at, mapping(task.get("arguments")))


def _data(ctx: Context, task: Data, at: Path, ancestors: depends.Names) -> None:
    given = [(p, "parameter", words(p.get("value"))) for p in parameters(task, "arguments")]
    given += [(a, "artifact", words(a.get("from"))) for a in artifacts(task, "arguments")]
    for item, sort, value in given:
        other = value.split(".")[1] if value.startswith("{{tasks.") else ""
        if value.startswith("{{tasks.") and other not in ancestors:
            message = f"missing dependency '{other}' for {sort} '{item.get('name')}'"
            ctx.report("V69", (*at, "arguments"), message)
