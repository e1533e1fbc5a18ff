"""What the server answers to whom: pages of runs, files of them, deeds."""

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from argosy.engine import journal
from argosy.engine.journal import StoredRun
from argosy.failure import Failure
from argosy.report import run_source
from argosy.report.run_source import Tracking
from argosy.report.run_view import view
from argosy.ui import deeds, files, pages
from argosy.ui.access import Access
from argosy.ui.answer import Answer, data, page, refusal
from argosy.ui.tracking_server import TrackingServer

_FRESH, _KEPT = 20.0, 300.0  # seconds that what MLflow said stays true
_BIGGEST = 64 * 1024


class Site:
    """The runs of one state folder, for those who have access."""

    def __init__(self, state: Path, access: Access) -> None:
        self.state, self.access = state, access
        self.mlflow = TrackingServer(state)
        self._known: dict[str, tuple[float, Tracking]] = {}

    def get(self, target: str, headers: Mapping[str, str]) -> Answer:
        """Return what is read at `target`."""
        if not self.access.knows_host(headers):
            return refusal(403, "this server goes by another name")
        session = self.access.session(headers)
        parts = urlsplit(target) if target.startswith("/") else urlsplit("/nowhere")
        if session is None:
            return self._entry(parts.path)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        try:
            return self._read(parts.path, query, self.access.secret(session))
        except Failure as failure:
            return refusal(404, failure.message, failure.hint)
        except (OSError, ValueError, RecursionError) as error:
            return refusal(500, f"it cannot be told: {error}"[:300])

    def _entry(self, path: str) -> Answer:
        if path != "/" and not path.startswith("/runs/"):
            return refusal(401, "open the address that `argosy ui` printed")
        return page(pages.entry(), pages.policy(), 200 if path == "/" else 401)

    def _read(self, path: str, query: Mapping[str, str], secret: str) -> Answer:
        words = [unquote(word) for word in path.split("/")[1:]]
        if words == [""]:
            found = journal.runs(self.state)
            shown = found[: pages.SHOWN]
            return page(pages.runs(shown, len(found), secret, time.time()), pages.policy())
        if words[0] != "runs" or len(words) not in (2, 3):
            return refusal(404, "there is nothing here")
        stored = self.stored(words[1])
        if len(words) == 2:
            told = view(stored, self._tracking(stored), time.time())
            return page(pages.run(told, secret), pages.policy())
        if words[2] in ("log", "artifact"):
            return files.give(stored, words[2], query.get("step", ""), query.get("name", ""))
        return refusal(404, "there is nothing here")

    def stored(self, name: str) -> StoredRun:
        """Return a run; a name with a `/` in it would lead out of the folder of runs."""
        if "/" in name or "\0" in name or name in ("", ".", "..") or len(name.encode()) > 255:
            raise Failure("there is no such run")
        return journal.load(self.state, name)

    def _tracking(self, stored: StoredRun) -> Tracking:
        about = stored.description
        at, found = self._known.get(about.uid, (0.0, Tracking()))
        if time.monotonic() - at > (_KEPT if stored.finished else _FRESH) or not at:
            uri = run_source.tracking_uri(about.manifests, self.state)
            found = run_source.tracking(uri, about.uid) if uri else Tracking()
            # a run that has just ended may still be brought to its end in MLflow
            settled = stored.finished is not None and time.time() - stored.finished > _FRESH
            self._known[about.uid] = (time.monotonic() - (0 if settled else _KEPT - _FRESH), found)
        return found

    def post(self, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Do what is asked at `target`, for a page of ours with an open session."""
        if not self.access.knows_host(headers) or not self.access.is_own_origin(headers):
            return refusal(403, "only the page of this server may ask for that")
        given = _object(body)
        if target == "/session":
            cookie = self.access.open(str(given.get("token", "")))
            if cookie is None:
                return refusal(403, "the token is wrong", "each start of argosy ui has its own")
            return Answer(200, b"{}", {"Set-Cookie": cookie, "Content-Type": "application/json"})
        session = self.access.session(headers)
        if session is None or not self.access.may_change(session, headers):
            return refusal(403, "the session has ended", "open the address of argosy ui again")
        try:
            return self._do([unquote(word) for word in target.split("/")[1:]], given)
        except (Failure, OSError) as failure:
            return refusal(409, str(failure), getattr(failure, "hint", ""))

    def _do(self, words: list[str], given: Mapping[str, Any]) -> Answer:
        if words == ["mlflow"]:
            address = self.mlflow.address()
            return data({"ready": address is not None, "url": address or ""})
        if len(words) != 3 or words[0] != "runs" or words[2] not in (*deeds.ASKED, *deeds.STARTED):
            return refusal(404, "there is nothing here")
        node = str(given.get("node", ""))
        return data({"said": deeds.do(self.state, self.stored(words[1]), words[2], node)})


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(body) if len(body) <= _BIGGEST else None
    except (ValueError, RecursionError):
        found = None
    return found if isinstance(found, dict) else {}
