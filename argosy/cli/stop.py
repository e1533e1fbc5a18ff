"""`argosy stop`, `approve` and `reject`: what a person asks of a run that goes on."""

import argparse
import time
from collections.abc import Mapping

from argosy.cli import records, terminal
from argosy.cli.run_events import line
from argosy.cli.usage import UsageFailure
from argosy.engine import journal
from argosy.engine.journal import Request, RunSummary, StoredRun
from argosy.engine.nodes import Node
from argosy.report import run_source, run_tree

_PATIENCE, _PAUSE = 60.0, 0.1
_DECISION = "decision"


def execute(args: argparse.Namespace) -> int:
    """Ask; for an end, wait until it has come."""
    state = records.folder()
    if args.command == "stop":
        return _stop(args, _running(state_run(args)))
    run = _running(state_run(args))
    stored = journal.load(state, run.name)
    node = _waiting(stored.nodes, run.name, args.step)
    asked = _asked(stored, node)
    kind, values = _answer(args.command, _values(args.parameters), asked)
    if args.message:
        values["message"] = args.message
    journal.ask(state, run.name, Request(kind, node.name, values))
    return _told(args, run.name, node.within(run.name), f"argosy logs -f {run.name}")


def _asked(stored: StoredRun, node: Node) -> Mapping[str, bool]:
    """Return the outputs that the step asks for, and whether each has a default."""
    documents = run_source.documents(stored.description.manifests)
    template = run_tree.templates(documents).get(node.template) or {}
    declared = (template.get("outputs") or {}).get("parameters") or ()
    return {str(p["name"]): "default" in (p.get("valueFrom") or {}) for p in declared}


def _answer(
    word: str, given: dict[str, str], asked: Mapping[str, bool]
) -> tuple[str, dict[str, str]]:
    """Return the request and its values; a rendered approval is told a no by its output."""
    for name in given:
        if name not in asked:
            from compiler.problems import nearest

            hint = nearest(name, tuple(asked)) if asked else "it asks for none"
            raise UsageFailure(f"-p {name}: the step does not ask for it", hint)
    if _DECISION in asked:
        return "approve", {_DECISION: word, **given}
    lacking = [name for name, default in asked.items() if not default and name not in given]
    if word == "approve" and lacking:
        hint = " ".join(f"-p {name}=VALUE" for name in lacking)
        raise UsageFailure(f"the step asks for {', '.join(lacking)}", hint)
    return word, given


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
