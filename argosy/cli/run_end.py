"""How a run ended, for people: what failed with the end of its log, what was registered."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from argosy.cli import terminal, workspace
from argosy.cli.run_words import duration
from argosy.engine.nodes import Node, Run

_TAIL, _TAIL_BYTES = 20, 64 * 1024
_SHOWN = 5


def tell(ended: Run, registered: list[tuple[str, str]]) -> None:
    """Write logs of what failed to stderr, the result to stdout, and what to type next."""
    failed = _ends(ended)
    for node in failed[:_SHOWN]:
        _show_log(node, ended.name)
    if len(failed) > _SHOWN:
        terminal.complain(f"and {len(failed) - _SHOWN} more steps failed")
    pods = [node for node in ended.nodes if node.type == "Pod"]
    took = duration(ended.finished - ended.started)
    mark = "✔" if ended.phase == "Succeeded" else "✖"
    terminal.out(f"{mark} run {ended.name} {ended.phase} in {took}: {len(pods)} pods")
    terminal.out(f"  logs in {workspace.shown(ended.folder / 'logs')}")
    for model, version in registered:
        terminal.out(f"  registered {model} version {version}")
        terminal.talk(f"next: argosy models show {model} {version}")


def _ends(ended: Run) -> list[Node]:
    """Return the pods that failed for good; of several attempts the last one."""
    retried = {node.name for node in ended.nodes if node.type == "Retry"}
    found: dict[str, Node] = {}
    for node in ended.failed():
        step = node.name.rpartition("(")[0]
        found[step if step in retried else node.name] = node
    return list(found.values())


def _show_log(node: Node, run: str) -> None:
    terminal.complain(f"{node.within(run)}: {node.message or node.phase}")
    if node.log is None:
        return
    for line in _tail(node.log):
        terminal.talk(f"  │ {printable(line)}")
    terminal.talk(f"  whole log: {workspace.shown(node.log)}")


def _tail(log: Path) -> list[str]:
    try:
        with log.open("rb") as file:
            file.seek(max(log.stat().st_size - _TAIL_BYTES, 0))
            return file.read().decode("utf-8", "replace").splitlines()[-_TAIL:]
    except OSError:
        return []


def printable(line: str) -> str:
    """Leave out what a log could do to the terminal."""
    return "".join(letter if letter.isprintable() or letter == "\t" else "·" for letter in line)


def registered(ended: Run, spec: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the model and version of each step that registered one."""
    arguments = {t["name"]: t.get("container", {}).get("args", []) for t in spec["templates"]}
    found = []
    for node in ended.nodes:
        words = arguments.get(node.template, [])
        if "--model" in words[:-1] and "version" in node.parameters:
            found.append((words[words.index("--model") + 1], node.parameters["version"]))
    return list(dict.fromkeys(found))
