"""MLflow beside a run: where its steps log, and how what they logged is brought to an end."""

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from argosy.cli import terminal
from argosy.cli.runnable import Runnable
from argosy.engine import journal
from argosy.engine.control.identity import pod_name
from argosy.engine.failure import EngineError
from argosy.engine.journal import StoredRun
from argosy.engine.nodes import DONE, Event, Node, stopped
from argosy.models import tracking
from argosy.models.failure import ModelError
from argosy.models.store import is_ready, local_uri, shown
from argosy.models.tracking import has_logged, variables

if TYPE_CHECKING:
    import threading

_PENDING = "tracking"
_PAUSE = 5.0  # seconds between two looks at what was logged
_PATIENCE = 120.0
_NEAR = 50  # a run that goes on is among the newest
_GOES_ON = "it goes on"
_KILLED = (130, 137, 143)


def environment(found: Runnable, state: Path) -> dict[str, str]:
    """Return the variables by which scripts find MLflow; make the local store if it is needed.

    Nothing for a file of Argo's that does not speak of MLflow, where no store is.
    """
    experiment = found.manifests.name
    if found.tracking_uri:
        if problem := tracking.prepare(found.tracking_uri, experiment):
            terminal.talk(f"note: {problem}: steps that log into it will fail, others will not")
        return variables(found.tracking_uri, experiment)
    if found.ours or "mlflow" in str(found.manifests.spec).lower():
        if not is_ready(state, experiment):
            _make(state, experiment)
        return variables(local_uri(state), experiment)
    if not is_ready(state):
        return {}
    given = variables(local_uri(state), experiment)
    # an experiment is made before steps would make it at once, which takes seconds
    return given if is_ready(state, experiment) else _without_experiment(given)


def _without_experiment(given: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in given.items() if name != "MLFLOW_EXPERIMENT_NAME"}


def _make(state: Path, experiment: str) -> None:
    """Make the local store in a process of its own: MLflow would triple the engine's memory."""
    what = "experiment in MLflow" if is_ready(state) else "MLflow store"
    terminal.talk(f"making an {what}, once: this takes some seconds")
    words = ("store", "--folder", str(state), "--experiment", experiment)
    if problem := _child(state, words, ""):
        raise ModelError(f"the MLflow store in {state} cannot be made: {problem}")


def _child(state: Path, words: tuple[str, ...], given: str) -> str:
    """Run `argosy step WORDS` with `given` on stdin; return what is wrong, or nothing."""
    import subprocess

    try:
        ended = subprocess.run(
            [str(state / "bin" / "argosy"), "step", *words],
            input=given.encode("utf-8", "backslashreplace"),
            capture_output=True,
            timeout=_PATIENCE,
            check=False,
            start_new_session=True,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    lines = ended.stderr.decode("utf-8", "replace").strip().splitlines()
    return (lines[0] if lines else f"exit code {ended.returncode}") if ended.returncode else ""


class Tracking:
    """Follows a run's events; brings what its steps logged to an end, meanwhile and afterwards.

    None of it changes how the run ends.
    """

    def __init__(self, uri: str, state: Path, run: str) -> None:
        self.uri, self.state, self.run = uri, state, run
        self._due = time.monotonic() + _PAUSE
        self._thread: threading.Thread | None = None
        pending = state / _PENDING
        pending.mkdir(exist_ok=True)
        # until it is removed the run's end is still to be told, whoever comes to do it
        (pending / run).write_text(uri, "utf-8")

    def __call__(self, event: Event) -> None:
        """Look at what was logged, now and then, when a step has ended."""
        if event.phase not in DONE or event.node.type != "Pod" or time.monotonic() < self._due:
            return
        if self._thread is None or not self._thread.is_alive():
            self._due = time.monotonic() + _PAUSE
            import threading

            self._thread = threading.Thread(target=self._look, daemon=True)
            self._thread.start()

    def _look(self) -> None:
        settle(self.state, self.run, self.uri)

    def finish(self) -> str:
        """Bring all to an end, also of earlier runs; return what is wrong, or nothing."""
        if self._thread is not None:
            self._thread.join(_PATIENCE)
        problem = ""
        for file in sorted((self.state / _PENDING).iterdir()):
            found = _left(self.state, file)
            problem = found if file.name == self.run else problem
        return problem


def _left(state: Path, file: Path) -> str:
    """Settle a run that has ended or whose engine died; forget it then."""
    try:
        problem = settle(state, file.name, file.read_text("utf-8"), ended=True)
        if not problem:
            file.unlink(missing_ok=True)
    except OSError as error:
        return str(error.strerror)
    return "" if problem == _GOES_ON else problem


def settle(state: Path, run: str, uri: str, *, ended: bool = False) -> str:
    """Settle what a run logged, if it did; return what is wrong, or nothing."""
    summary = next((each for each in journal.runs(state, _NEAR) if each.name == run), None)
    try:
        if summary is not None and not has_logged(uri, summary.uid):
            return ""
        stored = journal.load(state, run)
    except EngineError:
        return ""  # there is nothing to tell of a run that is gone
    except ModelError as error:
        return error.message
    if ended and stored.phase == "Running":
        return _GOES_ON
    text = json.dumps(_ending(stored, uri), ensure_ascii=False)
    problem = _child(state, ("settle",), text)
    return f"MLflow at {shown(uri)}: {problem}" if problem else ""


def _ending(stored: StoredRun, uri: str) -> dict[str, Any]:
    """Return a run and the pods of it that have ended, for `argosy.models.settling.ending`."""
    about = stored.description
    pods = [node for node in stored.nodes if node.type == "Pod"]
    live = stored.phase == "Running"
    return {
        "uri": uri,
        "uid": about.uid,
        "run": about.name,
        "experiment": about.workflow,
        "phase": stored.phase,
        "started": about.started,
        "finished": stored.finished,
        "source": about.source,
        "ends": [_end(stored, node) for node in pods if node.done or not live],
    }


def _end(stored: StoredRun, node: Node) -> dict[str, Any]:
    name = stored.description.name
    killed = not node.done or stopped(node.message) or node.exit_code in _KILLED
    code = "" if node.exit_code is None else str(node.exit_code)
    return {
        "pods": [pod_name(name, node.name, node.template)],
        "step": node.within(name),
        "phase": node.phase if node.done else "Interrupted",
        "killed": killed,
        "finished": node.finished or stored.finished or time.time(),
        "tags": {
            "argosy.node": node.name,
            "argosy.exit_code": code,
            "argosy.message": node.message,
            "argosy.pipeline": stored.description.workflow,
            "argosy.engine": "local",
        },
    }
