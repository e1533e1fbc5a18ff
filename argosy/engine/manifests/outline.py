"""What a run would do, before it does: the nodes it may come to, in order, without running any."""

import re
from collections.abc import Iterator, Mapping
from graphlib import TopologicalSorter
from typing import Any

from argosy.engine.failure import EngineError
from argosy.engine.language import depends
from argosy.engine.manifests.arguments import text
from argosy.engine.manifests.bundle import Bundle, Data, Scope, Template
from compiler.manifests import Path
from compiler.manifests.holders import callers, kind, mapping, mappings
from compiler.record import record

_NUMBER = re.compile(r"-?[0-9]{1,18}")
_TYPES: Mapping[str, str] = {
    "dag": "DAG",
    "steps": "Steps",
    "suspend": "Suspend",
    "http": "HTTP",
    "plugin": "Plugin",
}


@record
class Planned:
    """A node that may come to be, as far as that is known before.

    `name` is Argo's, without the numbers of a loop; `depth` that of the tree. `when`, `after` (what
    it waits for) and `loop` (what it repeats over) are as written, empty where there is nothing;
    `count` is how often it runs, None if only the run tells. `again`: a recursion, cut off here.
    """

    name: str
    template: str
    type: str
    depth: int
    when: str = ""
    after: str = ""
    loop: str = ""
    count: int | None = 1
    arguments: Mapping[str, str] = {}
    again: bool = False


def outline(bundle: Bundle) -> Iterator[Planned]:
    """Yield the nodes of the entrypoint, then those of the handlers of the end."""
    spec, name = bundle.spec, bundle.name
    first = _Call(name, {"template": spec.get("entrypoint")}, bundle.scope)
    yield from _node(bundle, first, ())
    if spec.get("onExit"):
        last = _Call(f"{name}.onExit", {"template": spec["onExit"]}, bundle.scope)
        yield from _node(bundle, last, ())
    for hook, caller in mapping(spec.get("hooks")).items():
        at = f"{name}.onExit" if hook == "exit" else f"{name}.hooks.{hook}"
        yield from _node(bundle, _Call(at, mapping(caller), bundle.scope, hook=True), ())


@record
class _Call:
    name: str
    caller: Data
    scope: Scope
    hook: bool = False


def _node(bundle: Bundle, call: _Call, outer: tuple[tuple[str, str], ...]) -> Iterator[Planned]:
    try:
        template = bundle.resolve(call.caller, call.scope)
    except EngineError:  # its name is made at run time
        name = str(call.caller.get("template", ""))
        yield _planned(call, name, "", len(outer), again=False)
        return
    key = (template.scope.key, template.name)
    again = bool(template.name) and key in outer
    sort = _TYPES.get(kind(template.body), "Pod")
    if sort == "Pod" and template.body.get("retryStrategy") is not None:
        sort = "Retry"
    yield _planned(call, template.name, sort, len(outer), again=again)
    if not again:
        for inner in _calls(call.name, template):
            yield from _node(bundle, inner, (*outer, key))


def _ordered(template: Template) -> list[tuple[Path, Data]]:
    """Return the callers of a template, each behind those that it waits for."""
    found = list(callers(template.body))
    tasks = {str(each[1].get("name")): each for each in found if each[0][0] == "dag"}
    if not tasks:
        return found
    before = {name: depends.names(depends.text(task)) for name, (_, task) in tasks.items()}
    return [tasks[name] for name in TopologicalSorter(before).static_order() if name in tasks]


def _calls(name: str, template: Template) -> Iterator[_Call]:
    for at, caller in _ordered(template):
        group = f"[{at[1]}]" if at[0] == "steps" else ""
        inner = f"{name}{group}.{caller.get('name')}"
        yield _Call(inner, caller, template.scope)
        if caller.get("onExit"):
            last = {"template": caller["onExit"]}
            yield _Call(f"{inner}.onExit", last, template.scope, hook=True)
        for hook, body in mapping(caller.get("hooks")).items():
            end = "onExit" if hook == "exit" else f"hooks.{hook}"
            yield _Call(f"{inner}.{end}", mapping(body), template.scope, hook=True)


def _planned(call: _Call, template: str, sort: str, depth: int, *, again: bool) -> Planned:
    caller = call.caller
    names = caller.get("dependencies")
    listed = " && ".join(map(str, names)) if isinstance(names, list) else ""
    loop, count = _loop(caller)
    given = mappings(mapping(caller.get("arguments")).get("parameters"))
    return Planned(
        call.name,
        template,
        sort,
        depth,
        str(caller.get("expression" if call.hook else "when") or ""),
        str(caller.get("depends") or listed),
        loop,
        count,
        {str(p.get("name")): text(p.get("value")) for p in given if p.get("value") is not None},
        again,
    )


def _loop(caller: Data) -> tuple[str, int | None]:
    """Return what a task repeats over, and how often if that is written down."""
    items = caller.get("withItems")
    if isinstance(items, list) and items:
        return f"{len(items)} items", len(items)
    if caller.get("withParam"):
        return text(caller["withParam"]), None
    sequence = mapping(caller.get("withSequence"))
    if not sequence:
        return "", 1
    count = _number(sequence.get("count"))
    first, last = _number(sequence.get("start", 0)), _number(sequence.get("end"))
    if count is None and first is not None and last is not None:
        count = abs(last - first) + 1
    shown = ", ".join(f"{key}: {text(value)}" for key, value in sequence.items())
    return f"sequence of {shown}", count


def _number(value: Any) -> int | None:
    shown = text(value) if value is not None else ""
    return int(shown) if _NUMBER.fullmatch(shown) else None
