"""An example on this machine: its manifests run by the local engine, its nodes by their names."""

from collections.abc import Mapping
from pathlib import Path

from argosy.engine.journal import Request, ask
from argosy.engine.manifests import load
from argosy.engine.nodes import Event, Node, Run
from argosy.engine.run import run
from argosy.models.store import prepare_local


def execute(manifests: Path, state: Path, parameters: Mapping[str, str]) -> Run:
    """Run the manifests with an MLflow store of their own; their run is called `r`."""
    return run(
        load(manifests),
        name="r",
        parameters=parameters,
        folder=state,
        environment={"MLFLOW_TRACKING_URI": prepare_local(state)},
        on_event=lambda event: _answer(state, event),
    )


def _answer(state: Path, event: Event) -> None:
    """Say yes to every question, as a person would with `argosy approve`."""
    if event.node.type == "Suspend" and event.phase == "Running":
        yes = Request("approve", event.node.name, {"decision": "approve"})
        ask(state, "r", yes)


def nodes(ended: Run) -> dict[str, Node]:
    """Return the nodes by name, without the name of the run; the run itself is ''."""
    return {node.name.removeprefix("r").removeprefix("."): node for node in ended.nodes}


def logs(ended: Run) -> dict[str, str]:
    """Return what the nodes that failed have said."""
    return {n.name: n.log.read_text("utf-8") for n in ended.failed() if n.log}
