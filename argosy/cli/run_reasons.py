"""Why a step ran or did not, in words, from what the journal holds."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from argosy.cli.records import above
from argosy.cli.run_words import duration, short, taken
from argosy.engine.journal import StoredRun
from argosy.engine.nodes import BAD, TAKEN, UNASKED, Node
from argosy.report import run_source, run_tree
from argosy.report.run_words import reason
from compiler.record import record

_GROUPS = ("TaskGroup", "StepGroup", "Retry")
_OUTPUT = re.compile(
    r"\{\{\s*(?:tasks|steps)\.([-\w]+)\.(outputs\.parameters\.([-\w]+)|status)\s*\}\}"
)
_FALSE = re.compile(r"when '(.*)' evaluated false", re.DOTALL)
_NAMED = re.compile(r"(?<![.\w-])(\w[-\w]*)")


@record
class Reason:
    """One thing to know; `kind` is order, condition, cache, retry, outcome, wait or part."""

    kind: str
    text: str


class Records:
    """A run's nodes by name, and the templates that ran."""

    def __init__(self, run: StoredRun) -> None:
        self.run = run
        self.nodes = {node.name: node for node in run.nodes}
        documents = run_source.documents(run.description.manifests)
        self.templates: Mapping[str, Mapping[str, Any]] = run_tree.templates(documents)

    def owner(self, node: Node) -> Node | None:
        """Return the DAG or the steps that a node is part of."""
        found = [self.nodes[name] for name in above(node.name) if name in self.nodes]
        return next((n for n in reversed(found) if n.type not in _GROUPS and n is not node), None)

    def task(self, node: Node) -> Mapping[str, Any]:
        """Return the task or step that a node comes from, as it was written."""
        owner = self.owner(node)
        body = self.templates.get(owner.template, {}) if owner else {}
        tasks = list((body.get("dag") or {}).get("tasks") or ())
        for group in body.get("steps") or ():
            tasks += group if isinstance(group, list) else [group]
        name = node.display_name.partition("(")[0]
        return next((task for task in tasks if task.get("name") == name), {})

    def sibling(self, node: Node, name: str) -> Node | None:
        """Return the node of another task of the same DAG or steps."""
        owner = self.owner(node)
        if owner is None:
            return None
        return self.nodes.get(f"{owner.name}.{name}") or next(
            (
                other
                for other in self.run.nodes
                if other.display_name == name and self.owner(other) is owner
            ),
            None,
        )


def reasons(run: StoredRun, node: Node) -> list[Reason]:
    """Return why `node` is as it is, what led to it first."""
    known = Records(run)
    if node.message == UNASKED:
        return [Reason("order", node.message)]
    task = known.task(node)
    found = [*_order(known, node, task), *_condition(known, node, task), *_hit(node)]
    return [*found, *_attempts(known, node), *_parts(known, node), *_outcome(run, node)]


def _order(known: Records, node: Node, task: Mapping[str, Any]) -> Iterator[Reason]:
    text = str(task.get("depends") or " && ".join(task.get("dependencies") or ()))
    if not text:
        if known.owner(node):
            yield Reason("order", "it depends on no other step")
        return
    named = dict.fromkeys(match[1] for match in _NAMED.finditer(text))
    ended = [_ended(name, known.sibling(node, name)) for name in named]
    told = ", ".join(ended)
    if node.phase == "Omitted":
        yield Reason("order", f"it depends on `{text}`, which cannot come true: {told}")
    else:
        yield Reason("order", f"it depends on `{text}`: {told}")


def _ended(name: str, node: Node | None) -> str:
    if node is None:
        return f"{name} has not begun"
    why = reason(node) if node.phase in (*BAD, "Skipped", "Omitted") else ""
    return f"{name} {node.phase}{f' ({short(why)})' if why else ''}"


def _condition(known: Records, node: Node, task: Mapping[str, Any]) -> Iterator[Reason]:
    when = str(task.get("when") or "")
    if not when or node.phase == "Omitted":
        return
    false = _FALSE.search(node.message)
    read = false[1] if false else _OUTPUT.sub(lambda m: _value(known, node, m), when)
    verdict = "false" if false else "true"
    values = _values(known, node, when)
    with_values = f" ({values})" if values else ""
    yield Reason("condition", f"its condition `{when}` read `{read}`: {verdict}{with_values}")


def _value(known: Records, node: Node, match: re.Match[str]) -> str:
    other = known.sibling(node, match[1])
    if other is None:
        return match[0]
    return other.phase if match[3] is None else other.parameters.get(match[3], match[0])


def _values(known: Records, node: Node, when: str) -> str:
    pairs = re.findall(r"(?:tasks|steps)(?:\.([-\w]+)|\['([^']+)'\])", when)
    names = dict.fromkeys(dotted or quoted for dotted, quoted in pairs)
    told = []
    for name in names:
        other = known.sibling(node, name)
        outputs = other.parameters if other else {}
        shown = [f"{k} = {short(v)}" for k, v in outputs.items() if k[0] != "_" and k in when]
        told += [f"{name}: {', '.join(shown)}"] if shown else []
    return "; ".join(told)


def _hit(node: Node) -> Iterator[Reason]:
    if node.memory:
        yield Reason("cache", node.memory)


def _attempts(known: Records, node: Node) -> Iterator[Reason]:
    if node.type != "Retry":
        return
    tries = [n for n in known.run.nodes if n.name.rpartition("(")[0] == node.name]
    strategy = known.templates.get(node.template, {}).get("retryStrategy") or {}
    allowed = f"limit {strategy.get('limit', 'none')}"
    allowed += f", policy {strategy['retryPolicy']}" if "retryPolicy" in strategy else ""
    if "expression" in strategy:
        allowed += f", while `{strategy['expression']}`"
    for index, attempt in enumerate(tries):
        why = reason(attempt)
        end = f"{attempt.phase}{f': {why}' if why else ''}"
        yield Reason("retry", f"attempt {index + 1}: {end} {taken(attempt)}".rstrip())
    if len(tries) > 1 or node.phase in BAD:
        yield Reason("retry", f"it may be tried again: {allowed}")


def _parts(known: Records, node: Node) -> Iterator[Reason]:
    """Name what failed in a group."""
    if node.type not in ("DAG", "Steps", "TaskGroup", "StepGroup"):
        return
    within = [n for n in known.run.nodes if node.name in above(n.name) and n.phase in BAD]
    ends = [n for n in within if n.type in ("Pod", "Suspend", "Skipped")]
    for part in ends[:10]:
        yield Reason("part", f"{part.within(known.run.description.name)}: {reason(part)}")
    if len(ends) > 10:
        yield Reason("part", f"and {len(ends) - 10} more")


def _outcome(run: StoredRun, node: Node) -> Iterator[Reason]:
    if not node.done and run.phase != "Running":
        yield Reason("outcome", "the engine died before it ended: it will run again")
    elif node.phase == "Pending":
        yield Reason("wait", f"it waits: {node.message or 'its turn has not come'}")
    elif node.phase == "Running":
        what = "waits for an answer" if node.type == "Suspend" else "runs"
        yield Reason("wait", f"it {what}{f': {node.message}' if node.message else ''}")
    elif node.phase in BAD:
        code = "" if node.exit_code is None else f" (exit code {node.exit_code})"
        told = reason(node)
        yield Reason("outcome", f"it failed: {told}{'' if 'exit code' in told else code}")
    elif node.phase == "Succeeded" and node.started and node.finished:
        origin = f"it was {node.message}, where " if node.message.startswith(TAKEN) else ""
        took = duration(node.finished - node.started)
        yield Reason("outcome", f"{origin}it succeeded in {took}")


def unborn(run: StoredRun, word: str) -> tuple[str, Sequence[Reason]]:
    """Return the name of a task without a node and why it has none; nothing when it is unknown."""
    known = Records(run)
    for owner in run.nodes:
        tasks = (known.templates.get(owner.template, {}).get("dag") or {}).get("tasks") or ()
        for task in tasks if owner.type == "DAG" else ():
            if task.get("name") == word:
                ghost = Node(f"{owner.name}.{word}", str(task.get("template", "")), "Pod")
                return ghost.name, [*_order(known, ghost, task), _unborn(run, owner)]
    return "", ()


def _unborn(run: StoredRun, owner: Node) -> Reason:
    if owner.done:
        return Reason("wait", "the run has ended before its turn")
    if run.phase == "Running":
        return Reason("wait", "it has not begun")
    # one that began just before is not on record yet
    return Reason("outcome", "the engine died before it ended: it will run")
