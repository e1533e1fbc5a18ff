"""Artifacts behind an address: one GET, as Argo's executor makes it, within a bound of bytes."""

import base64
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import (
    HTTPHandler,
    HTTPRedirectHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
    build_opener,
)

from argosy.engine.failure import EngineError
from argosy.engine.pods import archives

Data = Mapping[str, Any]
Secret = Callable[[Data], str]
MOST = "ARGOSY_DOWNLOAD_MOST"
_MOST = 16 << 30
_PATIENCE = 60.0  # seconds without an answer
_PART = 1 << 20
# what Go's client does not hand on to another host
_OWN = ("authorization", "cookie", "www-authenticate")
_NOT_FOUND = 404


class _Redirects(HTTPRedirectHandler):
    """Follows to addresses of the web only, and takes no login to another host."""

    def redirect_request(self, request: Request, *answer: Any) -> Request | None:
        """Return the next request."""
        found = super().redirect_request(request, *answer)
        if found is None:
            return None
        _check(found.full_url)
        if urlsplit(found.full_url).hostname != urlsplit(request.full_url).hostname:
            for name in [name for name in found.headers if name.lower() in _OWN]:
                found.remove_header(name)
        return found


def load(artifact: Data, target: Path, secret: Secret) -> str:
    """Put what an address gives at `target`, unpacked; return why it is not there.

    `secret` returns the text that a reference to a key of a Secret stands for. Raise `EngineError`,
    in Argo's words, when the server refuses, does not answer or sends more than the bound.
    """
    asked = artifact.get("http") or artifact["artifactory"]
    target.parent.mkdir(parents=True, exist_ok=True)
    fetched = target.with_name(f".{target.name}.fetched")
    try:
        _check(str(asked["url"]))
        _fetch(_request(asked, secret), fetched)
    except (OSError, ValueError) as error:
        fetched.unlink(missing_ok=True)
        if isinstance(error, HTTPError) and error.code == _NOT_FOUND:
            return f"{error.code} {error.reason}"
        raise _failed(artifact, error) from None
    archives.unpack(fetched, target, artifact)
    return ""


def _check(url: str) -> None:
    if urlsplit(url).scheme not in ("http", "https"):
        raise ValueError(f'unsupported protocol scheme "{urlsplit(url).scheme}"')


def _request(asked: Data, secret: Secret) -> Request:
    request = Request(str(asked["url"]), headers={"User-Agent": "argosy"})  # noqa: S310 - looked at
    for header in asked.get("headers") or ():
        request.add_header(str(header["name"]), str(header.get("value") or ""))
    login = (asked.get("auth") or {}).get("basicAuth") or asked
    user, password = (login.get(f"{part}Secret") for part in ("username", "password"))
    if user and password:
        words = f"{secret(user)}:{secret(password)}"
        request.add_header("Authorization", f"Basic {base64.b64encode(words.encode()).decode()}")
    return request


def _fetch(request: Request, target: Path) -> None:
    most = int(os.environ.get(MOST) or _MOST)
    with _opener().open(request, timeout=_PATIENCE) as answer, target.open("wb") as file:
        size = 0
        while part := answer.read1(_PART):
            size += len(part)
            if size > most:
                raise ValueError(f"it has more than {most} bytes ({MOST} sets the bound)")
            file.write(part)
        if (answer.length or 0) > 0:
            raise OSError("unexpected EOF")


def _opener() -> OpenerDirector:
    return build_opener(ProxyHandler(), HTTPHandler(), HTTPSHandler(), _Redirects())


def _failed(artifact: Data, error: Exception) -> EngineError:
    url = str((artifact.get("http") or artifact["artifactory"])["url"])
    bare = urlsplit(url)
    shown = bare._replace(netloc=bare.netloc.rpartition("@")[2], query="").geturl()
    said = str(getattr(error, "reason", None) or error)
    if isinstance(error, HTTPError):
        said = f"loading content from {shown} failed with reason: {error.code} {error.reason}"
    name = artifact["name"]
    hint = f"it was asked for {shown}"
    return EngineError(f"init: Error (exit code 64): artifact {name} failed to load: {said}", hint)
