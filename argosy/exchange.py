"""One request by HTTP and the whole of its answer, within limits of time and size.

The proxies and certificates are those of this machine. A redirect is an answer like any other: who
asked decides whether the other address is to be trusted with the same headers.
"""

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from compiler.record import field, record

if TYPE_CHECKING:
    from urllib.request import OpenerDirector

LIMIT = 16 * 1024 * 1024  # bytes of an answer
_PART = 65536


@record
class Answer:
    """What a server said, whatever its status; header names are in small letters."""

    status: int
    reason: str
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)

    @property
    def text(self) -> str:
        """The content, read as UTF-8."""
        return self.content.decode("utf-8", "replace")


class Silence(Exception):  # noqa: N818 - whoever asked says what fails by it
    """There is no answer, or none within the limits; what was asked may have been done.

    `nameless` says that the name of the server is not known.
    """

    def __init__(self, reason: str, *, nameless: bool = False) -> None:
        super().__init__(reason)
        self.nameless = nameless


def exchange(
    method: str, url: str, body: bytes | None, headers: Mapping[str, str], timeout: float
) -> Answer:
    """Send a request and return its answer; raise `Silence`.

    `timeout` are the seconds for a connection, and once more for an answer. A login in `url` is
    not sent.
    """
    # with TLS, these take as long as the start of a run
    from http.client import HTTPException, InvalidURL
    from socket import gaierror
    from urllib.request import Request

    said = {"User-Agent": "argosy", "Accept-Encoding": "identity", **headers}
    try:
        request = Request(_bare(url), body, said, method=method)  # noqa: S310 - no other handlers
        with _opener().open(request, timeout=timeout) as answer:
            told = {name.lower(): value for name, value in answer.headers.items()}
            content = _read(answer, timeout)
            return Answer(answer.status, answer.reason, told, content)
    except (InvalidURL, ValueError):
        # their words may hold the address or a header, and so a token
        raise Silence("its address, or a header for it, cannot be written") from None
    except (OSError, HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        raise Silence(str(reason), nameless=isinstance(reason, gaierror)) from None


def _bare(url: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def _opener() -> "OpenerDirector":
    """Return what opens HTTP and nothing else, follows nothing and takes every status."""
    from urllib.request import (
        HTTPHandler,
        HTTPSHandler,
        OpenerDirector,
        ProxyHandler,
        UnknownHandler,
    )

    opener = OpenerDirector()
    for handler in (ProxyHandler(), HTTPHandler(), HTTPSHandler(), UnknownHandler()):
        opener.add_handler(handler)
    return opener


def _read(stream: Any, timeout: float) -> bytes:
    """Read what a slow or endless answer gives within the limits."""
    parts, size, until = [], 0, time.monotonic() + timeout
    while part := stream.read1(_PART):
        parts.append(part)
        size += len(part)
        if size > LIMIT or time.monotonic() > until:
            raise OSError("its answer is too large or too slow")
    return b"".join(parts)
