"""How plain scripts log into the right place of MLflow: by the environment of their step.

Rendered manifests carry it where their environment has an MLflow; here every step gets it. MLflow's
client makes the run itself, when a script first logs. So a step that logs nothing costs nothing, a
script may choose another experiment, and nothing is asked of MLflow before a step starts.
"""

import contextlib
import sqlite3
from pathlib import Path
from typing import Any

from argosy.models import rest, store
from argosy.models.failure import ModelError
from argosy.models.rest import RefusedError
from compiler.tracking import WORKFLOW
from compiler.tracking import variables as rendered

_SQLITE = "sqlite:///"
_TAKEN = ("RESOURCE_ALREADY_EXISTS", "INVALID_PARAMETER_VALUE")


def variables(uri: str, experiment: str) -> dict[str, str]:
    """Return the variables of every step of a run, with Argo's tags in them."""
    found = {
        **rendered(uri, experiment, {}),
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
        # by default a script waits four minutes for a server that is away
        "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "3",
    }
    root = store.artifact_root(uri)
    # an experiment that a script makes would put its files into the script's folder, as it is read
    return {**found, "_MLFLOW_SERVER_ARTIFACT_ROOT": root} if root else found


def has_logged(uri: str, uid: str) -> bool:
    """Say whether anything has logged on behalf of the workflow `uid`; cheap.

    Raise `ModelError` when a server does not answer.
    """
    if uri.startswith(_SQLITE):
        return _in_file(Path(uri.removeprefix(_SQLITE)), uid)
    if not uri.startswith(("http://", "https://")):
        return True
    query = {"filter": f"tags.`{WORKFLOW}` = '{uid}'", "max_results": 1}
    body = {"experiment_ids": _experiments(uri), **query}
    return bool(rest.call(uri, "runs/search", body).get("runs"))


def _in_file(file: Path, uid: str) -> bool:
    """Ask a store on this machine; whatever else it may be, the client will find out."""
    try:
        address = f"{file.absolute().as_uri()}?mode=ro"
        with contextlib.closing(sqlite3.connect(address, uri=True, timeout=5)) as opened:
            found = opened.execute(
                "select 1 from tags where key = ? and value = ? limit 1", (WORKFLOW, uid)
            )
            return found.fetchone() is not None
    except sqlite3.Error:
        return file.exists()


def _experiments(uri: str) -> list[str]:
    found: list[str] = []
    token = ""
    while True:
        body: dict[str, Any] = {"max_results": 1000, **({"page_token": token} if token else {})}
        answer = rest.call(uri, "experiments/search", body)
        found += [str(item["experiment_id"]) for item in answer.get("experiments", ())]
        token = answer.get("next_page_token", "")
        if not token:
            return found


def prepare(uri: str, experiment: str, timeout: float = 3.0) -> str:
    """Make the experiment on a server before steps would do so at once, which MLflow refuses.

    Return what is wrong with the server, or nothing; a run goes on all the same.
    """
    if not uri.startswith(("http://", "https://")):
        return ""
    name = experiment.replace("'", "")
    try:
        body = {"filter": f"name = '{name}'", "max_results": 1}
        if not rest.call(uri, "experiments/search", body, timeout).get("experiments"):
            rest.call(uri, "experiments/create", {"name": experiment}, timeout)
    except RefusedError as error:
        return "" if error.code in _TAKEN else error.message
    except ModelError as error:
        return error.message
    return ""
