"""`argosy run`: a pipeline on this machine, from the same manifests a cluster gets."""

import argparse
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from argosy.cli import command, faults, parameters, runnable, terminal, workspace
from argosy.cli.runnable import Runnable
from compiler.parameters import RESERVED
from compiler.record import replace

if TYPE_CHECKING:
    from argosy.cli.run_events import Stream
    from argosy.engine.nodes import Event, Run

_FAILED, _INTERRUPTED = 1, 130


def execute(args: argparse.Namespace) -> int:
    """Find the manifests, run them, tell each change and how it ended."""
    from argosy.cli import run_tracking
    from argosy.engine.manifests.admission import admit

    found = runnable.find(args)
    values = parameters.read(args.parameters, found.parameters, found.limits, as_argo=args.as_argo)
    admitted = admit(
        found.manifests,
        {**values, **_origin(found)},
        as_argo=args.as_argo,
        kube_context=args.kube_context,
    )
    if admitted.warnings:
        faults.show(admitted.warnings)
    found = replace(found, manifests=admitted.bundle)
    state = workspace.state(found.root)
    command.offer(state)
    given = {
        "name": args.name or _name(found),
        "parameters": {**values, **_origin(found)},
        "folder": state,
        "kube_context": args.kube_context,
        "environment": run_tracking.environment(found, state),
    }
    return (_streamed if args.json else _shown)(found, given, admitted.notes)


def _origin(found: Runnable) -> dict[str, str]:
    """The source revision, where the manifest takes it."""
    declared = {parameter["name"] for parameter in found.parameters}
    return {RESERVED: found.source} if RESERVED in declared else {}


def _name(found: Runnable) -> str:
    import secrets

    return f"{found.manifests.name}-{secrets.token_hex(3)[:5]}"


def _streamed(found: Runnable, given: dict[str, Any], notes: Sequence[str]) -> int:
    """Run with every event on stdout."""
    from argosy.cli.run_end import registered
    from argosy.cli.run_events import Stream

    stream, now = Stream(), time.time()
    stream.write(
        "started",
        now,
        run=given["name"],
        workflow=found.manifests.name,
        source=found.source,
        parameters={n: v for n, v in given["parameters"].items() if n != RESERVED},
        folder=str(given["folder"] / "runs" / given["name"]),
    )
    for note in notes:
        stream.write("note", now, text=note)
    ended = _run(found, given, stream)
    code = _code(ended)
    stream.ended(ended, code, registered(ended, found.manifests.spec))
    return _reader_gone(stream) or code


def _reader_gone(stream: "Stream") -> int:
    return 141 if stream.gone else 0


def _shown(found: Runnable, given: dict[str, Any], notes: Sequence[str]) -> int:
    """Run with a live tree where there is a terminal, else with a line for each change."""
    from argosy.cli import run_end, run_screen
    from argosy.cli.run_lines import Lines

    origin = f"of source {found.source[:10]}" if found.source else ""
    terminal.talk(f"running {given['name']} {origin}".rstrip())
    for note in notes:
        terminal.talk(f"note: {note}")
    if run_screen.fits():
        with run_screen.Screen(given["name"], _plan(found.manifests.spec)) as screen:
            ended = _run(found, given, screen)
    else:
        ended = _run(found, given, Lines())
    code = _code(ended)
    registered = [] if code else run_end.registered(ended, found.manifests.spec)
    run_end.tell(ended, registered)
    return code


def _plan(spec: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Return the tasks of the entrypoint and what each of them waits for."""
    from argosy.engine.language import depends

    first: Mapping[str, Any] = next(
        (t for t in spec["templates"] if t["name"] == spec.get("entrypoint")), {}
    )
    tasks = first.get("dag", {}).get("tasks", ())
    return {task["name"]: tuple(depends.names(depends.text(task))) for task in tasks}


def _run(found: Runnable, given: dict[str, Any], teller: "Callable[[Event], None]") -> "Run":
    from argosy.cli.run_tracking import Tracking
    from argosy.engine.run import run

    uri = given["environment"].get("MLFLOW_TRACKING_URI")
    if not uri:
        return run(found.manifests, **given, on_event=teller)
    tracking = Tracking(uri, given["folder"], given["name"])

    def tell(event: "Event") -> None:
        teller(event)
        tracking(event)

    try:
        return run(found.manifests, **given, on_event=tell)
    finally:
        if problem := tracking.finish():
            terminal.talk(f"note: {problem}; what this run logged gets its end with a later run")


def _code(ended: "Run") -> int:
    if ended.interrupted:
        return 128 + ended.signal if ended.signal else _INTERRUPTED
    return 0 if ended.phase == "Succeeded" else _FAILED
