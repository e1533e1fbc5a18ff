"""`argosy run --dry-run`: what would run, without running it."""

import re
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from argosy.cli import terminal
from argosy.cli.run_events import line
from argosy.cli.runnable import Runnable
from argosy.engine.manifests.outline import Planned, outline
from argosy.engine.nodes import Node
from argosy.report.words import counted
from compiler.convention import RESERVED

_MOST = 10_000
_RUN = re.compile(r"[^.\[]+\.?")
_ITEM = re.compile(r"\(\d+(?::.*?)?\)(?=$|[.\[])", re.DOTALL)
_INNER = re.compile(r"[.\[]")


def show(
    found: Runnable,
    values: Mapping[str, str],
    known: Mapping[str, Node],
    notes: Sequence[str],
    *,
    machine: bool,
) -> int:
    """Tell the parameters and the steps, each behind what it waits for."""
    given = {p["name"]: str(p.get("value", p.get("default", ""))) for p in found.parameters}
    given = {name: text for name, text in {**given, **values}.items() if name != RESERVED}
    ends = {_within(name): node.phase for name, node in known.items()}
    planned = list(islice(outline(found.manifests), _MOST))
    steps = [_described(each, ends) for each in planned]
    if machine:
        body = {"version": 1, "workflow": found.manifests.name, "parameters": given}
        terminal.out_bytes(line({**body, "steps": steps, "notes": list(notes)}))
        return 0
    for note in notes:
        terminal.talk(f"note: {note}")
    groups = ("DAG", "Steps")
    leaves = sum(not (s["type"] in groups or s["known"] or s["omitted"]) for s in steps)
    terminal.out(f"{found.manifests.name} would run {counted(leaves, 'step')}")
    for name, text in given.items():
        terminal.out(f"  -p {name}={text}")
    for each, step in zip(planned, steps):
        terminal.out(_line(each, step))
    terminal.talk("next: the same without --dry-run")
    return 0


def _line(planned: Planned, step: Mapping[str, Any]) -> str:
    told = {
        "after": step["depends"],
        "when": step["when"],
        "for each of": step["items"],
    }
    words = [f"{word} {text}" for word, text in told.items() if text]
    words += ["taken from an earlier run"] if step["known"] else []
    words += ["left out"] if step["omitted"] else []
    words += ["and so on: it calls itself"] if planned.again else []
    return "  ".join([f"{'  ' * planned.depth}  · {step['name']}", *words])


def _within(name: str) -> str:
    """Return the name of a node inside its run without numbers of loops; that of the run as is."""
    return _ITEM.sub("", _RUN.sub("", name, count=1)) or name


def _described(planned: Planned, ends: Mapping[str, str]) -> dict[str, Any]:
    name = _within(planned.name)
    outer = (name[: found.start()] for found in _INNER.finditer(name))
    return {
        "name": name,
        "template": planned.template,
        "type": planned.type,
        "depends": planned.after,
        "when": planned.when,
        "items": planned.loop,
        "known": ends.get(name) == "Succeeded",
        "omitted": any(ends.get(each) == "Omitted" for each in (name, *outer)),
    }
