"""MLflow's HTTP interface, as far as a run asks it in passing: in milliseconds, by no client."""

import json
import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from argosy.exchange import Silence, exchange
from argosy.models.failure import ModelError
from argosy.models.store import shown

_PATH = "/api/2.0/mlflow/"


def call(uri: str, path: str, body: dict[str, Any], timeout: float = 5.0) -> dict[str, Any]:
    """POST to `path` of the server at `uri`; raise `ModelError` when there is no proper answer."""
    return _exchange(uri, "POST", path, json.dumps(body), timeout)


def ask(uri: str, path: str, query: Mapping[str, str], timeout: float = 5.0) -> dict[str, Any]:
    """GET `path` of the server at `uri`; raise `ModelError` when there is no proper answer."""
    return _exchange(uri, "GET", f"{path}?{urlencode(query)}", None, timeout)


def _exchange(uri: str, method: str, path: str, body: str | None, timeout: float) -> dict[str, Any]:
    parts = urlsplit(uri)
    headers = {"Content-Type": "application/json", **credentials(parts.username, parts.password)}
    url = f"{uri.rstrip('/')}{_PATH}{path}"
    try:
        answer = exchange(method, url, body.encode() if body else None, headers, timeout)
        found = json.loads(answer.content) if answer.content else {}
    except (Silence, ValueError) as error:
        raise ModelError(f"MLflow at {shown(uri)} does not answer: {error}") from None
    if answer.status != 200 or not isinstance(found, dict):
        code = found.get("error_code", "") if isinstance(found, dict) else ""
        raise RefusedError(f"MLflow at {shown(uri)} answers {answer.status} {code}".rstrip(), code)
    return found


class RefusedError(ModelError):
    """The server answered, and not with what was asked for; `code` is its own word for it."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


def credentials(name: str | None, password: str | None) -> dict[str, str]:
    """Those of the address, else those that MLflow's client reads from the environment."""
    import base64

    token = os.environ.get("MLFLOW_TRACKING_TOKEN")
    name = name or os.environ.get("MLFLOW_TRACKING_USERNAME")
    if name is None:
        return {"Authorization": f"Bearer {token}"} if token else {}
    password = password or os.environ.get("MLFLOW_TRACKING_PASSWORD", "")
    pair = base64.b64encode(f"{name}:{password}".encode()).decode()
    return {"Authorization": f"Basic {pair}"}
