"""The ends of what a run logged: each run in MLflow gets its status, its lineage and its parent.

A script that is killed leaves its run RUNNING, one that fails outside of `with` leaves it FINISHED;
the engine knows better.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from argosy.models import store
from compiler.record import field, record
from compiler.tracking import POD, STEP, WORKFLOW

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

PHASE, ROLE = "argosy.phase", "argosy.role"
_PARENT, _COMMIT = "mlflow.parentRunId", "mlflow.source.git.commit"
_OPEN = ("RUNNING", "SCHEDULED")
_PAGE, _LONGEST = 1000, 5000


@record
class End:
    """How a pod ended, by any of its names; `finished` is in seconds since the epoch.

    `tags` are further lineage.
    """

    pods: Sequence[str]
    step: str
    phase: str
    killed: bool
    finished: float
    tags: Mapping[str, str] = field(default_factory=dict)


@record
class Ending:
    """A run and the pods of it that have ended; `phase` is Running while it goes on."""

    uri: str
    uid: str
    run: str
    experiment: str
    phase: str
    started: float
    finished: float | None
    source: str
    ends: Sequence[End]


def settle(ending: Ending) -> int:
    """Set status, lineage and parent of what the run logged; return how many runs that were.

    What is settled is not touched again. Raise `ModelError` when MLflow does not answer.
    """
    with store.client(ending.uri) as client:
        logged = list(_logged(client, ending.uid))
        parents = [run for run in logged if run.data.tags.get(ROLE) == "run"]
        children = [run for run in logged if run.data.tags.get(ROLE) != "run"]
        if not children:
            return 0
        parent = parents[0] if parents else _parent(client, ending, children)
        by_pod = {name: end for end in ending.ends for name in end.pods}
        for run in children:
            _settle(client, run, by_pod.get(run.data.tags.get(POD, "")), parent, ending)
        if ending.phase != "Running" and parent.data.tags.get(PHASE) != ending.phase:
            _end(client, parent, ending.phase, ending.finished)
        return len(children)


def _logged(client: "MlflowClient", uid: str) -> Iterator["Run"]:
    experiments = [item.experiment_id for item in client.search_experiments()]
    query, token = f"tags.`{WORKFLOW}` = '{uid}'", None
    while True:
        page = client.search_runs(experiments, query, max_results=_PAGE, page_token=token)
        yield from page
        token = page.token
        if not token:
            return


def _parent(client: "MlflowClient", ending: Ending, children: Sequence["Run"]) -> "Run":
    """Make the run that stands for the whole, beside those that logged."""
    found = client.get_experiment_by_name(ending.experiment)
    experiment = found.experiment_id if found else children[0].info.experiment_id
    tags = {WORKFLOW: ending.uid, ROLE: "run", "argosy.workflow": ending.run, **_lineage(ending)}
    started = int(ending.started * 1000)
    return client.create_run(experiment, started, tags, run_name=ending.run)


def _lineage(ending: Ending) -> dict[str, str]:
    if not ending.source:
        return {}
    return {"argosy.source": ending.source, _COMMIT: ending.source}


def _settle(
    client: "MlflowClient", run: "Run", end: End | None, parent: "Run", ending: Ending
) -> None:
    own = run.data.tags
    nested = own.get(_PARENT) not in (None, parent.info.run_id)
    tags = {} if own.get(_PARENT) else {_PARENT: parent.info.run_id}
    if end is None or own.get(PHASE) == end.phase:
        _tag(client, run, tags)
        return
    status = _status(end, run.info.status, nested=nested)
    if status != run.info.status:
        finished = run.info.end_time or int(end.finished * 1000)
        client.set_terminated(run.info.run_id, status, finished)
    about = {**_lineage(ending), **end.tags}
    given = {name: text for name, text in about.items() if text and name not in own}
    step = {} if own.get(STEP) else {STEP: end.step}
    _tag(client, run, {**tags, **step, **given, PHASE: end.phase})


def _status(end: End, now: str, *, nested: bool) -> str:
    """Return the status that the step's end gives its run; of a run within one, if it is open."""
    if end.phase == "Succeeded":
        return "FINISHED" if now in _OPEN else now
    if nested and now not in _OPEN:
        return now
    return "KILLED" if end.killed else "FAILED"


def _end(client: "MlflowClient", parent: "Run", phase: str, finished: float | None) -> None:
    status = {"Succeeded": "FINISHED", "Interrupted": "KILLED"}.get(phase, "FAILED")
    at = None if finished is None else int(finished * 1000)
    client.set_terminated(parent.info.run_id, status, at)
    _tag(client, parent, {PHASE: phase})


def _tag(client: "MlflowClient", run: "Run", tags: Mapping[str, str]) -> None:
    from mlflow.entities import RunTag

    if tags:
        given = [RunTag(name, text[:_LONGEST]) for name, text in tags.items()]
        client.log_batch(run.info.run_id, tags=given)


def ending(data: Mapping[str, Any]) -> Ending:
    """Return an ending from its plain data."""
    return Ending(**{**data, "ends": tuple(End(**end) for end in data["ends"])})
