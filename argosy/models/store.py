"""The store: MLflow's client, opened quietly, with the failures of its world made plain."""

import contextlib
import fcntl
import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from argosy.models.failure import ModelError

if TYPE_CHECKING:
    from mlflow import MlflowClient

_QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "MLFLOW_LOGGING_LEVEL": "ERROR",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "20",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "GIT_PYTHON_REFRESH": "quiet",
}
_READY = "mlflow.ready"


def local_uri(folder: Path) -> str:
    """Return the tracking URI of the store below `folder`."""
    return f"sqlite:///{folder.resolve() / 'mlflow.db'}"


def is_ready(folder: Path, experiment: str = "") -> bool:
    """Whether the store below `folder` has been made, and `experiment` in it."""
    try:
        made = (folder / _READY).read_text("utf-8").splitlines()
    except OSError:
        return False
    return not experiment or experiment in made


def prepare_local(folder: Path, experiment: str = "") -> str:
    """Make the local store below `folder`, and `experiment` in it; return its tracking URI.

    Several processes may do so at once: all is made once, under a file lock, before steps would
    try at the same time, which MLflow does not survive.
    """
    uri = local_uri(folder)
    if is_ready(folder, experiment):
        return uri
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "mlflow.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not is_ready(folder, experiment):
                _make(uri, folder, experiment)
    except OSError as error:
        message = f"the MLflow store in {folder} cannot be made: {error.strerror}"
        raise ModelError(message, "make the folder writable") from None
    return uri


def _make(uri: str, folder: Path, experiment: str) -> None:
    with client(uri) as opened:
        if experiment and opened.get_experiment_by_name(experiment) is None:
            opened.create_experiment(experiment, f"{artifact_root(uri)}/{experiment}")
        opened.search_experiments(max_results=1)
    with (folder / _READY).open("a", encoding="utf-8") as ready:
        ready.write(f"{experiment}\n" if experiment else "")


@contextlib.contextmanager
def client(uri: str) -> Iterator["MlflowClient"]:
    """Yield a client of `uri`; raise `ModelError` for whatever MLflow cannot do."""
    _quiet()
    try:
        from mlflow import MlflowClient
        from mlflow.exceptions import MlflowException
        from sqlalchemy.exc import SQLAlchemyError
    except ImportError as error:
        raise ModelError(f"MLflow cannot be imported: {error}") from None
    try:
        yield MlflowClient(uri, uri)
    except (MlflowException, SQLAlchemyError, OSError) as error:
        raise _failure(uri, error) from None


def artifact_root(uri: str) -> str | None:
    """Return where the artifacts of a local store go; None leaves it to the server."""
    if not uri.startswith("sqlite:///"):
        return None
    return (Path(uri.removeprefix("sqlite:///")).parent / "mlartifacts").as_uri()


def _quiet() -> None:
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    import logging

    for name in ("mlflow", "alembic", "urllib3"):
        logging.getLogger(name).setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module=r"mlflow\b.*")


def _failure(uri: str, error: Exception) -> ModelError:
    message = str(error).strip().splitlines()[0][:300] if str(error).strip() else repr(error)
    if isinstance(error, ModelError):
        return error
    unreachable = any(word in message for word in ("Max retries", "Connection", "API request"))
    if unreachable:
        hint = "is the server up, and the uri right? A retry is safe"
        return ModelError(f"MLflow at {shown(uri)} does not answer", hint)
    return ModelError(f"MLflow at {shown(uri)}: {message}")


def shown(uri: str) -> str:
    """Return `uri` without a password."""
    parts = urlsplit(uri)
    if "@" not in parts.netloc:
        return uri
    return parts._replace(netloc=f"***@{parts.netloc.rpartition('@')[2]}").geturl()
