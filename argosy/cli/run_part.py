"""`--from` and `--only`: a part of a pipeline runs, the rest is as the last run left it."""

import argparse
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from argosy.cli.usage import UsageFailure
from argosy.engine import journal
from argosy.engine.adoption import moved, succeeded
from argosy.engine.language import depends
from argosy.engine.manifests import Bundle
from argosy.engine.nodes import UNASKED, Node
from compiler.record import record


@record
class _Task:
    """A task of the entrypoint, or a step: its place below the run's node, what it waits for."""

    name: str
    template: str
    place: str
    after: tuple[str, ...]


def earlier(
    args: argparse.Namespace, state: Path, name: str, bundle: Bundle
) -> tuple[Mapping[str, Node], list[str]]:
    """Return the nodes that `--from` and `--only` take from the last run, and a note of it."""
    step = args.start or args.only
    tasks = list(_tasks(bundle.spec))
    asked = _asked(step, tasks)
    run = next((r for r in journal.runs(state) if r.workflow == bundle.name), None)
    if run is None:
        raise UsageFailure(f"no run of `{bundle.name}` to take the rest from", "run all once")
    after = asked | _followers(asked, tasks)
    found = journal.known(state, run.name)
    gone = [n for n, node in found.items() if _task(node, run.name) in after]
    kept = moved(succeeded(found, run.name, gone), run.name, name)
    note = f"what `{step}` does not wait on is taken from run {run.name}"
    if args.only:
        kept |= _left_out(name, [task for task in tasks if task.name in after - asked])
        note = f"only `{step}` runs; the rest is taken from run {run.name}"
    return kept, [note]


def _tasks(spec: Mapping[str, Any]) -> Iterator[_Task]:
    """Yield what the entrypoint calls, when that is a DAG or steps."""
    templates = {str(t.get("name")): t for t in spec.get("templates") or ()}
    body = templates.get(str(spec.get("entrypoint", "")), {})
    for task in (body.get("dag") or {}).get("tasks") or ():
        after = tuple(depends.names(depends.text(task)))
        yield _Task(str(task["name"]), _template(task), f".{task['name']}", after)
    before: tuple[str, ...] = ()
    for index, group in enumerate(body.get("steps") or ()):
        for each in group:
            yield _Task(each["name"], _template(each), f"[{index}].{each['name']}", before)
        before = tuple(each["name"] for each in group)


def _template(task: Mapping[str, Any]) -> str:
    return str(task.get("template", ""))


def _asked(step: str, tasks: Collection[_Task]) -> set[str]:
    """Return the task of that name, or all those that a step with a matrix has become."""
    names = [task.name for task in tasks]
    found = {step} & {*names} or {
        task.name for task in tasks if task.template == step and task.name.startswith(f"{step}-")
    }
    if not found:
        from compiler.problems import nearest

        many = [t.template for t in tasks if t.name.startswith(f"{t.template}-")]
        known = tuple(dict.fromkeys([*many, *names]))
        raise UsageFailure(f"there is no step `{step}`", nearest(step, known))
    return found


def _task(node: Node, run: str) -> str:
    """Return the task of the entrypoint that a node belongs to."""
    return node.within(run).partition(".")[0].partition("(")[0]


def _followers(asked: set[str], tasks: Collection[_Task]) -> set[str]:
    """Return the tasks that wait for those, however long the way."""
    found: set[str] = set()
    waiting = set(asked)
    while waiting:
        waiting = {task.name for task in tasks if waiting & {*task.after}} - found
        found |= waiting
    return found


def _left_out(run: str, tasks: Collection[_Task]) -> dict[str, Node]:
    """Return ends of the tasks that are not asked for."""
    names = {f"{run}{task.place}": task.template for task in tasks}
    return {
        name: Node(name, template, "Skipped", "Omitted", UNASKED)
        for name, template in names.items()
    }
