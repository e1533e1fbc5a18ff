"""What tasks and steps see of those before them: `tasks.NAME.outputs.parameters.X` and the like."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from argosy.engine.control import words
from argosy.engine.failure import EngineError
from argosy.engine.nodes import Node
from compiler.record import field, mutable

_LOCALHOST = "127.0.0.1"
ITEMS = "Items"  # what stands for the items of a step, which have no node in common
_GROUPS = ("TaskGroup", ITEMS)


@mutable
class Kin:
    """What belongs to a node that holds others: the attempts of a Retry, the members of a group.

    `flow` are the phases that reach whatever depends on the node; `trouble` is why the results of
    the members cannot be read as one list.
    """

    attempts: list[Node] = field(default_factory=list)
    members: list[Node] = field(default_factory=list)
    flow: tuple[str, ...] = ()
    gathered: dict[str, str] = field(default_factory=dict)
    trouble: str = ""


class Results(Mapping[str, Any]):
    """The scope of what `nodes`, by the name of their task or step, have come to.

    `sees` tells which of them may be seen; `kin` is that of the whole run, by the node's name.
    """

    def __init__(
        self,
        prefix: str,
        nodes: Mapping[str, Node],
        kin: Mapping[str, Kin],
        sees: Callable[[str], bool] = lambda _name: True,
    ) -> None:
        self._prefix, self._nodes, self._kin, self._sees = prefix, nodes, kin, sees

    def __getitem__(self, tag: str) -> Any:
        node, name = self._found(tag)
        value = self._value(node, name)
        if value is None:
            raise KeyError(tag)
        return value

    def __iter__(self) -> Iterator[str]:
        for name, node in self._nodes.items():
            if self._sees(name):
                yield from (f"{self._prefix}.{name}.{key}" for key in self._keys(node))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _found(self, tag: str) -> tuple[Node, str]:
        prefix, _, rest = tag.partition(".")
        name, _, key = rest.partition(".")
        if prefix != self._prefix or name not in self._nodes or not self._sees(name):
            raise KeyError(tag)
        return self._nodes[name], key

    def _value(self, node: Node, key: str) -> Any:
        kin = self._kin.get(node.name)
        if node.type in _GROUPS:
            found = kin.gathered.get(key) if kin else None
            return outcome(node, key) if found is None and node.type == "TaskGroup" else found
        # Argo's buildLocalScope: of a Retry it is the last attempt that is seen
        return outcome(kin.attempts[-1] if kin and kin.attempts else node, key)

    def _keys(self, node: Node) -> Iterator[str]:
        kin = self._kin.get(node.name)
        if node.type in _GROUPS:
            yield from kin.gathered if kin else ()
            yield from ("status",) if node.type == "TaskGroup" else ()
            return
        seen = kin.attempts[-1] if kin and kin.attempts else node
        yield from (key for key in _OUTCOMES if outcome(seen, key) is not None)
        yield from (f"outputs.parameters.{name}" for name in seen.parameters)
        yield from (f"outputs.artifacts.{name}" for name in seen.artifacts)


_OUTCOMES: Mapping[str, Callable[[Node], str | None]] = {
    "id": lambda node: node.name,
    "startedAt": lambda node: timestamp(node.started) or None,
    "finishedAt": lambda node: timestamp(node.finished) or None,
    "ip": lambda node: _LOCALHOST if node.daemoned else None,
    "status": lambda node: node.phase,
    "exitCode": lambda node: None if node.exit_code is None else str(node.exit_code),
    "outputs.result": lambda node: node.result,
}


def outcome(node: Node, key: str) -> str | Path | None:
    """Return what `tasks.NAME.key` stands for (Argo's buildLocalScope); None when for nothing."""
    if key.startswith("outputs.parameters."):
        return node.parameters.get(key[19:])
    if key.startswith("outputs.artifacts."):
        return node.artifacts.get(key[18:])
    found = _OUTCOMES.get(key)
    return found(node) if found else None


def timestamp(at: float | None) -> str:
    """Write seconds since the epoch as RFC 3339."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at)) if at else ""


def gather(kin: Kin) -> None:
    """Join the outputs of the members that went well (Argo's processAggregateNodeOutputs)."""
    from argosy.engine.language.go.json_mistakes import mistake

    rows = [member for member in kin.members if member.phase == "Succeeded" and has_outputs(member)]
    results = [member.result for member in rows if member.result is not None]
    try:
        parsed = [json.loads(result) for result in results]
    except json.JSONDecodeError as error:
        kin.trouble = mistake(error.doc, error.pos)
        return
    listed = [dict(member.parameters) for member in rows if member.parameters]
    kin.gathered = {
        "outputs.result": words.to_json(parsed),
        "outputs.parameters": words.to_json(listed),
    }
    for name in dict.fromkeys(name for row in listed for name in row):
        values = [row[name] for row in listed if name in row]
        kin.gathered[f"outputs.parameters.{name}"] = _joined(values)


def has_outputs(node: Node) -> bool:
    """Whether Argo would note any outputs of the node."""
    return bool(node.parameters or node.artifacts) or node.result is not None


def _joined(values: list[str]) -> str:
    """Write a list of texts; of structures, when each is one (aggregatedJSONValueList)."""
    try:
        parsed = [json.loads(value) for value in values]
    except ValueError:
        return words.to_json(values)
    structures = all(isinstance(value, list | dict) for value in parsed)
    return words.to_json(parsed if structures else values)


class UnresolvedError(EngineError):
    """A reference names what is not there; the message is Argo's."""

    def __init__(self, tag: str) -> None:
        super().__init__(f'Unable to resolve: "{tag}"')


def artifact(reference: Mapping[str, Any], scope: Mapping[str, Any]) -> Any:
    """Return what an artifact's `from` or `fromExpression` names; raise `EngineError`."""
    if "fromExpression" in reference:
        found = words.evaluate(reference["fromExpression"], scope)
    else:
        tag = reference["from"].strip().removeprefix("{{").removesuffix("}}").strip()
        found = words.evaluate(tag[1:], scope) if tag.startswith("=") else scope.get(tag)
        if found is None:
            raise UnresolvedError(tag)
    if not isinstance(found, Path | Mapping):
        raise EngineError(f"Variable {{{{{reference['name']}}}}} is not an artifact")
    return _inside(found, reference, scope)


def _inside(found: Any, reference: Mapping[str, Any], scope: Mapping[str, Any]) -> Any:
    inner = words.substitute(reference.get("subPath", ""), scope)
    return found / inner.lstrip("/") if inner and isinstance(found, Path) else found
