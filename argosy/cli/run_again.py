"""What a run takes over when it goes on: all that has ended, or what succeeded."""

import argparse
from collections.abc import Mapping

from argosy.cli import command, records, run_execution, run_tracking
from argosy.cli.run_execution import Execution
from argosy.cli.runnable import Runnable
from argosy.cli.usage import UsageFailure
from argosy.engine import journal
from argosy.engine.adoption import succeeded
from argosy.engine.journal import INTERRUPTED, StoredRun
from argosy.engine.manifests import load
from argosy.engine.nodes import BAD, Node, stopped
from compiler.record import replace

_CHOICES = ("as_argo", "kube_context", "no_cache", "runtime")


def resume(args: argparse.Namespace) -> int:
    """Go on with a run whose engine died or was told to stop; what has ended is not run again."""
    state = records.folder()
    run = records.named(state, args.run)
    if run.phase not in (INTERRUPTED, "Failed", "Error"):
        raise UsageFailure(f"run `{run.name}` is {run.phase}", f"argosy run {run.workflow}")
    stored = journal.load(state, run.name)
    if run.phase != INTERRUPTED and not stopped(run.message):
        hint = f"argosy retry {run.name}"
        raise UsageFailure(f"run `{run.name}` has ended: nothing is left to go on with", hint)
    kept = journal.known(state, run.name)
    left = {node.name for node in stored.nodes if _left(node, run.name)}
    return _go_on(args, stored, {name: n for name, n in kept.items() if name not in left})


def retry(args: argparse.Namespace) -> int:
    """Run the steps of a run again that failed, and those that wait for them."""
    state = records.folder()
    run = records.named(state, args.run)
    if run.phase not in ("Failed", "Error"):
        ways = {INTERRUPTED: f"argosy resume {run.name}", "Running": f"argosy stop {run.name}"}
        hint = ways.get(run.phase, f"argosy run {run.workflow}")
        raise UsageFailure(f"run `{run.name}` is {run.phase}: nothing failed for good", hint)
    stored = journal.load(state, run.name)
    return _go_on(args, stored, succeeded(journal.known(state, run.name), run.name))


def _go_on(args: argparse.Namespace, stored: StoredRun, kept: Mapping[str, Node]) -> int:
    state, about = records.folder(), stored.description
    file = stored.folder / "manifests.json"
    texts = about.manifests.values()
    file.write_text(next(iter(texts), ""), "utf-8", errors="backslashreplace")
    ours = bool(about.options.get("ours"))
    choices = {key: value for key, value in about.options.items() if key in _CHOICES}
    bundle = load(file, as_argo=bool(choices.get("as_argo")))
    bundle = replace(bundle, name=about.workflow)
    found = Runnable(bundle, about.source, state.parent, ours, about.environment)
    command.offer(state)
    variables = run_tracking.environment(found, state)
    steps = sum(node.type == "Pod" for node in kept.values())
    notes = [f"{steps} steps have ended and are not run again"] if steps else []
    wanted = Execution(
        found, about.name, about.parameters, state, variables, notes, kept, True, choices
    )
    wanted = replace(wanted, seen=stored.revision)
    return run_execution.perform(wanted, machine=args.json)


def _left(node: Node, run: str) -> bool:
    """Whether a node of a run is to go on that was stopped.

    What holds others comes to its end once more, and the exit handler has told of no end.
    """
    if stopped(node.message) or node.name.startswith(f"{run}.onExit"):
        return True
    return node.phase in BAD and node.type in ("DAG", "Steps", "StepGroup", "TaskGroup")
