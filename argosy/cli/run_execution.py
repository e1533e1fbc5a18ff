"""One execution: the engine at work, told to people or to programs, and its exit code."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from argosy.cli import terminal
from argosy.cli.runnable import Runnable
from compiler.convention import RESERVED
from compiler.record import field, record

if TYPE_CHECKING:
    from argosy.engine.nodes import Event, Node, Run

_FAILED, _SIGNALLED, _READER_GONE = 1, 128, 141
Teller = Callable[["Event"], None]


@record
class Execution:
    """What is to run, with what is said beforehand.

    `known` are nodes that are taken as they ended; `again` goes on with the run called `name`, as
    it was `seen` (its revision);
    `choices` are runtime, cluster and the like, for the engine.
    """

    found: Runnable
    name: str
    parameters: Mapping[str, str]
    state: Path
    variables: Mapping[str, str]
    notes: Sequence[str] = ()
    known: Mapping[str, "Node"] = field(default_factory=dict)
    again: bool = False
    choices: Mapping[str, Any] = field(default_factory=dict)
    seen: int | None = None


def perform(wanted: Execution, *, machine: bool) -> int:
    """Run; `machine` wants events on stdout instead of a tree or lines on stderr."""
    return _streamed(wanted) if machine else _shown(wanted)


def _streamed(wanted: Execution) -> int:
    from argosy.cli.run_end import registered
    from argosy.cli.run_events import Stream

    stream = Stream()
    stream.begin(
        wanted.name,
        wanted.found.manifests.name,
        wanted.found.source,
        {n: v for n, v in wanted.parameters.items() if n != RESERVED},
        wanted.state / "runs" / wanted.name,
    )
    stream.note(wanted.notes)
    if stream.gone:
        return _READER_GONE
    ended = _run(wanted, stream)
    code = exit_code(ended)
    stream.ended(ended, code, registered(ended, wanted.found.manifests.spec))
    return _READER_GONE if stream.gone else code


def _shown(wanted: Execution) -> int:
    """Run with a live tree where there is a terminal, else with a line for each change."""
    from argosy.cli import run_end

    origin = f"of source {wanted.found.source[:10]}" if wanted.found.source else ""
    terminal.talk(f"running {wanted.name} {origin}".rstrip())
    for note in wanted.notes:
        terminal.talk(f"note: {note}")
    spec = wanted.found.manifests.spec
    if terminal.live():
        from argosy.cli.run_screen import Screen

        with Screen(wanted.name, plan(spec)) as screen:
            ended = _run(wanted, screen)
    else:
        from argosy.cli.run_lines import Lines

        ended = _run(wanted, Lines())
    code = exit_code(ended)
    run_end.tell(ended, [] if code else run_end.registered(ended, spec))
    return code


def plan(spec: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Return the tasks of the entrypoint and what each of them waits for."""
    from argosy.engine.language import depends

    return {
        str(task["name"]): tuple(depends.names(depends.text(task)))
        for task in first(spec)
        if "name" in task
    }


def first(spec: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the tasks of the entrypoint, if it is a DAG."""
    templates = {str(t.get("name")): t for t in spec.get("templates") or ()}
    entry = str(spec.get("entrypoint", ""))
    return list((templates.get(entry, {}).get("dag") or {}).get("tasks") or ())


def _run(wanted: Execution, teller: Teller) -> "Run":
    from argosy.cli.run_tracking import Tracking

    uri = wanted.variables.get("MLFLOW_TRACKING_URI")
    if not uri:
        return _engine(wanted, teller)
    tracking = Tracking(uri, wanted.state, wanted.name)

    def tell(event: "Event") -> None:
        teller(event)
        tracking(event)

    try:
        return _engine(wanted, tell)
    finally:
        if problem := tracking.finish():
            terminal.talk(f"note: {problem}; what this run logged gets its end with a later run")


def _engine(wanted: Execution, teller: Teller) -> "Run":
    from argosy.engine.run import run

    kept = {"ours": wanted.found.ours, "prices": wanted.found.prices}
    return run(
        wanted.found.manifests,
        name=wanted.name,
        parameters=wanted.parameters,
        folder=wanted.state,
        environment=wanted.variables,
        on_event=teller,
        known=wanted.known,
        again=wanted.again,
        seen=wanted.seen,
        workspace=wanted.found.environment,
        options={**kept, **wanted.choices},
        **wanted.choices,
    )


def exit_code(ended: "Run") -> int:
    """Return 0 for success, 1 for failure, 130 or 143 for a run that was told to end."""
    if ended.interrupted and ended.signal:
        return _SIGNALLED + ended.signal
    return 0 if ended.phase == "Succeeded" else _FAILED
