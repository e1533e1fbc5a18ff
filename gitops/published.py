"""What is published: an environment read from its GitOps repository, without a working tree."""

import os
import shutil
import tempfile
import time
from collections import ChainMap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from compiler.record import field, record, replace
from compiler.tree import RenderedTree
from gitops import hold, lock, message, snapshot
from gitops.failure import GitopsFailure
from gitops.hold import Hold
from gitops.layout import fault
from gitops.lock import Lock, LockFailure
from gitops.remote import Remote, Sight, connect
from gitops.snapshot import REGULAR, Snapshot
from gitops.target import Target

_HISTORY = 200
_NONE: Mapping[str, bytes] = {}
_NO_SUMS: Mapping[str, str] = {}


@record
class PublishedTree:
    """The files of an environment at `commit`, as they are there, by path from its folder.

    `source_sha` is the source revision they come from, empty if unknown; `edited` says what
    differs from the lock, of which `sums` are the digests that hold; `foreign` are the files of
    the folder that are not Argosy's. `hold` is one that somebody has set; `settled` says that
    nobody is known to have changed the folder since the publish that its marker tells of.
    """

    files: Mapping[str, bytes] = field(repr=False)
    commit: str
    source_sha: str
    tree: str
    lock: Lock
    edited: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()
    hold: Hold | None = None
    settled: bool = True
    sums: Mapping[str, str] = field(default_factory=dict, repr=False)


class _Renamed(Mapping[str, bytes]):
    """Contents under other names, each read when it is asked for."""

    def __init__(self, names: Mapping[str, str], contents: Mapping[str, bytes]) -> None:
        self._names, self._contents = names, contents

    def __getitem__(self, name: str) -> bytes:
        return self._contents[self._names[name]]

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def read_published(
    target: Target, state: Path, like: RenderedTree | None = None, *, deadline: float = 60
) -> PublishedTree | None:
    """Return what `target` holds at its tip, `None` if nothing was published there yet.

    Files that are those of `like`, by git's names, are neither fetched nor read. Raise
    `GitopsFailure` when it cannot be read or holds something unsafe.
    """
    with connect(target, state, time.monotonic() + deadline) as remote:
        sight = remote.look()
        if not sight.tip:
            return None
        remote.fetch([sight.tip, *sight.markers.values()])
        now = snapshot.read(remote, sight.tip)
        if isinstance(now.lock, LockFailure):
            raise now.lock
        if now.lock is None:
            return None
        names = like.blobs if like else {}
        at_hand = _Renamed({n: path for path, n in names.items()}, like.files) if like else _NONE
        sums = {name: like.sums[path] for path, name in names.items()} if like else {}
        return _known(remote, sight, assemble(remote, now, now.lock, at_hand, sums))


def settled(target: Target, state: Path, *, deadline: float = 60) -> bool:
    """Whether nobody has changed the environment since the publish that its marker tells of."""
    with connect(target, state, time.monotonic() + deadline) as remote:
        sight = remote.arrive()
        commits = {sight.tip, *sight.markers.values()}
        remote.fetch(commits - remote.passed)
        trees = set(remote.folders(commits - {""}).values())
        return len(trees) == 1 and bool(sight.markers)


def check_out(published: PublishedTree, destination: Path) -> None:
    """Write the files and the lock to `destination`, which must not exist yet or be empty.

    It appears complete or not at all. Raise `GitopsFailure` when it cannot be written.
    """
    files = {**published.files, lock.NAME: published.lock.write()}
    wrong = [f"`{path}` {what}" for path in files if (what := fault(path))]
    if wrong:
        raise GitopsFailure(f"unsafe paths in the GitOps repository: {'; '.join(wrong[:5])}")
    try:
        destination.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=f".{destination.name}-", dir=destination.parent))
    except OSError as error:
        raise _unwritable(destination, error) from None
    try:
        for path, content in files.items():
            (fresh / path).parent.mkdir(parents=True, exist_ok=True)
            (fresh / path).write_bytes(content)
        fresh.chmod(0o755)
        os.rename(fresh, destination)  # noqa: PTH104 - replaces an empty folder, never a file
    except OSError as error:
        shutil.rmtree(fresh, ignore_errors=True)
        raise _unwritable(destination, error) from None


def _unwritable(destination: Path, error: OSError) -> GitopsFailure:
    return GitopsFailure(f"cannot write `{destination}`: {error.strerror}", "name a new folder")


def read_files(
    remote: Remote, now: Snapshot, found: Lock, at_hand: Mapping[str, bytes] = _NONE
) -> Mapping[str, bytes]:
    """Return the files that `found` lists as they are at `now`, by path from the folder.

    `at_hand` are contents that need not be fetched, by blob. Raise `GitopsFailure` when one of the
    files is no plain file.
    """
    target, entries = remote.target, now.entries
    present = {
        name: entries[target.path(name)] for name in found.files if target.path(name) in entries
    }
    odd = [
        f"`{target.path(n)}` is {e.kind}" for n, e in present.items() if e.mode[:3] != REGULAR[:3]
    ]
    if odd:
        hint = "restore the files with `git revert` in the GitOps repository"
        raise GitopsFailure(f"not generated files: {', '.join(odd[:5])}", hint)
    blobs = {entry.oid for entry in present.values()}
    read = remote.read(blobs - at_hand.keys())
    names = {name: entry.oid for name, entry in sorted(present.items())}
    contents: Any = ChainMap(read, at_hand)  # type: ignore[arg-type]  # nothing is put into it
    return _Renamed(names, contents)


def assemble(
    remote: Remote,
    now: Snapshot,
    found: Lock,
    at_hand: Mapping[str, bytes] = _NONE,
    sums: Mapping[str, str] = _NO_SUMS,
) -> PublishedTree:
    """Return what is published at `now` by its lock; raise `GitopsFailure` where it is unsafe.

    `at_hand` are contents that need not be fetched, `sums` digests of contents that need not be
    read, by blob. What refs tell of it is left out.
    """
    target, entries = remote.target, now.entries
    files = read_files(remote, now, found, at_hand)
    prefix = target.path("")
    known = {*now.owned, target.path(lock.NAME)}
    foreign = tuple(sorted(p for p in entries if p.startswith(prefix) and p not in known))
    tree = remote.folders([now.commit])[now.commit]
    blobs = {path: entries[target.path(path)].oid for path in files}
    wrong = found.differing(files, {path: sums[n] for path, n in blobs.items() if n in sums})
    edited = tuple(f"`{path}` {what}" for path, what in wrong.items())
    right = {path: digest for path, digest in found.files.items() if path not in wrong}
    return PublishedTree(files, now.commit, "", tree, found, edited, foreign, sums=right)


def _known(remote: Remote, sight: Sight, found: PublishedTree) -> PublishedTree:
    """Return `found` with all that the refs tell of it."""
    marked = _marked(remote, sight) or _merged(remote, sight)
    source = marked or _told(remote, sight)
    held = hold.read(remote, sight.hold) if sight.hold else None
    settled = bool(marked) or not sight.markers
    return replace(found, source_sha=source, hold=held, settled=settled)


def _marked(remote: Remote, sight: Sight) -> str:
    """Return the source revision by its marker, empty if the folder changed since."""
    trees = remote.folders({sight.tip, *sight.markers.values()})
    for sha, commit in sight.markers.items():
        if trees[commit] == trees[sight.tip]:
            return sha
    return ""


def _merged(remote: Remote, sight: Sight) -> str:
    """Return the source revision of the proposal that was merged, which no run has noted yet."""
    if not sight.note:
        return ""
    remote.deepen(sight.note, 2)
    said = message.trailers(remote.repository.text("log", "-1", "--format=%B", sight.note))
    trees = remote.folders({sight.tip, *message.drafts(said)})
    for draft in message.drafts(said):
        if trees[draft] == trees[sight.tip]:
            said = message.trailers(remote.repository.text("log", "-1", "--format=%B", draft))
            return said.get(message.SOURCE, "")
    return ""


def _told(remote: Remote, sight: Sight) -> str:
    """Return the source revision that the history tells of."""
    remote.deepen(sight.tip, _HISTORY)
    place = ("--", remote.target.folder) if remote.target.folder else ()
    text = remote.repository.text("log", "-1", "--format=%B", sight.tip, *place)
    said = message.trailers(text)
    ours = said.get(message.ENVIRONMENT) == remote.target.environment
    return said.get(message.SOURCE, "") if ours else ""
