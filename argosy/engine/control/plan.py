"""The order of a DAG: what each task waits for, and what waits for it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Data = Mapping[str, Any]
# Argo's taskNameRegex: `NAME.Result` or `NAME`
_NAME = re.compile(r"([a-zA-Z0-9][-a-zA-Z0-9_]*?)\.([A-Z][a-zA-Z]+)|([a-zA-Z0-9][-a-zA-Z0-9_]*)")


@dataclass(slots=True)
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
    logic = {name: _logic(task, tasks) for name, task in tasks.items()}
    after = {name: _names(text) for name, text in logic.items()}
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


def _logic(task: Data, tasks: Mapping[str, Data]) -> str:
    """Return what a task waits for, with its results spelled out (Argo's GetTaskDependencies)."""
    if task.get("depends"):
        return _NAME.sub(lambda match: _spelled(match, tasks), str(task["depends"]))
    return " && ".join(_fine(name, tasks) for name in task.get("dependencies") or ())


def _spelled(match: re.Match[str], tasks: Mapping[str, Data]) -> str:
    return _fine(match[3], tasks) if match[3] else match[0]


def _fine(name: str, tasks: Mapping[str, Data]) -> str:
    goes_on = tasks.get(name, {}).get("continueOn") or {}
    results = ["Succeeded", "Skipped", "Daemoned"]
    results += ["Errored"] if goes_on.get("error") else []
    results += ["Failed"] if goes_on.get("failed") else []
    return f"({' || '.join(f'{name}.{result}' for result in results)})"


def _names(logic: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(match[1] for match in _NAME.finditer(logic) if match[1]))
