"""The graph of one DAG: which task may start, with which arguments, and how the DAG ended."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from argosy.engine.failure import EngineError
from argosy.engine.lane import Lane
from argosy.engine.language import EvaluationError, depends, output, substitute
from argosy.engine.language.values import to_json
from argosy.engine.nodes import BAD, Node

_ITEM = re.compile(r"\{\{item[^}]*\}\}")


@dataclass
class Graph:
    """A DAG in execution: its tasks, and the nodes and group members that stand for them."""

    node: Node
    template: Mapping[str, Any]
    values: Mapping[str, str]
    artifacts: Mapping[str, Path]
    nodes: dict[str, Node] = field(default_factory=dict)
    groups: dict[str, list[Node]] = field(default_factory=dict)
    lanes: tuple[Lane, ...] = ()
    begun: list[Node] = field(default_factory=list)

    def lanes_of(self, node: Node) -> tuple[Lane, ...]:
        """Return the lanes of a node right below this DAG."""
        limit = self.template.get("parallelism")
        return (*self.lanes, *([Lane(int(limit), self.begun, node)] if limit else []))

    @property
    def tasks(self) -> list[Mapping[str, Any]]:
        """The tasks, as declared."""
        found: list[Mapping[str, Any]] = self.template["dag"]["tasks"]
        return found

    def waiting(self) -> list[Mapping[str, Any]]:
        """The tasks without a node whose dependencies have all ended."""
        return [
            task
            for task in self.tasks
            if task["name"] not in self.nodes
            and all(
                name in self.nodes and self.nodes[name].waited
                for name in depends.names(depends.text(task))
            )
        ]

    def scope(self) -> dict[str, str]:
        """The names that arguments and conditions of tasks see."""
        known = dict(self.values)
        for name, node in self.nodes.items():
            known[f"tasks.{name}.status"] = node.phase
            for key, value in node.parameters.items():
                known[f"tasks.{name}.outputs.parameters.{key}"] = value
        return known

    def results(self) -> dict[str, dict[str, bool]]:
        """How the tasks that have ended did, as `depends` sees it."""
        return {
            name: depends.results(
                node.phase,
                daemoned=node.daemoned,
                members=[member.phase for member in self.groups.get(name, ())],
            )
            for name, node in self.nodes.items()
        }

    def arguments(
        self, task: Mapping[str, Any], item: Mapping[str, str]
    ) -> tuple[dict[str, str], dict[str, Path]]:
        """Return the parameters and artifacts that `task` hands to its template."""
        given = task.get("arguments", {})
        scope = {**self.scope(), **item}
        parameters = {p["name"]: substitute(p["value"], scope) for p in given.get("parameters", ())}
        artifacts = {
            a["name"]: path
            for a in given.get("artifacts", ())
            if (path := self._artifact(a["from"], optional=a.get("optional", False)))
        }
        return parameters, artifacts

    def _artifact(self, source: str, *, optional: bool) -> Path | None:
        parts = source.strip("{} ").split(".")
        if parts[:2] == ["inputs", "artifacts"] and parts[2] in self.artifacts:
            return self.artifacts[parts[2]]
        if parts[0] == "tasks" and parts[-1] in (node := self.nodes[parts[1]]).artifacts:
            return node.artifacts[parts[-1]]
        if optional:
            return None
        raise EngineError(f'Unable to resolve: "{source.strip("{} ")}"')

    def outputs(self) -> tuple[dict[str, str], dict[str, Path]]:
        """Return what the template puts out of the finished DAG; raise if it is not there."""
        scope, declared = self.scope(), self.template.get("outputs", {})
        parameters = {p["name"]: _output(p, scope) for p in declared.get("parameters", ())}
        artifacts = {
            a["name"]: path
            for a in declared.get("artifacts", ())
            if (path := self._artifact(a["from"], optional=a.get("optional", False)))
        }
        return parameters, artifacts

    def phase(self) -> str:
        """The phase of the finished DAG: that of its branches' ends (Argo's assessDAGPhase).

        A task that was omitted or skipped hands on the phase of what came before it.
        """
        named = {name for task in self.tasks for name in depends.names(depends.text(task))}
        ends = [task["name"] for task in self.tasks if task["name"] not in named]
        phases = [self._branch(name) for name in ends]
        return next((phase for phase in phases if phase in BAD), "Succeeded")

    def _branch(self, name: str) -> str:
        node = self.nodes[name]
        if node.phase in (*BAD, "Succeeded"):
            return node.phase
        task = next(task for task in self.tasks if task["name"] == name)
        before = [self._branch(n) for n in depends.names(depends.text(task))]
        return next((phase for phase in before if phase in BAD), "Succeeded")


def _output(parameter: Mapping[str, Any], scope: Mapping[str, str]) -> str:
    source = parameter["valueFrom"]
    tag = source.get("parameter", "").strip("{} ")
    try:
        if "expression" in source:
            return output(source["expression"], scope)
        if tag in scope:
            return scope[tag]
        raise EngineError(f'Unable to resolve: "{tag}"')
    except (EngineError, EvaluationError):
        if "default" not in source:
            raise
        return str(source["default"])


def items(task: Mapping[str, Any], scope: Mapping[str, str]) -> list[Any] | None:
    """Return what a task fans out over, or None when it does not."""
    if task.get("withItems"):
        found: list[Any] = substitute(task["withItems"], scope)
        return found
    if "withParam" not in task:
        return None
    text = substitute(task["withParam"], scope)
    try:
        decoded = json.loads(text)
    except ValueError:
        raise EngineError(f"withParam value could not be parsed as a JSON list: {text}") from None
    if not isinstance(decoded, list):
        raise EngineError(f"withParam value is no JSON list: {text}")
    return decoded


def item_values(item: Any) -> dict[str, str]:
    """Return the tags that an item of a fan-out defines."""
    if isinstance(item, Mapping):
        fields = {f"item.{key}": _shown(value) for key, value in item.items()}
        return {"item": json.dumps(item, separators=(",", ":")), **fields}
    return {"item": _shown(item)}


def refuse_unresolved(tasks: list[Mapping[str, Any]]) -> None:
    """Raise `EngineError` when an item lacks a field that its task, which has no `when`, reads."""
    for task in tasks:
        lacking = _ITEM.search(json.dumps(task.get("arguments", {})))
        if lacking and "when" not in task:
            raise EngineError(f"failed to resolve {lacking[0]}")


def item_name(index: int, item: Any) -> str:
    """Return how Argo marks the member of a fan-out: `0:value`."""
    if isinstance(item, Mapping):
        return f"{index}:" + ",".join(f"{k}:{_shown(v)}" for k, v in sorted(item.items()))
    return f"{index}:{_shown(item)}"


def gather(group: Node, members: list[Node]) -> None:
    """Set the phase and the aggregated outputs of a fan-out whose members have all ended."""
    group.phase = next((m.phase for m in members if m.phase in BAD), "Succeeded")
    finished = [member for member in members if member.phase == "Succeeded"]
    for key in {key for member in finished for key in member.parameters}:
        group.parameters[key] = to_json(
            [m.parameters[key] for m in finished if key in m.parameters]
        )


def _shown(value: Any) -> str:
    """Write an item as Argo hands it on: a text as in JSON, without its quotes."""
    text = json.dumps(value, ensure_ascii=False)
    return text[1:-1] if isinstance(value, str) else text


def width(spec: Mapping[str, Any]) -> int | None:
    """Return how many tasks of the first DAG may run at once; None for any number."""
    templates = (t for t in spec["templates"] if t["name"] == spec["entrypoint"])
    return next((template.get("parallelism") for template in templates), None)
