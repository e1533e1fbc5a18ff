"""The GitOps repository as seen from a private bare one that lives as long as one publish."""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from compiler.record import record
from gitops import credential
from gitops.failure import GitopsFailure
from gitops.git import Answer, GitFailure, Repository, explain
from gitops.lock import Lock
from gitops.room import room
from gitops.target import Target, local_path

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

    `known` were fetched, `passed` are commits with no more than the folders above the target's.
    What need not be read any more: `trees`, the folder's tree by commit, and `locks` by their blob.
    """

    target: Target
    repository: Repository
    complete: bool = False
    narrow: bool = True
    known: set[str] = field(default_factory=set)
    passed: set[str] = field(default_factory=set)
    trees: dict[str, str] = field(default_factory=dict)
    locks: dict[str, Lock] = field(default_factory=dict)

    def look(self) -> Sight:
        """Return the refs as they are now; raise `GitFailure` when they cannot be read."""
        head, markers, holds = self.target.head, self.target.markers, self.target.holds
        written, note = self.target.written, self.target.note
        asking = (written, note) if self.target.proposal else ()
        refs = self.refs(head, f"{markers}*", *holds, *asking)
        hold = next((refs[ref] for ref in holds if ref in refs), "")
        draft, told = (refs.get(ref, "") for ref in asking or ("", ""))
        return Sight(refs.get(head, ""), _marked(refs, markers), hold, draft, told)

    def arrive(self) -> Sight:
        """Return the refs as they are now, and get what they name, down to the folder's entry.

        One request in place of two; `look` alone where the branch is missing, or the server does
        not answer such a request.
        """
        if self.target.proposal:
            return self.look()
        answer = self._fetch_refs()
        if answer.status and "filter" in answer.err.lower():
            self.narrow = False
            answer = self._fetch_refs()
        return self.look() if answer.status else self._arrived(answer)

    def _fetch_refs(self) -> Answer:
        """Fetch the refs that `look` reads, into a folder of their own."""
        target = self.target
        # a ref that is missing is an error, a pattern without a match is none
        holds = (f"{ref}*:{_HERE}/hold/{number}*" for number, ref in enumerate(target.holds))
        refs = (f"{target.head}:{_HERE}/head", f"{target.markers}*:{_HERE}/marker/*", *holds)
        depth = target.folder.count("/") + 1
        # blobs lie beside folders, but none above those of the root
        above = f"combine:tree:{depth}+blob:none" if depth > 1 else f"tree:{depth}"
        some = (*_FETCH, f"--filter={above}") if self.narrow else _BLOBLESS
        return self.repository.ask("fetch", *some, "--depth=1", "target", *(f"+{r}" for r in refs))

    def _arrived(self, answer: Answer) -> Sight:
        home = self.repository.path / _HERE
        files = (file for file in home.rglob("*") if file.is_file())
        refs = {
            file.relative_to(home).as_posix(): file.read_text("utf-8").strip() for file in files
        }
        hold = refs.get("hold/0") or refs.get("hold/1", "")
        sight = Sight(refs["head"], _marked(refs, "marker/"), hold)
        self.complete |= _UNFILTERED in answer.err
        here = self.known if self.complete or not self.narrow else self.passed
        here.update({sight.tip, *sight.markers.values()})
        self.known.update({hold} - {""})
        return sight

    def enter(self, commits: Iterable[str]) -> None:
        """Get the target's folder at `commits`, without what is beside it where that can be."""
        wanted = {oid for oid in commits if oid}
        self.fetch(wanted - self.passed)
        passed = wanted & self.passed - self.known
        trees = set(self.folders(passed).values()) - {""}
        if trees and self._get(trees).status:
            self.fetch(passed)
        self.known |= passed

    def folders(self, commits: Iterable[str]) -> dict[str, str]:
        """Return the tree of the target's folder at each of `commits`; empty if there is none."""
        wanted = {*commits}
        new = sorted(wanted - self.trees.keys())
        self.trees |= _folder_trees(self.repository, new, self.target.folder)
        return {commit: self.trees[commit] for commit in wanted}

    def refs(self, *patterns: str) -> dict[str, str]:
        """Return the refs that match, and maybe others: full name → object."""
        answer = self._talk("ls-remote", "--quiet", "target", *patterns)
        lines = (line.partition("\t") for line in answer.out.decode().splitlines())
        return {name: oid for oid, _, name in lines}

    def fetch(self, oids: Iterable[str]) -> None:
        """Get commits and their trees, each once."""
        wanted = sorted({oid for oid in oids if oid} - self.known)
        if wanted:
            answer = self._talk("fetch", *_BLOBLESS, "--depth=1", "target", *wanted)
            self.complete |= _UNFILTERED in answer.err
            self.known.update(wanted)

    def follow(self, old: str, new: str) -> bool:
        """Get what came to commit `old`; say whether `new` descends from it."""
        if new:
            self._talk("fetch", *_BLOBLESS, "target", new)
            self.known.add(new)
        return bool(new) and self.repository.is_ancestor(old, new)

    @property
    def edge(self) -> frozenset[str]:
        """The commits that were fetched without their parents."""
        cut = self.repository.path / "shallow"
        return frozenset(cut.read_text("ascii").split() if cut.exists() else ())

    def deepen(self, tip: str, commits: int) -> None:
        """Get the history of `tip`, at most so many commits."""
        self._talk("fetch", *_BLOBLESS, f"--depth={commits}", "target", tip)

    def read(self, oids: Iterable[str]) -> dict[str, bytes]:
        """Return the contents of blobs, got in one request."""
        wanted = sorted(set(oids))
        missing = sorted(set(wanted) - self.known)
        if missing and not self.complete:
            # one by one is how git would get them by itself
            answer = self._get(missing)
            if answer.status:
                raise self.explain(answer)
            self.known.update(missing)
        raw = self.repository.run("cat-file", "--batch", stdin=_lines(wanted)) if wanted else b""
        return dict(batch(raw))

    def _get(self, oids: Iterable[str]) -> Answer:
        """Fetch objects; the answer tells how it went."""
        return self.repository.ask("fetch", *_BLOBLESS, "--stdin", "target", stdin=_lines(oids))

    def push(self, *arguments: str, atomic: bool = False) -> Answer:
        """Push what was made here, all or nothing if `atomic`; the answer tells how it went.

        Raise `GitFailure` only if it hung.
        """
        together = ("--atomic",) if atomic else ()
        promise = self.repository.path / _PROMISE
        # git would fetch what was there before: to send differences from it, or to look which
        # folders nobody changed; it does without what it cannot get
        promise.unlink(missing_ok=True)
        try:
            return self.repository.ask("push", *together, "--porcelain", "--no-verify",
                                       "--no-signed", "target", *arguments)  # fmt: skip
        finally:
            promise.write_text(_PROMISED, "utf-8")

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


_FETCH = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-gc")
_BLOBLESS = (*_FETCH, "--filter=blob:none")
_UNFILTERED = "filtering not recognized"
_HERE = "refs/here"


def _marked(refs: Mapping[str, str], space: str) -> dict[str, str]:
    """Return the markers among `refs`: source revision → commit."""
    names = {name.removeprefix(space): name for name in refs if name.startswith(space)}
    return {sha: refs[name] for sha, name in names.items() if _SHA.fullmatch(sha)}


def _folder_trees(repository: Repository, commits: list[str], folder: str) -> dict[str, str]:
    """Return the tree of `folder` in each of `commits`; empty where there is none."""
    if not commits:
        return {}
    names = [f"{commit}:{folder}" for commit in commits]
    found = repository.ask("rev-parse", "--revs-only", *names).out.decode().split()
    if len(found) == len(commits):
        return dict(zip(commits, found))
    # git stops at the first that has none
    single = ("rev-parse", "--verify", "--quiet")
    return {c: repository.ask(*single, n).out.decode().strip() for c, n in zip(commits, names)}


@contextmanager
def connect(target: Target, state: Path, until: float) -> Iterator[Remote]:
    """Yield a connection to `target` that ends by `until`; its files are in `state` meanwhile."""
    with _workspace(state) as folder:
        path = folder / "objects.git"
        address, login = credential.split(target.address, os.environ)
        _initialise(path, _CONFIG.format(_quoted(address)) + (login.settings if login else ""))
        asked = login.install(folder) if login else {}
        yield Remote(target, Repository(path, private=True, until=until, env=asked))


# git's own way takes a process to write this, and each fetch writes to it; what is included says
# that the server has what is missing here
_CONFIG = """\
[core]
	repositoryFormatVersion = 0
	bare = true
[include]
	path = promise
[remote "target"]
	url = "{}"
"""
_PROMISE = "promise"
_PROMISED = """\
[remote "target"]
	promisor = true
	partialCloneFilter = blob:none
"""


def _initialise(path: Path, config: str) -> None:
    """Make an empty bare repository."""
    try:
        for folder in ("objects", "refs"):
            (path / folder).mkdir(parents=True)
        (path / "HEAD").write_text("ref: refs/heads/main\n", "utf-8")
        (path / "config").write_text(config, "utf-8")
        (path / _PROMISE).write_text(_PROMISED, "utf-8")
    except OSError as error:
        raise GitopsFailure(f"cannot write to `{path}`: {error.strerror}") from None


@contextmanager
def _workspace(state: Path) -> Iterator[Path]:
    home = state / "publish"
    with ExitStack() as stack:
        try:
            folder = stack.enter_context(room(home))
        except OSError as error:
            raise GitopsFailure(f"cannot write to `{home}`: {error.strerror}") from None
        yield folder


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
