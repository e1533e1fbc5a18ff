"""What an environment held and when: the commits of its folder, newest first."""

import re
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from compiler.record import field, record
from gitops import lock, message
from gitops.remote import Remote, connect
from gitops.target import Target

_DEPTH = 2000
_FORM = "%x01%H%x00%ct%x00%an%x00%s%x00%B%x00"
_RAW = re.compile(r":\d+ \d+ [0-9a-f]+ ([0-9a-f]+) ([A-Z])\d*")
# a host that squashes a proposal keeps its title, and adds the number
_TITLE = re.compile(r"[^:]+: .+ from .+ ([0-9a-f]{10})(?: \([#!]?\d+\))?")


@record
class Entry:
    """One commit of an environment's folder.

    `kind` is what made it: `publish`, `rollback`, or `edit` by hand. `lock` is the blob of the
    lock, empty where the commit did not touch it: equal blobs are equal contents of the
    environment. `source` is the source revision (of a proposal that was squashed into its title,
    the beginning of it, which the title tells), `said` the lines of what changed, `actor` who
    published, in which `run` of a CI system.
    """

    commit: str
    at: str
    author: str
    subject: str
    kind: str
    actor: str = ""
    run: str = ""
    source: str = ""
    digest: str = ""
    lock: str = ""
    said: tuple[str, ...] = ()
    trailers: Mapping[str, str] = field(default_factory=dict)

    @property
    def moment(self) -> datetime:
        """When the commit was made, aware."""
        return datetime.fromisoformat(self.at)

    @property
    def when(self) -> str:
        """The same, for people."""
        return self.moment.strftime("%Y-%m-%d %H:%M UTC")


def read_history(
    target: Target, state: Path, *, pipeline: str = "", deadline: float = 60
) -> tuple[Entry, ...]:
    """Return the commits that changed the environment, or one pipeline of it, newest first.

    Raise `GitopsFailure` when the repository cannot be read.
    """
    with connect(target, state, time.monotonic() + deadline) as remote:
        tip = remote.look().tip
        return entries(remote, tip, pipeline) if tip else ()


def entries(remote: Remote, tip: str, pipeline: str = "") -> tuple[Entry, ...]:
    """Return the entries of `tip` and what came before it."""
    remote.deepen(tip, _DEPTH)
    target = remote.target
    place = target.path(pipeline) if pipeline else target.folder
    # a merge that gives the content of one side is left out, and that side is followed
    arguments = ["log", "--raw", "--no-abbrev", "--no-renames", f"--format={_FORM}", tip]
    raw = remote.repository.run(*arguments, *(("--", place) if place else ()))
    found, edge = _entries(raw.decode("utf-8", "replace"), target), remote.edge
    return tuple(entry for entry in found if entry.commit not in edge)


def _entries(text: str, target: Target) -> Iterator[Entry]:
    own = target.path(lock.NAME)
    for block in text.split("\x01")[1:]:
        commit, seconds, author, subject, body, changes = block.split("\0", 5)
        said = message.trailers(body)
        if said.get(message.ENVIRONMENT, target.environment) != target.environment:
            said = {}
        blob = next((_blob(line) for line in changes.splitlines() if line.endswith(f"\t{own}")), "")
        yield Entry(
            commit,
            datetime.fromtimestamp(int(seconds), UTC).isoformat(),
            author,
            subject,
            _kind(said),
            said.get(message.ACTOR, ""),
            said.get(message.RUN, ""),
            said.get(message.SOURCE, "") or _titled(subject),
            said.get(message.DIGEST, ""),
            blob,
            _summary(body) if said else (),
            said,
        )


def _titled(subject: str) -> str:
    match = _TITLE.fullmatch(subject)
    return match[1] if match else ""


def _kind(said: Mapping[str, str]) -> str:
    if message.ENVIRONMENT not in said:
        return "edit"
    return "rollback" if message.ROLLBACK in said else "publish"


def _blob(line: str) -> str:
    match = _RAW.match(line)
    return match[1] if match and match[2] != "D" else ""


def _summary(body: str) -> tuple[str, ...]:
    """Return the lines between the subject of a message and its trailers."""
    parts = body.strip().split("\n\n")[1:-1]
    return tuple(line for part in parts for line in part.splitlines() if line.strip())


def contents(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """Return, of each run of neighbours with the same content, the oldest: when it came."""
    found: list[Entry] = []
    for entry in reversed(entries):
        if entry.lock and not (found and found[-1].lock == entry.lock):
            found.append(entry)
    return tuple(reversed(found))
