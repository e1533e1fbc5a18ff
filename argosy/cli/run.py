"""`argosy run`: a pipeline on this machine, from the same manifests a cluster gets."""

import argparse
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from argosy.cli import command, parameters, runnable, terminal, workspace
from argosy.cli.runnable import Runnable
from compiler.nesting import SETTLED
from compiler.parameters import RESERVED

if TYPE_CHECKING:
    from argosy.engine.nodes import Event, Node, Run

_FAILED, _INTERRUPTED = 1, 130
_TAIL, _TAIL_BYTES = 20, 64 * 1024
_MARKS = {
    "Running": "●",
    "Succeeded": "✔",
    "Failed": "✖",
    "Error": "✖",
    "Skipped": "○",
    "Omitted": "○",
}


def execute(args: argparse.Namespace) -> int:
    """Find the manifests, run them, tell each change and how it ended."""
    from argosy.engine.fields import remarks
    from argosy.engine.run import run
    from argosy.engine.unmet import unmet
    from argosy.models.store import is_ready, prepare_local

    found = runnable.find(args)
    values = parameters.read(args.parameters, found.parameters, found.limits)
    state = workspace.state(found.root)
    if not found.tracking_uri and not is_ready(state):
        terminal.talk("making an MLflow store, once: this takes some seconds")
    uri = found.tracking_uri or prepare_local(state)
    command.offer(state)
    terminal.talk(f"running {found.manifests.name} {_origin(found)}".rstrip())
    for remark in (*remarks(found.manifests.spec), *unmet(found.manifests.spec)):
        terminal.talk(f"note: {remark}")
    ended = run(
        found.manifests,
        name=args.name or "",
        parameters={**values, RESERVED: found.source},
        folder=state,
        environment={"MLFLOW_TRACKING_URI": uri},
        on_event=_teller(),
    )
    return _told(ended, found)


def _origin(found: Runnable) -> str:
    return f"of source {found.source[:10]}" if found.source else ""


def _teller() -> "Callable[[Event], None]":
    """Return what writes one line for each change worth one."""
    began: list[Event] = []
    retried: set[str] = set()

    def tell(event: "Event") -> None:
        began.append(event) if not began else None
        node = event.node
        if node.type == "Retry":
            retried.add(node.name)
        attempt = node.type == "Pod" and node.name.rpartition("(")[0] in retried
        shown = event.phase in (("Failed", "Error") if attempt else _MARKS)
        work = node.type == "Pod" or (node.type != "DAG" and node.template != SETTLED)
        if shown and work:
            terminal.talk(f"{event.at - began[0].at:7.1f}s  {_line(event, began[0].node.name)}")

    return tell


def _line(event: "Event", run: str) -> str:
    node, phase, taken = event.node, event.phase, ""
    if node.finished is not None and node.started is not None and phase != "Skipped":
        taken = f"{node.finished - node.started:.1f}s"
    shown = {name: value for name, value in node.parameters.items() if name[0] != "_"}
    values = " ".join(f"{name}={_short(value)}" for name, value in shown.items())
    parts = (node.within(run), "" if phase == "Running" else phase, taken, node.message, values)
    return f"{_MARKS[phase]} {'  '.join(part for part in parts if part)}"


def _short(value: str) -> str:
    line = value.replace("\n", " ")
    return line if len(line) <= 40 else f"{line[:39]}…"


def _told(ended: "Run", found: Runnable) -> int:
    for node in ended.failed():
        _show_log(node, ended.name)
    logs = workspace.shown(ended.folder / "logs")
    pods = [node for node in ended.nodes if node.type == "Pod"]
    took = f"{ended.finished - ended.started:.1f} s"
    mark = "✔" if ended.phase == "Succeeded" else "✖"
    terminal.out(f"{mark} run {ended.name} {ended.phase} in {took}: {len(pods)} pods")
    terminal.out(f"  logs in {logs}")
    if ended.interrupted:
        return _INTERRUPTED
    if ended.phase != "Succeeded":
        return _FAILED
    for model, version in _registered(ended, found.manifests.spec):
        terminal.out(f"  registered {model} version {version}")
        terminal.talk(f"next: argosy models show {model} {version}")
    return 0


def _show_log(node: "Node", run: str) -> None:
    terminal.complain(f"{node.within(run)}: {node.message or node.phase}")
    if node.log is None:
        return
    try:
        with node.log.open("rb") as file:
            file.seek(max(node.log.stat().st_size - _TAIL_BYTES, 0))
            lines = file.read().decode("utf-8", "replace").splitlines()
    except OSError:
        return
    for line in lines[-_TAIL:]:
        terminal.talk(f"  │ {_printable(line)}")
    terminal.talk(f"  whole log: {workspace.shown(node.log)}")


def _printable(line: str) -> str:
    """Leave out what a log could do to the terminal."""
    return "".join(letter if letter.isprintable() or letter == "\t" else "·" for letter in line)


def _registered(ended: "Run", spec: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the model and version of each step that registered one."""
    arguments = {t["name"]: t.get("container", {}).get("args", []) for t in spec["templates"]}
    found = []
    for node in ended.nodes:
        words = arguments.get(node.template, [])
        if "--model" in words[:-1] and "version" in node.parameters:
            found.append((words[words.index("--model") + 1], node.parameters["version"]))
    return list(dict.fromkeys(found))
