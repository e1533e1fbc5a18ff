"""`argosy run --dry-run`: what would run, without running it."""

from collections.abc import Mapping, Sequence
from typing import Any

from argosy.cli import terminal
from argosy.cli.run_events import line
from argosy.cli.runnable import Runnable
from argosy.engine.language import depends
from argosy.engine.nodes import Node
from compiler.convention import RESERVED


def show(
    found: Runnable,
    values: Mapping[str, str],
    known: Mapping[str, Node],
    notes: Sequence[str],
    *,
    machine: bool,
) -> int:
    """Tell the parameters and the steps of the entrypoint in their order."""
    spec = found.manifests.spec
    given = {p["name"]: str(p.get("value", p.get("default", ""))) for p in found.parameters}
    given = {name: text for name, text in {**given, **values}.items() if name != RESERVED}
    kept = {node.display_name for node in known.values() if node.phase == "Succeeded"}
    steps = [_described(task, kept) for task in _ordered(spec)]
    if machine:
        body = {"version": 1, "workflow": found.manifests.name, "parameters": given}
        terminal.out_bytes(line({**body, "steps": steps, "notes": list(notes)}))
        return 0
    for note in notes:
        terminal.talk(f"note: {note}")
    terminal.out(f"{found.manifests.name} would run {len(steps)} steps")
    for name, text in given.items():
        terminal.out(f"  -p {name}={text}")
    for step in steps:
        told = [f"after {step['depends']}" if step["depends"] else ""]
        told += [f"when {step['when']}" if step["when"] else ""]
        told += [f"for each of {step['items']}" if step["items"] else ""]
        told += ["taken from an earlier run" if step["known"] else ""]
        words = "  ".join(word for word in told if word)
        terminal.out(f"  · {step['name']}  {words}".rstrip())
    terminal.talk("next: the same without --dry-run")
    return 0


def _ordered(spec: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the tasks of the entrypoint, each behind those that it waits for."""
    templates = {str(t.get("name")): t for t in spec.get("templates") or ()}
    first = templates.get(str(spec.get("entrypoint", "")), {})
    if first.get("steps"):
        groups = (g if isinstance(g, list) else [g] for g in first["steps"])
        return [step for group in groups for step in group]
    tasks = {task["name"]: task for task in (first.get("dag") or {}).get("tasks") or ()}
    if not tasks:
        return [{"name": spec.get("entrypoint"), "template": spec.get("entrypoint")}]
    from graphlib import TopologicalSorter

    before = {name: depends.names(depends.text(task)) for name, task in tasks.items()}
    return [tasks[name] for name in TopologicalSorter(before).static_order() if name in tasks]


def _described(task: Mapping[str, Any], kept: set[str]) -> dict[str, Any]:
    items = task.get("withParam") or task.get("withItems") or task.get("withSequence") or ""
    return {
        "name": str(task.get("name")),
        "template": str(task.get("template", "")),
        "depends": str(task.get("depends") or ", ".join(task.get("dependencies") or ())),
        "when": str(task.get("when") or ""),
        "items": str(items),
        "known": task.get("name") in kept,
    }
