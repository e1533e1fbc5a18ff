"""The order of a DAG: what each task waits for, and what waits for it."""

from collections.abc import Mapping
from typing import Any

from argosy.engine.language import depends
from compiler.record import mutable

Data = Mapping[str, Any]


@mutable
class Plan:
    """The tasks of a DAG by name: `logic` is what must hold, `after` what it names.

    `before` are the tasks that wait for one; `targets` decide how the DAG ends, `needed` are they
    and what they wait for.
    """

    tasks: Mapping[str, Data]
    logic: Mapping[str, str]
    after: Mapping[str, tuple[str, ...]]
    before: Mapping[str, list[str]]
    targets: tuple[str, ...]
    needed: tuple[str, ...]
    wanted: frozenset[str]


def plan(dag: Data) -> Plan:
    """Return the plan of a DAG."""
    tasks = {task["name"]: task for task in dag["tasks"]}
    logic = {name: depends.text(task, tasks) for name, task in tasks.items()}
    after = {name: depends.names(text) for name, text in logic.items()}
    before: dict[str, list[str]] = {name: [] for name in tasks}
    for name, names in after.items():
        for other in names:
            before[other].append(name)
    target = str(dag.get("target") or "").split()
    targets = tuple(target or sorted(name for name, others in before.items() if not others))
    needed = _needed(tasks, after, targets)
    return Plan(tasks, logic, after, before, targets, needed, frozenset(needed))


def _needed(
    tasks: Mapping[str, Data], after: Mapping[str, tuple[str, ...]], targets: tuple[str, ...]
) -> tuple[str, ...]:
    seen, stack = set(targets), list(targets)
    while stack:
        for name in after[stack.pop()]:
            if name not in seen:
                seen.add(name)
                stack.append(name)
    return tuple(name for name in tasks if name in seen)
