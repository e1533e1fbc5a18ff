"""The store: MLflow's client, opened quietly, with the failures of its world made plain."""

import contextlib
import fcntl
import logging
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


def is_ready(folder: Path) -> bool:
    """Whether the store below `folder` has been made: that takes seconds."""
    return (folder / _READY).exists()


def prepare_local(folder: Path) -> str:
    """Make the local store below `folder` if it is not there; return its tracking URI.

    Several processes may do so at once: the schema is made once, under a file lock.
    """
    uri = local_uri(folder)
    if is_ready(folder):
        return uri
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "mlflow.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            _make(uri, folder)
    except OSError as error:
        message = f"the MLflow store in {folder} cannot be made: {error.strerror}"
        raise ModelError(message, "make the folder writable") from None
    return uri


def _make(uri: str, folder: Path) -> None:
    if not is_ready(folder):
        with client(uri) as opened:
            opened.search_experiments(max_results=1)
        (folder / _READY).touch()


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
