"""Answers of the server: what they hold, and the headers that keep it from doing harm."""

import json
from collections.abc import Mapping
from typing import Any, BinaryIO
from urllib.parse import quote

from compiler.record import field, record

_SAFE = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
# of what is downloaded, nothing may act, even if a browser shows it
_SANDBOX = "default-src 'none'; sandbox"


@record
class Answer:
    """A status, its headers, and a body of bytes or `size` bytes of an open file."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    file: BinaryIO | None = None
    size: int = 0

    def all_headers(self) -> dict[str, str]:
        """Return the headers with those that every answer has."""
        length = self.size if self.file else len(self.body)
        own = {"Content-Length": str(length), **self.headers}
        return {"Content-Security-Policy": _SANDBOX, **_SAFE, **own}


def page(text: str, policy: str, status: int = 200) -> Answer:
    """Return a page whose policy lets its own style and script take effect."""
    kind = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": policy}
    return Answer(status, text.encode(), kind)


def data(body: Mapping[str, Any], status: int = 200) -> Answer:
    """Return JSON."""
    return Answer(status, json.dumps(body).encode(), {"Content-Type": "application/json"})


def refusal(status: int, message: str, hint: str = "") -> Answer:
    """Return why something was not done, as JSON."""
    return data({"error": message, "hint": hint}, status)


def attachment(name: str, file: BinaryIO, size: int) -> Answer:
    """Return a file that is saved, never shown."""
    shown = quote(name, safe="", errors="replace")
    kind = {
        "Content-Type": "application/octet-stream",
        "Content-Disposition": f"attachment; filename*=UTF-8''{shown}",
    }
    return Answer(200, b"", kind, file, size)
