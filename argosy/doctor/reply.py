"""A question by HTTP, with everything that its answer tells: status, words, the server's clock."""

import time
from email.utils import parsedate_to_datetime

from argosy.doctor.finding import mask
from argosy.exchange import Silence, exchange
from argosy.failure import Failure
from compiler.record import record

_PATIENCE = 5.0


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
    url: str, method: str = "GET", body: str = "", headers: dict[str, str] | None = None
) -> Reply:
    """Ask `url`, which may hold a login; raise `Unanswered`."""
    started = time.time()
    try:
        answer = exchange(method, url, body.encode() or None, headers or {}, _PATIENCE)
    except Silence as error:
        raise Unanswered(f"{mask(url)} does not answer: {error}", unknown=error.nameless) from None
    return Reply(
        answer.status, answer.text, _ahead(answer.headers.get("date"), started, time.time())
    )


def _ahead(date: str | None, started: float, ended: float) -> float | None:
    try:
        told = parsedate_to_datetime(date or "").timestamp()
    except ValueError:
        return None
    return told - (started + ended) / 2
