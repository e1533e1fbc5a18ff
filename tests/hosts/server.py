"""A host of git repositories on loopback: the APIs of GitHub and GitLab, as strict as they are.

It knows one repository. What a request may hold is checked, and what is unknown is refused.
"""

import json
import re
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.servers import Quiet, listening

TOKEN = "canary-0123456789abcdef"  # noqa: S105 - of no server
BOT = "argosy-bot"
Reply = tuple[int, Any, dict[str, str]]
Route = tuple[str, str, Callable[..., Reply]]


@dataclass
class Request:
    """A pull request, in the words of neither host; `state` is open, closed or merged."""

    number: int
    head: str
    base: str
    title: str
    body: str
    state: str = "open"
    sha: str = "0" * 40


@dataclass
class Remark:
    id: int
    author: str
    body: str
    system: bool = False


@dataclass
class Fault:
    """What befalls the next request of `method`: an answer before or after the deed, or none."""

    method: str = ""
    status: int = 0
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    done: bool = False
    hang: float = 0


class Refused(Exception):  # noqa: N818 - an answer, no error
    def __init__(self, status: int, body: Any) -> None:
        super().__init__(status)
        self.reply: Reply = (status, body, {})


@dataclass
class Forge:
    """The state of the host; the repository's branches are those of `bare`, if there is one."""

    name: str = "acme/gitops"
    token: str = TOKEN
    branches: set[str] = field(default_factory=lambda: {"main", "argosy/prod"})
    bare: Path | None = None
    url: str = ""
    requests: list[Request] = field(default_factory=list)
    remarks: dict[int, list[Remark]] = field(default_factory=dict)
    commits: dict[int, list[str]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    log: list[tuple[str, str, dict[str, str], Any]] = field(default_factory=list)
    app: bool = False
    guard: threading.RLock = field(default_factory=threading.RLock)

    def heads(self) -> dict[str, str]:
        """The branches and their commits."""
        if self.bare is None:
            return dict.fromkeys(self.branches, "0" * 40)
        command = ["git", f"--git-dir={self.bare}", "for-each-ref", "refs/heads",
                   "--format=%(refname:lstrip=2) %(objectname)"]  # fmt: skip
        out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        return dict(line.split(" ") for line in out.splitlines())

    def opened(self) -> list[Request]:
        """The open requests."""
        return [each for each in self.requests if each.state == "open"]

    def number(self) -> int:
        return len(self.requests) + 1

    def remark(self, number: int, author: str, body: str, *, system: bool = False) -> Remark:
        """Write a comment."""
        made = Remark(1000 + sum(map(len, self.remarks.values())), author, body, system)
        self.remarks.setdefault(number, []).append(made)
        return made

    def of(self, number: int) -> Request | None:
        """Return a request."""
        return next((each for each in self.requests if each.number == number), None)

    def find_remark(self, number: int) -> Remark | None:
        """Return a comment by its own number."""
        every = (each for found in self.remarks.values() for each in found)
        return next((each for each in every if each.id == number), None)


class Handler(Quiet):
    """One request to an API; `api` is the module that knows its paths and fields."""

    forge: Forge
    routes: tuple[Route, ...]
    authorize: Callable[..., None]
    protocol_version = "HTTP/1.1"

    def _serve(self) -> None:
        path, raw = urlsplit(self.path).path, self._body()
        body = json.loads(raw) if raw else None
        headers = {name.lower(): value for name, value in self.headers.items()}
        with self.forge.guard:
            self.forge.log.append((self.command, self.path, headers, body))
            fault = self._fault()
        if fault and not fault.done:
            return self._befall(fault)
        try:
            with self.forge.guard:
                type(self).authorize(self.forge, headers)
                reply = self._routed(path, body)
        except Refused as refused:
            reply = refused.reply
        return self._befall(fault) if fault else self._reply(*reply)

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _fault(self) -> Fault | None:
        fitting = [each for each in self.forge.faults if each.method in ("", self.command)]
        if not fitting:
            return None
        self.forge.faults.remove(fitting[0])
        return fitting[0]

    def _befall(self, fault: Fault) -> None:
        if fault.hang:
            time.sleep(fault.hang)
        if fault.status:
            return self._reply(fault.status, fault.body, fault.headers)
        self.close_connection = True
        self.connection.close()
        return None

    def _routed(self, path: str, body: Any) -> Reply:
        query = dict(parse_qsl(urlsplit(self.path).query))
        for method, pattern, answer in self.routes:
            match = re.fullmatch(pattern, path)
            if match and method == self.command:
                given = [unquote(part) for part in match.groups()]
                return answer(self.forge, given, query if body is None else body)
        raise Refused(404, {"message": "Not Found"})

    def _reply(self, status: int, body: Any, headers: dict[str, str]) -> None:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    do_GET = do_POST = do_PATCH = do_PUT = _serve  # noqa: N815 - the names are inherited


def page(forge: Forge, path: str, items: list[Any], query: dict[str, str]) -> Reply:
    """Return one page and the address of the next."""
    size, number = min(int(query.get("per_page", 30)), 100), int(query.get("page", 1))
    part = items[(number - 1) * size : number * size]
    if number * size >= len(items):
        return 200, part, {}
    more = "&".join(f"{k}={v}" for k, v in {**query, "page": str(number + 1)}.items())
    first = f'<{forge.url}{path}?{more.replace(f"page={number + 1}", "page=1")}>; rel="first"'
    return 200, part, {"Link": f'{first}, <{forge.url}{path}?{more}>; rel="next"'}


@contextmanager
def serving(forge: Forge, api: Any, handler: type[Handler] = Handler) -> Iterator[Forge]:
    """Serve `api`, a module with `ROUTES` and `authorize`; `forge.url` is where."""
    made = {"forge": forge, "routes": api.ROUTES, "authorize": staticmethod(api.authorize)}
    with listening(type("Bound", (handler,), made)) as port:
        forge.url = f"http://127.0.0.1:{port}"
        yield forge
