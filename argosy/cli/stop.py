"""`argosy stop`, `approve` and `reject`: what a person asks of a run that goes on."""

import argparse
import time

from argosy.cli import records, terminal
from argosy.cli.run_events import line
from argosy.cli.usage import UsageFailure
from argosy.engine import journal
from argosy.engine.journal import Request, RunSummary
from argosy.engine.nodes import Node

_PATIENCE, _PAUSE = 60.0, 0.1


def execute(args: argparse.Namespace) -> int:
    """Ask; for an end, wait until it has come."""
    state = records.folder()
    if args.command == "stop":
        return _stop(args, _running(state_run(args)))
    run = _running(state_run(args))
    stored = journal.load(state, run.name)
    node = _waiting(stored.nodes, run.name, args.step)
    values = _values(args.parameters)
    if args.message:
        values["message"] = args.message
    journal.ask(state, run.name, Request(args.command, node.name, values))
    return _told(args, run.name, node.within(run.name), f"argosy logs -f {run.name}")


def state_run(args: argparse.Namespace) -> RunSummary:
    """Return the run that the command line means; of several that go on one has to be named."""
    state = records.folder()
    if args.run:
        return records.named(state, args.run)
    live = [run for run in journal.runs(state, 50) if run.phase == "Running"]
    if len(live) > 1:
        names = ", ".join(run.name for run in live)
        raise UsageFailure(f"{len(live)} runs go on", f"one of {names}")
    return live[0] if live else records.named(state, "")


def _running(run: RunSummary) -> RunSummary:
    if run.phase != "Running":
        hint = f"argosy resume {run.name}" if run.phase == "Interrupted" else "argosy runs"
        raise UsageFailure(f"run `{run.name}` does not go on: {run.phase}", hint)
    return run


def _stop(args: argparse.Namespace, run: RunSummary) -> int:
    state = records.folder()
    journal.ask(state, run.name, Request("terminate" if args.now else "stop"))
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        if records.named(state, run.name).phase != "Running":
            return _told(args, run.name, "", f"argosy resume {run.name}")
        time.sleep(_PAUSE)
    terminal.talk(f"run {run.name} is asked to stop and still ends its steps")
    return _told(args, run.name, "", f"argosy stop --now {run.name}")


def _told(args: argparse.Namespace, run: str, step: str, following: str) -> int:
    if args.json:
        body = {"version": 1, "asked": args.command, "run": run, "step": step}
        terminal.out_bytes(line(body))
        return 0
    words = {"stop": "stopped", "approve": "approved", "reject": "rejected"}[args.command]
    terminal.out(f"{words} {step} of run {run}" if step else f"{words} run {run}")
    terminal.talk(f"next: {following}")
    return 0


def _waiting(nodes: tuple[Node, ...], run: str, word: str) -> Node:
    """Return the step that waits for an answer."""
    found = [node for node in nodes if node.type == "Suspend" and node.phase == "Running"]
    if not found:
        raise UsageFailure(f"no step of run `{run}` waits for an answer", f"argosy logs -f {run}")
    names = {node.within(run): node for node in found}
    chosen = [n for n in found if word in ("", n.name, n.display_name, n.within(run))]
    # a pipeline's approval is two tasks, of which the first is Argo's suspend
    chosen = chosen or [n for name, n in names.items() if word in name.split(".")]
    if len(chosen) == 1:
        return chosen[0]
    if not chosen:
        from compiler.problems import nearest

        raise UsageFailure(f"`{word}` does not wait for an answer", nearest(word, tuple(names)))
    raise UsageFailure(f"{len(found)} steps wait for an answer", f"one of {', '.join(names)}")


def _values(pairs: list[str]) -> dict[str, str]:
    found = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise UsageFailure(f"-p {pair}: no value", f"write -p {pair}=VALUE")
        found[name] = value
    return found
