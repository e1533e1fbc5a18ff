"""A question by HTTP, with everything that its answer tells: status, words, the server's clock."""

import http.client
import time
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from argosy.doctor.finding import mask
from argosy.failure import Failure
from compiler.record import record

_MOST = 64 * 1024


@record
class Reply:
    """An answer; `ahead` is by how many seconds the server's clock is, None if it tells no time."""

    status: int
    text: str
    ahead: float | None


class Unanswered(Failure):
    """Nobody answered, or not by HTTP; `unknown` says that the name of the host is not known."""

    def __init__(self, message: str, *, unknown: bool) -> None:
        super().__init__(message, "is it running, and can it be reached from here?")
        self.unknown = unknown


def ask(
    url: str, method: str = "GET", body: str = "", headers: dict[str, str] | None = None,
    timeout: float = 5.0,
) -> Reply:  # fmt: skip
    """Ask `url`, which may hold a login; raise `Unanswered`."""
    import socket

    parts = urlsplit(url)
    secure = parts.scheme == "https"
    kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=timeout)
    started = time.time()
    try:
        connection.request(method, parts.path or "/", body or None, headers or {})
        answer = connection.getresponse()
        text = answer.read(_MOST).decode("utf-8", "replace")
    except (OSError, http.client.HTTPException, ValueError) as error:
        unknown = isinstance(error, socket.gaierror)
        raise Unanswered(f"{mask(url)} does not answer: {error}", unknown=unknown) from None
    finally:
        connection.close()
    return Reply(answer.status, text, _ahead(answer.getheader("Date"), started, time.time()))


def _ahead(date: str | None, started: float, ended: float) -> float | None:
    try:
        told = parsedate_to_datetime(date or "").timestamp()
    except ValueError:
        return None
    return told - (started + ended) / 2
