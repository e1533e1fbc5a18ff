"""The GitOps repository at one commit: which files there are, and which of them are ours."""

from collections.abc import Iterable, Mapping, Set
from functools import cached_property
from typing import NamedTuple

from compiler.record import field, record
from gitops import lock
from gitops.layout import parents
from gitops.lock import Lock, LockFailure
from gitops.objects import listed
from gitops.remote import Remote
from gitops.target import Target

REGULAR = "100644"
_FOLDER = "040000"
_KINDS = {"120000": "a symbolic link", "160000": "a submodule", _FOLDER: "a folder"}


class Entry(NamedTuple):
    """A file in a git tree; a tuple, since there are many to make and compare."""

    mode: str
    oid: str

    @property
    def kind(self) -> str:
        """What the entry is, in words."""
        return _KINDS.get(self.mode, "a file")


@record
class Snapshot:
    """What the target's folder holds at `commit`, and what is in its way, by path from the root.

    There is nothing if `commit` is empty. `lock` is what the environment's lock says, or what is
    wrong with it.
    """

    commit: str
    target: Target
    entries: Mapping[str, Entry] = field(repr=False)
    lock: Lock | LockFailure | None

    @property
    def lock_entry(self) -> Entry | None:
        """The entry of the lock file."""
        return self.entries.get(self.target.path(lock.NAME))

    @cached_property
    def owned(self) -> frozenset[str]:
        """The paths, from the root, that the lock says are ours."""
        files = self.lock.files if isinstance(self.lock, Lock) else {}
        return frozenset(self.target.path(name) for name in files)

    def obstacles(self, paths: Set[str], owned: Set[str]) -> list[str]:
        """Return what is not `owned` and in the way of regular files at `paths`, sorted."""
        foreign = self.entries.keys() - owned
        inside = {path for path in foreign if not paths.isdisjoint(parents(path))}
        return sorted(foreign & (paths | _folders(paths)) | inside)


def _folders(paths: Iterable[str]) -> set[str]:
    nearest = {path.rpartition("/")[0] for path in paths} - {""}
    return nearest.union(*map(parents, nearest))


def read(remote: Remote, commit: str, like: Snapshot | None = None) -> Snapshot:
    """Return what `commit`, already fetched, holds; `like` is another one that is at hand."""
    if like and like.commit == commit:
        return like
    there = _entries(remote, commit) if commit else {}
    found = there.get(remote.target.path(lock.NAME))
    return Snapshot(commit, remote.target, there, _lock(remote, found) if found else None)


def _lock(remote: Remote, entry: Entry) -> Lock | LockFailure:
    if entry.mode != REGULAR:
        return LockFailure((f"it is {entry.kind} (mode {entry.mode})",))
    try:
        found = remote.locks.get(entry.oid) or lock.read(remote.read([entry.oid])[entry.oid])
    except LockFailure as failure:
        return failure
    remote.locks[entry.oid] = found
    environment = remote.target.environment
    if found.environment != environment:
        return LockFailure((f"it is of environment `{found.environment}`, not `{environment}`",))
    return found


def _entries(remote: Remote, commit: str) -> dict[str, Entry]:
    """Return what is in the folder, the locks above it, and what is no folder but should be one."""
    folder = remote.target.folder
    above = parents(folder) if folder else ()
    places = (folder, lock.NAME, *(f"{place}/{lock.NAME}" for place in above)) if folder else ()
    listing = ("ls-tree", "-z", "--full-tree")
    found = entries(remote.repository.run(*listing, "-r", commit, "--", *places))
    if above and not any(path.startswith(folder) for path in found):
        parts = entries(remote.repository.run(*listing, commit, "--", *above))
        found |= {path: entry for path, entry in parts.items() if entry.mode != _FOLDER}
    return found


def entries(raw: bytes) -> dict[str, Entry]:
    """Return what `git ls-tree -z` wrote, by path."""
    return {path: Entry(mode, oid) for path, (mode, _, oid) in listed(raw)}
