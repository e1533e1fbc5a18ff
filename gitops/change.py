"""What a publish would do to the GitOps repository, and why it must not."""

from collections.abc import Mapping
from contextlib import suppress
from functools import cached_property

from compiler.record import field, record
from compiler.tree import sha256
from gitops import lock
from gitops.git import GitFailure
from gitops.layout import parents
from gitops.lock import Lock, LockFailure
from gitops.outcome import Held
from gitops.remote import Remote
from gitops.snapshot import REGULAR, Entry, Snapshot

_FEW = 4
_MANY, _SHARE = 5, 0.2
_HISTORY, _NAMED = 500, 100


@record
class Change:
    """From `now`, the branch's tip, to `wanted`: path from the root → entry.

    `base` is the commit at which this environment was published last, as far as that is known.
    """

    now: Snapshot
    base: Snapshot | None
    wanted: Mapping[str, Entry] = field(repr=False)

    @property
    def lock_path(self) -> str:
        """The path of the lock."""
        return self.now.target.path(lock.NAME)

    @cached_property
    def owned(self) -> frozenset[str]:
        """Every path that is ours by the lock of now or of the last publish."""
        known = [snapshot for snapshot in (self.now, self.base) if snapshot]
        paths = frozenset[str]().union(*(snapshot.owned for snapshot in known))
        ours = self.base is not None or isinstance(self.now.lock, Lock)
        return paths | {self.lock_path} if ours else paths

    @cached_property
    def added(self) -> tuple[str, ...]:
        """The paths that are new."""
        return tuple(sorted(self.wanted.keys() - self.now.entries.keys()))

    @cached_property
    def changed(self) -> tuple[str, ...]:
        """The paths that get other content."""
        entries = self.now.entries
        return tuple(sorted(p for p, e in self.wanted.items() if p in entries and entries[p] != e))

    @cached_property
    def removed(self) -> tuple[str, ...]:
        """The paths that go."""
        return tuple(sorted(self.owned & self.now.entries.keys() - self.wanted.keys()))

    @property
    def of_files(self) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
        """What is added, changed and removed besides the lock."""
        added, changed, removed = (
            tuple(path for path in paths if path != self.lock_path)
            for paths in (self.added, self.changed, self.removed)
        )
        return added, changed, removed

    @property
    def empty(self) -> bool:
        """Whether there is nothing to do."""
        same = self.wanted is self.now.entries
        return same or not (self.added or self.changed or self.removed)

    @cached_property
    def disturbed(self) -> frozenset[str]:
        """Our paths that differ from what was published last."""
        if self.base is None or self.base is self.now:
            return frozenset()
        before, after = self.base.entries, self.now.entries
        return frozenset(path for path in self.owned if before.get(path) != after.get(path))


@record
class Consent:
    """What the user has said may happen to what is published."""

    resume: bool = False
    removal: bool = False
    rewind: bool = False


def edits(change: Change, remote: Remote, consent: Consent) -> Held | None:
    """Return what people did or would lose, unless they consented, or `None`."""
    held = None if consent.resume else _edited(change, remote)
    return held or (None if consent.removal else _emptied(change))


def strangers(change: Change, remote: Remote, project: str) -> Held | None:
    """Return what of others is in the way, or `None`."""
    now, owned = change.now, change.owned
    place = f"`{now.target.folder or '/'}`"
    if isinstance(now.lock, Lock) and project and now.lock.project not in ("", project):
        reason = f"{place} belongs to project `{now.lock.project}`, this is `{project}`"
        hint = "give each project a folder of its own in `gitops:`"
        return Held(now.commit, "", reason, (change.lock_path,), hint)
    if isinstance(now.lock, LockFailure) and change.base is None:
        return Held(now.commit, "", now.lock.message, (change.lock_path,), now.lock.hint)
    obstacles = now.obstacles(change.wanted.keys(), owned)
    if not obstacles:
        return None
    owner = _owner(change, remote, obstacles[0])
    if owner:
        reason = f"`{obstacles[0]}` belongs to {owner}, this is project `{project}`"
        hint = "let the folders in `gitops:` of the two not overlap"
        return Held(now.commit, "", reason, tuple(obstacles), hint)
    kinds = ", ".join(f"`{path}` is {now.entries[path].kind}" for path in obstacles[:5])
    reason = f"what Argosy would write is taken by what it did not write: {kinds}"
    hint = "remove or rename it in the GitOps repository, or publish to another folder"
    return Held(now.commit, "", reason, tuple(obstacles), hint)


def _owner(change: Change, remote: Remote, path: str) -> str:
    """Return which project owns `path` by a lock of another folder; empty if none does."""
    now = change.now
    for folder in ("", *parents(path)):
        place = f"{folder}/{lock.NAME}" if folder else lock.NAME
        entry = now.entries.get(place)
        if entry is None or entry.mode != REGULAR:
            continue
        with suppress(LockFailure):
            found = lock.read(remote.read([entry.oid])[entry.oid])
            if path.removeprefix(f"{folder}/" if folder else "") in (*found.files, lock.NAME):
                return f"project `{found.project}`, environment `{found.environment}`"
    return ""


def _edited(change: Change, remote: Remote) -> Held | None:
    suspects = change.disturbed if change.base else _changed_content(change, remote)
    entries = change.now.entries
    # what already is as we want it needs no hold: the edit has landed in the source
    paths = tuple(sorted(p for p in suspects if entries.get(p) != change.wanted.get(p)))
    if not paths:
        return None
    commit, who = _editor(remote, change.now.commit, paths)
    edited = f"{len(paths)} generated files were" if len(paths) > 1 else f"`{paths[0]}` was"
    reason = f"{edited} edited by hand{who}"
    if change.lock_path in paths:
        gone = change.now.lock_entry is None
        place = f"`{change.now.target.folder or '/'}` of branch `{change.now.target.branch}`"
        reason = f"{place} was {'removed' if gone else 'rolled back or edited'}{who}"
    hint = (
        "make the same change in the source (a rollback: revert the source commit), or say "
        "`argosy resume` to overwrite it"
    )
    return Held(commit, "", reason, paths, hint)


def _changed_content(change: Change, remote: Remote) -> frozenset[str]:
    """Compare with the digests of the lock: for a repository that came without its markers."""
    now, found = change.now, change.now.lock
    if not isinstance(found, Lock):
        return frozenset()
    digests = {now.target.path(name): digest for name, digest in found.files.items()}
    doubtful = {
        p: now.entries.get(p) for p in digests if now.entries.get(p) != change.wanted.get(p)
    }
    regular = {
        path: entry.oid for path, entry in doubtful.items() if entry and entry.mode == REGULAR
    }
    contents = remote.read(regular.values())
    kept = {path for path, oid in regular.items() if sha256(contents[oid]) == digests[path]}
    return frozenset(doubtful) - kept


def _editor(remote: Remote, tip: str, paths: tuple[str, ...]) -> tuple[str, str]:
    """Return the last commit that touched `paths`, and a phrase that names it."""
    if not tip:
        return "", ""
    try:
        remote.deepen(tip, _HISTORY)
    except GitFailure:
        return tip, ""
    shown = ("--format=%H%x09%an%x09%s", tip, "--", *paths[:_NAMED])
    line = remote.repository.text("log", "-1", *shown)
    commit, _, rest = line.partition("\t")
    name, _, subject = rest.partition("\t")
    if not commit or commit in remote.edge:
        return tip, ""
    return commit, f" by {name} in {commit[:10]} ({subject})"


def _emptied(change: Change) -> Held | None:
    now = change.now
    ours = now.owned & now.entries.keys()
    gone = [path for path in change.removed if path in ours]
    hint = "if that is meant, say `--allow-removal`"
    if len(change.wanted) == 1:
        return Held(now.commit, "", "nothing was rendered", change.removed, hint)
    most = len(ours) >= _FEW and 2 * len(gone) > len(ours)
    if most or len(gone) > max(_MANY, _SHARE * len(ours)):
        reason = f"{len(gone)} of {len(ours)} published files would be deleted"
        return Held(now.commit, "", reason, tuple(gone), hint)
    return None
