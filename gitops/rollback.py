"""What an environment held before, and the way back to it in the GitOps repository."""

import time
from collections.abc import Mapping
from pathlib import Path

from compiler.record import field, record
from compiler.tree import RenderedTree, sha256
from gitops import lock, message, snapshot
from gitops.change import Change
from gitops.commit import Contents, write_commit, write_tree
from gitops.failure import GitopsFailure
from gitops.history import Entry, contents, entries
from gitops.lock import Lock, LockFailure
from gitops.message import Facts
from gitops.outcome import Proposed, Published, Unchanged
from gitops.provenance import Occasion
from gitops.published import read_files
from gitops.remote import Remote, connect
from gitops.source import SourceRevision
from gitops.target import Target

_TRIES = 5


class RollbackFailure(GitopsFailure):
    """There is nothing to go back to, or not from here."""

    exit_code = 2


@record
class Past:
    """What the environment holds now (`files`), and what it is to hold again (`earlier`).

    `entry` is the commit that brought the earlier content, `source` the revision of its source,
    `edited` what differs now from the lock, `tip` the commit that was read.
    """

    entry: Entry
    source: str
    earlier: Mapping[str, bytes] = field(repr=False)
    files: Mapping[str, bytes] = field(repr=False)
    edited: tuple[str, ...] = ()
    tip: str = ""

    def wanted(self, names: tuple[str, ...]) -> dict[str, bytes]:
        """Return the files to hold again: all, or those of some pipelines and the rest as now."""
        if not names:
            return dict(self.earlier)
        kept = {path: body for path, body in self.files.items() if path.split("/")[0] not in names}
        back = {path: body for path, body in self.earlier.items() if path.split("/")[0] in names}
        return dict(sorted({**kept, **back}.items()))


def find(
    target: Target, state: Path, revision: str, names: tuple[str, ...], *, deadline: float = 60
) -> Past:
    """Return what the environment held at `revision`, of the source or the GitOps repository.

    By default that is what it held before the last change, of pipelines `names` if there are any.
    Where the last change was a rollback already, it is what was rolled back to. Raise
    `RollbackFailure` when there is no such past.
    """
    with connect(target, state, time.monotonic() + deadline) as remote:
        tip = remote.look().tip
        known = entries(remote, tip) if tip else ()
        if not contents(known):
            raise RollbackFailure(f"nothing was published in {target.environment} yet")
        changed = [entries(remote, tip, name) for name in names]
        entry = _named(known, revision, target) if revision else _before(known, changed, target)
        now, then = (_read(remote, commit) for commit in (tip, entry.commit))
        edited = now[1].verify(now[0])
        return Past(entry, _source(known, entry), then[0], now[0], edited, tip)


def _named(known: tuple[Entry, ...], revision: str, target: Target) -> Entry:
    """Return the newest entry of a commit, or of a source revision, by its beginning."""
    wanted = revision.lower()
    if len(wanted) >= 4:
        for entry in known:
            if entry.lock and (entry.commit.startswith(wanted) or entry.source.startswith(wanted)):
                return entry
    hint = "`argosy history ENV` lists commits and revisions; four digits are enough"
    raise RollbackFailure(f"`{revision}` was never published to {target.environment}", hint)


def _before(known: tuple[Entry, ...], changed: list[tuple[Entry, ...]], target: Target) -> Entry:
    held = contents(known)
    if _returned(held):
        return held[0]
    last = held[0]
    if changed:
        newest = [found[0].commit for found in changed if found]
        order = [entry.commit for entry in known]
        at = min((order.index(commit) for commit in newest), default=0)
        last = next((entry for entry in held if order.index(entry.commit) >= at), held[0])
    older = held[held.index(last) + 1 :]
    if not older:
        hint = "`--to REV` names another, of the source or of the GitOps repository"
        raise RollbackFailure(f"{target.environment} held nothing before that is known", hint)
    return older[0]


def _returned(held: tuple[Entry, ...]) -> bool:
    """Whether what is there now came back in the GitOps repository alone, without its source."""
    return held[0].kind != "publish" and held[0].lock in {entry.lock for entry in held[1:]}


def _source(known: tuple[Entry, ...], entry: Entry) -> str:
    """Return the source revision of what `entry` holds: what is equal has the same source."""
    same = [each for each in known if each.lock == entry.lock and each.source]
    if not same:
        hint = "`--to REV` names another; `argosy history ENV` lists them"
        raise RollbackFailure(f"{entry.commit[:10]} does not tell its source revision", hint)
    return same[0].source


def _read(remote: Remote, commit: str) -> tuple[dict[str, bytes], Lock]:
    there = snapshot.read(remote, commit)
    if isinstance(there.lock, LockFailure):
        raise there.lock
    if there.lock is None:
        raise RollbackFailure(f"{commit[:10]} holds nothing of {remote.target.environment}")
    return dict(read_files(remote, there, there.lock)), there.lock


def restore(
    target: Target,
    state: Path,
    tree: RenderedTree,
    source: SourceRevision,
    past: Past,
    *,
    project: str,
    summary: str,
    occasion: Occasion,
    reason: str = "",
    branch: str = "",
    deadline: float = 60,
) -> Published | Proposed | Unchanged:
    """Make the environment hold `tree`, what it held before, by a commit of the GitOps repository.

    With `branch`, the commit waits on it to be merged. Markers stay where they are: until the
    source follows, publishing is held. Raise `GitopsFailure` when somebody changed the environment
    since `past` was read, or the branch holds something else.
    """
    with connect(target, state, time.monotonic() + deadline) as remote:
        files = Contents(target, lock.lock(target.environment, project, tree), tree)
        more = {message.ROLLBACK: past.entry.commit, message.REASON: reason}
        facts = Facts(summary, f"sha256:{sha256(files.locked)}", occasion=occasion, more=more)
        remote.fetch([past.tip])
        before = snapshot.read(remote, past.tip)
        for attempt in range(1, _TRIES + 1):
            tip = remote.look().tip
            remote.fetch([tip])
            now = snapshot.read(remote, tip, before)
            change = Change(now, before, files.entries)
            if change.empty:
                return Unchanged(tip, "")
            if change.disturbed:
                hint = "look at `argosy history`, and roll back what is there now"
                raise RollbackFailure(f"{target.environment} was changed meanwhile", hint)
            commit = _commit(remote, change, files, source, facts)
            if branch:
                return _propose(remote, change, commit, branch)
            done = _push(remote, change, commit, attempt)
            if done:
                return done
    raise GitopsFailure("others published first, again and again; nothing is half done",
                        "try again")  # fmt: skip


def _commit(
    remote: Remote,
    change: Change,
    files: Mapping[str, bytes],
    source: SourceRevision,
    facts: Facts,
) -> str:
    added, changed, removed = change.of_files
    counts = {"rolled back": len(changed), "added": len(added), "removed": len(removed)}
    text = message.compose(remote.target, source, counts, facts)
    tree = write_tree(remote.repository, change, files)
    return write_commit(remote.repository, tree, change.now.commit, source, text)


def _push(remote: Remote, change: Change, commit: str, attempt: int) -> Published | None:
    """Return what was published, None where the branch has moved."""
    answer = remote.push(f"{commit}:{remote.target.head}")
    tip = remote.look().tip
    if answer.status == 0 or tip == commit:
        return Published(commit, "", *change.of_files, attempts=attempt)
    if tip == change.now.commit:
        raise remote.explain(answer)
    return None


def _propose(remote: Remote, change: Change, commit: str, branch: str) -> Proposed:
    """Put the commit on a branch of its own; what an earlier call has put there stays."""
    ref = f"refs/heads/{branch}"
    there = remote.refs(ref).get(ref, "")
    if not there:
        answer = remote.push(f"--force-with-lease={ref}:", f"{commit}:{ref}")
        there = remote.refs(ref).get(ref, "")
        if not there:
            raise remote.explain(answer)
    remote.fetch([there] if there != commit else [])
    trees = remote.folders({commit, there})
    if trees[there] != trees[commit]:
        hint = f"delete it, or merge what is there: `{branch}`"
        raise RollbackFailure(f"the branch {branch} holds something else already", hint)
    return Proposed(there, trees[there], branch, *change.of_files, fresh=there == commit)
