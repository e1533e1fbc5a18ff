"""The GitOps repository as seen from a private bare one that lives as long as one publish."""

import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from compiler.record import record
from gitops import credential
from gitops.failure import GitopsFailure
from gitops.git import Answer, GitFailure, Repository, execute, explain
from gitops.lock import Lock
from gitops.target import Target, local_path

_STALE = 3600.0
_SHA = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")


@record
class Sight:
    """The refs at one moment: the branch's tip (empty: no branch), and marker name → commit.

    `hold` is the commit that says why nothing is to be published, if somebody wants that. `draft`
    is the tip of the branch that asks to be merged, `note` the commit that tells of it.
    """

    tip: str
    markers: Mapping[str, str]
    hold: str = ""
    draft: str = ""
    note: str = ""

    @property
    def commits(self) -> set[str]:
        """Every commit that a publish can have put there."""
        return {self.tip, *self.markers.values(), self.draft, self.note} - {""}


@dataclass
class Remote:
    """A target, and the objects of it that were fetched: depth 1, trees without their blobs.

    `locks` are those that need not be read any more, by their blob.
    """

    target: Target
    repository: Repository
    complete: bool = False
    known: set[str] = field(default_factory=set)
    locks: dict[str, Lock] = field(default_factory=dict)

    def look(self) -> Sight:
        """Return the refs as they are now; raise `GitFailure` when they cannot be read."""
        head, markers, holds = self.target.head, self.target.markers, self.target.holds
        written, note = self.target.written, self.target.note
        asking = (written, note) if self.target.proposal else ()
        refs = self.refs(head, f"{markers}*", *holds, *asking)
        marked = {
            name.removeprefix(markers): oid
            for name, oid in refs.items()
            if name.startswith(markers) and _SHA.fullmatch(name.removeprefix(markers))
        }
        hold = next((refs[ref] for ref in holds if ref in refs), "")
        draft, told = (refs.get(ref, "") for ref in asking or ("", ""))
        return Sight(refs.get(head, ""), marked, hold, draft, told)

    def refs(self, *patterns: str) -> dict[str, str]:
        """Return the refs that match, and maybe others: full name → object."""
        answer = self._talk("ls-remote", "--quiet", "target", *patterns)
        lines = (line.partition("\t") for line in answer.out.decode().splitlines())
        return {name: oid for oid, _, name in lines}

    def fetch(self, oids: Iterable[str]) -> None:
        """Get commits and their trees, each once."""
        wanted = sorted({oid for oid in oids if oid} - self.known)
        if wanted:
            answer = self._talk("fetch", *_FETCH, "--depth=1", "target", *wanted)
            self.complete |= "filtering not recognized" in answer.err
            self.known.update(wanted)

    def follow(self, old: str, new: str) -> bool:
        """Get what came to commit `old`; say whether `new` descends from it."""
        if new:
            self._talk("fetch", *_FETCH, "target", new)
            self.known.add(new)
        return bool(new) and self.repository.is_ancestor(old, new)

    @property
    def edge(self) -> frozenset[str]:
        """The commits that were fetched without their parents."""
        cut = self.repository.path / "shallow"
        return frozenset(cut.read_text("ascii").split() if cut.exists() else ())

    def deepen(self, tip: str, commits: int) -> None:
        """Get the history of `tip`, at most so many commits."""
        self._talk("fetch", *_FETCH, f"--depth={commits}", "target", tip)

    def read(self, oids: Iterable[str]) -> dict[str, bytes]:
        """Return the contents of blobs, got in one request."""
        wanted = sorted(set(oids))
        missing = sorted(set(wanted) - self.known)
        if missing and not self.complete:
            # one by one is how git would get them by itself
            answer = self.repository.ask("-c", "fetch.negotiationAlgorithm=noop", "fetch", *_FETCH,
                                         "--stdin", "target", stdin=_lines(missing))  # fmt: skip
            self.known.update(missing if answer.status == 0 else ())
        raw = self.repository.run("cat-file", "--batch", stdin=_lines(wanted)) if wanted else b""
        return dict(batch(raw))

    def push(self, *arguments: str, atomic: bool = False) -> Answer:
        """Push, all or nothing if `atomic`; the answer tells how it went, not an exception.

        Raise `GitFailure` only if it hung.
        """
        together = ("--atomic",) if atomic else ()
        return self.repository.ask("push", *together, "--porcelain", "--no-verify",
                                   "--no-signed", "target", *arguments)  # fmt: skip

    def _talk(self, *arguments: str) -> Answer:
        answer = self.repository.ask(*arguments)
        if answer.status:
            raise self.explain(answer)
        return answer

    def explain(self, answer: Answer) -> GitFailure:
        """Return the failure that an answer of the other side tells of."""
        path = local_path(self.target.repository)
        if path and not path.exists():
            hint = "create it with `git init --bare`, or correct the address"
            message = f"there is no repository at `{path}`"
            return GitFailure(message, hint, "repository", answer.err)
        said = f"{answer.out.decode('utf-8', 'replace')}\n{answer.err}"
        hidden = credential.secrets({**os.environ, **self.repository.env})
        return explain(credential.mask(said, hidden), self.target.shown)


_FETCH = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-gc", "--filter=blob:none")


@contextmanager
def connect(target: Target, state: Path, until: float) -> Iterator[Remote]:
    """Yield a connection to `target` that ends by `until`; its files are in `state` meanwhile."""
    folder = _workspace(state)
    path = folder / "objects.git"
    try:
        left = max(until - time.monotonic(), 1.0)
        init = ["init", "--quiet", "--bare", "--template=", "--object-format=sha1", str(path)]
        answer = execute(init, b"", {}, left)
        if answer.status:
            raise explain(answer.err, str(path))
        address, login = credential.split(target.address, os.environ)
        with (path / "config").open("a", encoding="utf-8") as config:
            config.write(f'[remote "target"]\n\turl = "{_quoted(address)}"\n')
            config.write(login.settings if login else "")
        asked = login.install(folder) if login else {}
        yield Remote(target, Repository(path, private=True, until=until, env=asked))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _workspace(state: Path) -> Path:
    home = state / "publish"
    try:
        home.mkdir(parents=True, exist_ok=True)
        _sweep(home)
        return Path(tempfile.mkdtemp(dir=home))
    except OSError as error:
        raise GitopsFailure(f"cannot write to `{home}`: {error.strerror}") from None


def _sweep(home: Path) -> None:
    """Remove what killed publishers left; those that live end long before that."""
    for folder in home.iterdir():
        with suppress(OSError):
            if time.time() - folder.stat().st_mtime > _STALE:
                shutil.rmtree(folder, ignore_errors=True)


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')


def _lines(oids: Iterable[str]) -> bytes:
    return "".join(f"{oid}\n" for oid in oids).encode()


def batch(raw: bytes) -> Iterator[tuple[str, bytes]]:
    """Split the output of `cat-file --batch`: `OID TYPE SIZE`, newline, content, newline."""
    at = 0
    while at < len(raw):
        end = raw.index(b"\n", at)
        head = raw[at:end].decode().split()
        if len(head) != 3:
            raise GitFailure(f"object {head[0]} is not in the repository", kind="repository")
        size = int(head[2])
        yield head[0], raw[end + 1 : end + 1 + size]
        at = end + size + 2
