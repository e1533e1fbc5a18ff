"""Compare-and-swap: a rendered tree becomes a commit of the GitOps repository, or a reason why not.

Nothing is merged, rebased or forced. The branch and the marker, a ref named after the source
revision, move together or not at all; whatever fails, the repository is read again.
"""

import random
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from compiler.record import record, replace
from compiler.tree import RenderedTree, sha256
from gitops import hold, layout, lock, message, order, snapshot
from gitops.change import Change, judge
from gitops.commit import folder_tree, write_blobs, write_commit, write_tree
from gitops.failure import GitopsFailure
from gitops.git import GitFailure
from gitops.message import Facts
from gitops.order import Order
from gitops.outcome import Held, Outcome, Published, Superseded, Unchanged
from gitops.provenance import NOWHERE, Occasion, read_range
from gitops.remote import Remote, Sight, connect
from gitops.snapshot import Entry, Snapshot
from gitops.source import SourceFailure, SourceRevision
from gitops.target import Target

_TRIES_UNMOVED = 3
_SLOWEST = 2.0
_HOPELESS = ("rejected", "permission", "repository", "owner", "unsupported")


def publish(
    target: Target,
    tree: RenderedTree,
    source: SourceRevision,
    *,
    state: Path,
    deadline: float = 60,
    project: str = "",
    message_summary: str = "",
    occasion: Occasion = NOWHERE,
    allow_empty: bool = False,
    allow_dirty: bool = False,
    resume: bool = False,
    trailers: Mapping[str, str] | None = None,
) -> Outcome:
    """Make `target` hold exactly `tree`, within `deadline` seconds.

    `tree` is all that `project` has for the environment. `resume` overwrites what was edited or
    rolled back in the GitOps repository. `trailers` go into the commit's message. Raise
    `GitopsFailure` when git or the network fails.
    """
    if source.dirty and not allow_dirty:
        names = ", ".join(f"`{path}`" for path in source.changes[:3])
        more = f" and {len(source.changes) - 3} more" if len(source.changes) > 3 else ""
        text = f"the project has uncommitted changes: {names}{more}"
        raise SourceFailure(text, "commit them, or say `--allow-dirty`")
    layout.check(tree.files, lock.NAME)
    with connect(target, state, time.monotonic() + deadline) as remote:
        content = lock.lock(target.environment, project, tree).write()
        files = {target.path(path): body for path, body in tree}
        files[target.path(lock.NAME)] = content
        wanted = write_blobs(remote.repository, files)
        facts = Facts(
            message_summary, f"sha256:{sha256(content)}", occasion=occasion, more=trailers or {}
        )
        request = _Request(source, project, facts, allow_empty, resume)
        return _Publisher(remote, request, wanted).settle()


@record
class _Request:
    source: SourceRevision
    project: str
    facts: Facts
    allow_empty: bool
    resume: bool


@record
class _Push:
    """Refs to push, and what the publish has ended in once they are there."""

    arguments: tuple[str, ...]
    outcome: Published | Unchanged


@dataclass
class _Publisher:
    remote: Remote
    request: _Request
    wanted: Mapping[str, Entry]
    pushed: dict[str, Published | Unchanged] = field(default_factory=dict)
    unmoved: int = 0

    def settle(self) -> Outcome:
        """Try until the publish has an outcome."""
        before: Sight | None = None
        failure: GitFailure | None = None
        for attempt in count(1):
            sight = self.remote.look()
            self.unmoved = self.unmoved + 1 if sight == before else 0
            # the reply to a push can be lost after the push was done
            for commit in {sight.tip, *sight.markers.values()} & self.pushed.keys():
                return self.pushed[commit]
            if failure:
                self._give_up(failure, attempt - 1)
            step = self._step(sight, attempt)
            if isinstance(step, _Push):
                answer = self.remote.push(*step.arguments)
                if answer.status == 0:
                    return step.outcome
                failure, before = self.remote.explain(answer), sight
                if failure.kind in _HOPELESS:
                    return self._unmarked(step.outcome, failure)
                self._wait(attempt)
            elif step is not None:
                return step
        raise AssertionError("unreachable")

    def _step(self, sight: Sight, attempt: int) -> "_Push | Outcome | None":
        """Return the next push, or the outcome, given the refs; `None` if they moved meanwhile."""
        try:
            self.remote.fetch([sight.tip, *sight.markers.values()])
        except GitFailure:
            if self.remote.look() == sight:
                raise
            return None
        now = snapshot.read(self.remote, sight.tip)
        published = self._published(sight, now)
        ordered = order.compare(self.request.source, published)
        tree = folder_tree(self.remote.repository, sight.tip, self.remote.target.folder)
        if ordered.newer:
            source = self.request.source.sha
            reason = f"{ordered.newer[:10]} is published, and it is newer than {source[:10]}"
            return Superseded(sight.tip, tree, ordered.newer, reason, ordered.notes)
        change = Change(now, self._base(sight, now), self.wanted)
        if change.empty:
            return self._unchanged(sight, change, tree, ordered)
        if sight.hold:
            return replace(self._stopped(sight.hold), tree=tree, notes=ordered.notes)
        held = judge(change, self.remote, self.request.project,
                     resume=self.request.resume, allow_empty=self.request.allow_empty)  # fmt: skip
        if held:
            return replace(held, tree=tree, notes=ordered.notes)
        facts = replace(self.request.facts, range=read_range(self.request.source, published))
        return self._commit(sight, change, ordered, facts, attempt)

    def _stopped(self, commit: str) -> Held:
        said = hold.read(self.remote, commit)
        environment = self.remote.target.environment
        reason = f"{said.actor} holds {environment} since {said.since}: {said.reason}"
        return Held(commit, "", reason, (), f"`argosy resume {environment}` releases it")

    def _published(self, sight: Sight, now: Snapshot) -> list[str]:
        """Return the source revisions that are known to be published."""
        if sight.markers or now.lock is None:
            return list(sight.markers)
        said = message.trailers(self.remote.repository.text("log", "-1", "--format=%B", sight.tip))
        ours = said.get(message.ENVIRONMENT) == self.remote.target.environment
        return [said.get(message.SOURCE, "").removesuffix("-dirty")] if ours else []

    def _base(self, sight: Sight, now: Snapshot) -> Snapshot | None:
        commits = set(sight.markers.values())
        if sight.tip in commits:
            return now
        return snapshot.read(self.remote, commits.pop(), now) if len(commits) == 1 else None

    def _unchanged(
        self, sight: Sight, change: Change, tree: str, ordered: Order
    ) -> _Push | Unchanged:
        outcome = Unchanged(sight.tip, tree, ordered.notes)
        marked = sight.markers.keys() == {self.request.source.sha}
        if marked and not change.disturbed:
            return outcome
        # a late run of an older revision must see that this one was here, commit or no commit
        return _Push(tuple(self._markers(sight, sight.tip)), outcome)

    def _commit(
        self, sight: Sight, change: Change, ordered: Order, facts: Facts, attempt: int
    ) -> _Push:
        target, request, repository = self.remote.target, self.request, self.remote.repository
        tree = write_tree(repository, change)
        own = target.path(lock.NAME)
        added, changed, removed = (
            tuple(path for path in paths if path != own)
            for paths in (change.added, change.changed, change.removed)
        )
        counts = {"changed": len(changed), "added": len(added), "removed": len(removed)}
        text = message.compose(target, request.source, counts, facts)
        commit = write_commit(repository, tree, sight.tip, request.source, text)
        folder = folder_tree(repository, tree, target.folder) if target.folder else tree
        outcome = Published(commit, folder, added, changed, removed, ordered.notes, attempt)
        refs = (*self._markers(sight, commit), f"{commit}:{target.head}")
        self.pushed[commit] = outcome
        return _Push(refs, outcome)

    def _markers(self, sight: Sight, commit: str) -> list[str]:
        """Move the marker: to delete the one we saw, by lease, is what late runs stumble over."""
        space, own = self.remote.target.markers, self.request.source.sha
        arguments = [f"--force-with-lease={space}{own}:{sight.markers.get(own, '')}"]
        refs = [f"{commit}:{space}{own}"]
        for sha, oid in sight.markers.items():
            if sha != own:
                arguments.append(f"--force-with-lease={space}{sha}:{oid}")
                refs.append(f":{space}{sha}")
        return arguments + refs

    def _unmarked(self, outcome: Published | Unchanged, failure: GitFailure) -> Outcome:
        """Return the outcome when only its marker was refused; raise `failure` when all was."""
        done = isinstance(outcome, Unchanged) or self.remote.look().tip == outcome.commit
        if not done or failure.kind not in ("rejected", "permission"):
            raise failure
        space = self.remote.target.markers
        note = f"the server refuses `{space}*`: an older run that ends later will not be noticed"
        return replace(outcome, notes=(*outcome.notes, note))

    def _give_up(self, failure: GitFailure, attempts: int) -> None:
        if self.unmoved >= _TRIES_UNMOVED and failure.kind != "locked":
            raise failure
        if time.monotonic() < (self.remote.repository.until or 0.0):
            return
        if self.unmoved:
            raise failure
        text = f"others published first, {attempts} times; nothing of ours is lost or half done"
        raise GitopsFailure(text, "try again, or give a longer deadline")

    def _wait(self, attempt: int) -> None:
        """Sleep a random while, but not past the deadline."""
        pause = random.uniform(0, min(_SLOWEST, 0.05 * 2**attempt))  # noqa: S311 - jitter
        left = (self.remote.repository.until or 0.0) - time.monotonic()
        time.sleep(max(0.0, min(pause, left)))
