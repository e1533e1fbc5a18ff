"""Who may use the page: a browser that was given the token, from the page's own address.

Another user of the machine can reach the port, and so can any web site in the user's browser. So
everything needs a session, which only the token opens; what changes something also needs the
secret that the pages of the session carry, and a request from our own origin. A host name that is
not ours is refused, or a site could point its name at this machine.
"""

import hmac
import secrets
import threading
from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie

_SESSIONS = 100


class Access:
    """The token of one server, and the sessions that it opened."""

    def __init__(self, port: int) -> None:
        self.token = secrets.token_urlsafe(32)
        self._key = secrets.token_bytes(32)
        self._hosts = (f"127.0.0.1:{port}", f"localhost:{port}")
        # ports do not part cookies, names do
        self._cookie = f"argosy-{port}"
        self._sessions: dict[str, None] = {}
        self._lock = threading.Lock()

    def knows_host(self, headers: Mapping[str, str]) -> bool:
        """Whether the request was meant for this server, by whatever name it was found."""
        return headers.get("Host", "") in self._hosts

    def is_own_origin(self, headers: Mapping[str, str]) -> bool:
        """Whether a page of this server sent the request, or no page at all."""
        if headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
            return False
        return headers.get("Origin", "") in [f"http://{host}" for host in self._hosts]

    def open(self, token: str) -> str | None:
        """Return the cookie of a new session; None when the token is wrong."""
        if not hmac.compare_digest(token.encode(), self.token.encode()):
            return None
        session = secrets.token_urlsafe(32)
        with self._lock:
            self._sessions[session] = None
            while len(self._sessions) > _SESSIONS:
                del self._sessions[next(iter(self._sessions))]
        return f"{self._cookie}={session}; HttpOnly; SameSite=Strict; Path=/"

    def session(self, headers: Mapping[str, str]) -> str | None:
        """Return the session of a request; None when it has none."""
        try:
            found = SimpleCookie(headers.get("Cookie", "")).get(self._cookie)
        except CookieError:
            return None
        return found.value if found and found.value in self._sessions else None

    def secret(self, session: str) -> str:
        """Return what the pages of a session carry, and give back to change something."""
        return hmac.digest(self._key, session.encode(), "sha256").hex()

    def may_change(self, session: str, headers: Mapping[str, str]) -> bool:
        """Whether a request may change something."""
        given = headers.get("X-Argosy-Secret", "")
        right = hmac.compare_digest(given.encode(), self.secret(session).encode())
        return right and self.is_own_origin(headers)
