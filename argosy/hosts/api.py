"""Requests to a host's API: with limits of time and size, patient, and silent about tokens."""

import json
import random
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from argosy.exchange import Answer as Exchanged
from argosy.exchange import Silence, exchange
from argosy.hosts.failure import HostFailure, LimitFailure, SilentFailure, TooLongFailure
from compiler.record import record
from gitops.credential import mask

_PAGES = 100
_REQUEST, _DEADLINE = 15.0, 90.0  # seconds
_TRIES = 5
_MOVED = (301, 302, 307, 308)
_BUSY = (500, 502, 503, 504)
_UNTOLD = 60.0  # GitHub: when a limit does not say how long, wait for a minute at least
_LIMITED = ("secondary rate limit", "abuse detection", "rate limit exceeded", "rate limited")


@record
class Answer:
    """What the host said; header names are in small letters."""

    status: int
    headers: Mapping[str, str]
    body: Any
    text: str = ""


@dataclass
class Api:
    """The API at `root`, spoken to with `headers`; `secret`, the token in them, is never shown."""

    root: str
    headers: Mapping[str, str] = field(repr=False)
    secret: str = field(default="", repr=False)
    deadline: float = _DEADLINE
    pause: float = 1.0
    until: float = 0.0

    def get(self, path: str, **query: str | int) -> Any:
        """Return the JSON of one page."""
        return self._sent("GET", self._url(path, query)).body

    def pages(self, path: str, **query: str | int) -> Iterator[dict[str, Any]]:
        """Yield the items of all pages."""
        url = self._url(path, {"per_page": 100, **query})
        for _ in range(_PAGES):
            answer = self._sent("GET", url)
            if not isinstance(answer.body, list):
                raise HostFailure(f"{self.shown} answers with no list")
            yield from answer.body
            following = _following(answer.headers.get("link", ""))
            if not following:
                return
            url = self._own(urljoin(url, following))

    def send(self, method: str, path: str, body: Mapping[str, Any], *, again: bool = False) -> Any:
        """Write something and return the answer's JSON.

        Unless `again`, a write whose fate is unknown is not repeated: it may have been done.
        """
        return self._sent(method, self._url(path, {}), body, again=again or method != "POST").body

    @property
    def shown(self) -> str:
        """The host as messages show it."""
        return urlsplit(self.root).netloc.rpartition("@")[2]

    def _url(self, path: str, query: Mapping[str, str | int]) -> str:
        # a path of another origin stays one, and is refused
        url = self._own(urljoin(f"{self.root}/", path)) if "://" in path else f"{self.root}/{path}"
        return f"{url}?{urlencode(query)}" if query else url

    def _own(self, url: str) -> str:
        """Return `url`; raise when it leads to another server: it would get our token."""
        if urlsplit(url)[:2] != urlsplit(self.root)[:2]:
            raise HostFailure(f"{self.shown} points to another server: {url}")
        return url

    def _sent(
        self, method: str, url: str, body: Mapping[str, Any] | None = None, *, again: bool = True
    ) -> Answer:
        self.until = time.monotonic() + self.deadline
        for attempt in range(1, _TRIES + 1):
            try:
                answer = self._followed(method, url, body)
            except SilentFailure:
                if not again or not self._rest(self.pause * 2**attempt, attempt):
                    raise
                continue
            wait = _wait(answer)
            if wait is not None and self._rest(wait, attempt):
                continue
            if answer.status in _BUSY and again and self._rest(self.pause * 2**attempt, attempt):
                continue
            return self._checked(method, answer, wait)
        raise AssertionError("unreachable")

    def _rest(self, seconds: float, attempt: int) -> bool:
        """Wait, if there is a try left and time for it."""
        wanted = seconds + random.uniform(0, self.pause)  # noqa: S311 - jitter
        if attempt >= _TRIES or time.monotonic() + wanted > self.until:
            return False
        time.sleep(wanted)
        return True

    def _followed(self, method: str, url: str, body: Mapping[str, Any] | None) -> Answer:
        """Follow what was renamed, on the same server: method and body stay as they are."""
        for _ in range(5):
            answer = self._once(method, url, body)
            if answer.status not in _MOVED or "location" not in answer.headers:
                return answer
            url = self._own(urljoin(url, answer.headers["location"]))
        raise HostFailure(f"{self.shown} redirects in a circle")

    def _once(self, method: str, url: str, body: Mapping[str, Any] | None) -> Answer:
        sent = None if body is None else json.dumps(body).encode()
        kind = {} if body is None else {"Content-Type": "application/json"}
        left = max(min(_REQUEST, self.until - time.monotonic()), 0.5)
        try:
            return _answer(exchange(method, url, sent, {**self.headers, **kind}, left))
        except (Silence, ValueError) as error:
            hint = "check the address and the network; trying again is safe"
            reason = mask(str(error), (self.secret,))
            raise SilentFailure(f"{self.shown} does not answer: {reason}", hint) from None

    def _checked(self, method: str, answer: Answer, wait: float | None) -> Answer:
        if 200 <= answer.status < 300:
            return answer
        said = mask(_said(answer), (self.secret,))
        status, where = answer.status, self.shown
        if wait is not None:
            hint = f"try again in {wait:.0f} s"
            raise LimitFailure(f"{where} takes no more requests for now: {said}", hint, status)
        if status in (400, 413, 422) and "too long" in said.lower():
            raise TooLongFailure(f"{where} takes no text as long as this: {said}", "", status)
        raise HostFailure(f"{where} answers {method} with {status}: {said}", _HINTS.get(status, ""),
                          status)  # fmt: skip


_NO_RIGHT = "the token must be allowed to read and write pull requests of this repository"
_HINTS = {401: "the token is wrong or has expired", 403: _NO_RIGHT, 404: _NO_RIGHT}


def _answer(found: Exchanged) -> Answer:
    text = found.text
    try:
        body = json.loads(text) if text.strip() else None
    except (ValueError, RecursionError):
        if 200 <= found.status < 300:
            raise ValueError("its answer is not JSON") from None
        body = None
    return Answer(found.status, found.headers, body, text)


def _wait(answer: Answer) -> float | None:
    """Return for how many seconds a rate limit wants us to wait, `None` when there is none."""
    told, status = answer.headers, answer.status
    after = told.get("retry-after", "")
    limited = any(word in answer.text.lower() for word in _LIMITED)
    if status == 429 or (status == 403 and (after or limited)):
        if after.isdigit():
            return float(after)
        reset = told.get("x-ratelimit-reset", told.get("ratelimit-reset", ""))
        spent = told.get("x-ratelimit-remaining", told.get("ratelimit-remaining"))
        if reset.isdigit() and spent == "0":
            return max(float(reset) - time.time(), 1.0)
        return _UNTOLD
    return float(after) if status in _BUSY and after.isdigit() else None


def _following(link: str) -> str:
    """Return the address of the next page: RFC 8288."""
    for part in link.split(","):
        target, _, rest = part.partition(";")
        if 'rel="next"' in rest:
            return target.strip().strip("<>")
    return ""


def _said(answer: Answer) -> str:
    """Return the host's own words: GitHub's message and errors, GitLab's message or error."""
    body = answer.body if isinstance(answer.body, dict) else {}
    words = [*_words(body.get("message") or body.get("error")), *_words(body.get("errors"))]
    text = "; ".join(words) or answer.text[:200].strip() or "nothing"
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:500]


def _words(value: Any) -> list[str]:
    if isinstance(value, dict):
        said = value.get("message")
        if isinstance(said, str):
            return [said]
        pairs = ((key, _words(item)) for key, item in value.items())
        return [f"{key} {' '.join(words)}" for key, words in pairs if words]
    if isinstance(value, list):
        return [word for item in value for word in _words(item)]
    return [str(value)] if value else []
