"""One try of a publish: given the refs, what to push, or what the publish ends in without one."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from compiler.record import field, record, replace
from gitops import hold, layout, ledger, message, order, snapshot
from gitops.change import Change, Consent, edits, strangers
from gitops.commit import Contents, write_commit, write_tree
from gitops.ledger import Ledger
from gitops.lock import Lock
from gitops.message import Facts
from gitops.order import Order
from gitops.outcome import Held, Outcome, Proposed, Published, Superseded, Unchanged
from gitops.provenance import read_range
from gitops.published import PublishedTree, assemble
from gitops.remote import Remote, Sight
from gitops.signing import Signer
from gitops.snapshot import Snapshot
from gitops.source import SourceRevision

Summary = Callable[[PublishedTree | None], str]


@record
class Request:
    """What is to be published: `files`, as `project` has them at `source`.

    `summary` says what they change of what is published.
    """

    source: SourceRevision
    project: str
    facts: Facts
    summary: Summary | None
    files: Contents = field(repr=False)
    consent: Consent
    signer: Signer | None = None


@record
class Push:
    """Refs to push, and what the publish has ended in once they are there.

    `proof` is a commit of this push alone: where it is seen, the push was done.
    """

    arguments: tuple[str, ...]
    outcome: Published | Proposed | Unchanged
    proof: str = ""


@dataclass
class Attempt:
    """Try `number` of a request. `unmarked`: the server takes no markers, the commits tell."""

    remote: Remote
    request: Request
    sight: Sight
    number: int = 1
    unmarked: bool = False

    def decide(self) -> Push | Outcome:
        """Return the next push, or the outcome if there is nothing to push."""
        remote, sight, source = self.remote, self.sight, self.request.source
        known, change = self._changes()
        ordered = order.compare(source, known.sources, remote.repository.path.parent)
        if ordered.newer:
            reason = f"{ordered.newer[:10]} is published, and it is newer than {source.sha[:10]}"
            return Superseded(sight.tip, self.tree, ordered.newer, reason)
        if change.empty:
            return self._unchanged(known, change, ordered)
        held = self._held(known, change, ordered)
        if held:
            return replace(held, tree=self.tree)
        return self._publish(known, change)

    @cached_property
    def tree(self) -> str:
        """The tree of the environment's folder now."""
        tip = self.sight.tip
        return self.remote.folders({tip})[tip] if tip else ""

    def fetch(self) -> None:
        """Get what a decision needs besides the refs; raise `GitFailure`."""
        if not self.settled:
            layout.weigh(self.request.files.tree.files)
            self.remote.enter([self.sight.tip, *self.sight.markers.values()])

    @cached_property
    def settled(self) -> bool:
        """Whether the folder holds what is wanted alone, and did when it was published last.

        The names of trees say so: a file more, less or other, or a lock, would change them.
        """
        markers = set(self.sight.markers.values())
        commits = {self.sight.tip, *markers}
        there = commits <= self.remote.passed | self.remote.known
        if self.unmarked or len(markers) != 1 or not there:
            return False
        return set(self.remote.folders(commits).values()) == {self.request.files.name}

    def _changes(self) -> tuple[Ledger, Change]:
        """Return what was published last, and what would change now."""
        if self.settled:
            # what is as it is to be needs not be listed
            now = Snapshot(self.sight.tip, self.remote.target, {}, self.request.files.lock)
            return ledger.read(self.remote, self.sight), Change(now, now, now.entries)
        now = snapshot.read(self.remote, self.sight.tip)
        lost = not self.sight.markers and now.lock is not None
        searched = self.unmarked or lost
        known = ledger.read(self.remote, self.sight, searched=searched)
        change = Change(now, self._base(known, now), self.request.files.entries)
        if searched or not change.disturbed:
            return known, change
        # before people are blamed: the markers may have stood still since a server refuses them
        known = ledger.read(self.remote, self.sight, searched=True)
        return known, replace(change, base=self._base(known, now))

    def _base(self, known: Ledger, now: Snapshot) -> Snapshot | None:
        return snapshot.read(self.remote, known.commit, now) if known.commit else None

    def _unchanged(self, known: Ledger, change: Change, ordered: Order) -> Push | Unchanged:
        sight, own = self.sight, self.request.source.sha
        outcome = Unchanged(sight.tip, self.tree)
        if ordered.unknown and not self.request.consent.rewind:
            return replace(outcome, notes=tuple(found.reason for found in ordered.unknown))
        if known.commit and known.sources[:1] == (own,) and not change.disturbed:
            return outcome
        # a late run of an older revision must see that this one was here, change or no change
        if self.unmarked:
            commit = self._commit(known, change)
            outcome = replace(outcome, commit=commit)
            return Push((f"{commit}:{self.remote.target.head}",), outcome, commit)
        return Push(tuple(self._markers(sight.tip)), outcome)

    def _held(self, known: Ledger, change: Change, ordered: Order) -> Held | None:
        """Return why the change must not be made, or `None`."""
        request, consent = self.request, self.request.consent
        if self.sight.hold:
            return self._stopped()
        return (
            strangers(change, self.remote, request.project)
            or (None if consent.rewind else self._unordered(known, ordered))
            or edits(change, self.remote, consent)
        )

    def _stopped(self) -> Held:
        said = hold.read(self.remote, self.sight.hold)
        environment = self.remote.target.environment
        reason = f"{said.actor} holds {environment} since {said.when}: {said.reason}"
        return Held(said.commit, "", reason, (), f"`argosy resume {environment}` releases it")

    def _unordered(self, known: Ledger, ordered: Order) -> Held | None:
        if not ordered.unknown:
            return None
        found, ours = ordered.unknown[0], self.request.source.url
        reason = found.reason
        origin = ledger.read_repository(self.remote, known.commit)
        if origin and ours and origin != ours:
            reason += f"; it came from {origin}, this is {ours}"
        return Held(known.commit, "", reason, (), found.hint)

    def _publish(self, known: Ledger, change: Change) -> Push | Outcome:
        target, commit = self.remote.target, self._commit(known, change)
        tree = self.remote.folders([commit])[commit]
        outcome = Published(commit, tree, *change.of_files, attempts=self.number)
        markers = () if self.unmarked else self._markers(commit)
        return Push((*markers, f"{commit}:{target.head}"), outcome, commit)

    def _commit(self, known: Ledger, change: Change) -> str:
        request, repository = self.request, self.remote.repository
        tree = write_tree(repository, change, request.files)
        added, changed, removed = map(len, change.of_files)
        counts = {"changed": changed, "added": added, "removed": removed}
        moved = read_range(request.source, known.sources)
        facts = replace(request.facts, summary=self._summary(change), range=moved)
        text = message.compose(self.remote.target, request.source, counts, facts)
        return write_commit(repository, tree, self.sight.tip, request.source, text, request.signer)

    def _summary(self, change: Change) -> str:
        """Say what changes; contents that stay are at hand."""
        summary, files = self.request.summary, self.request.files
        if summary is None:
            return ""
        at_hand = {name: files[path] for path, name in files.blobs.items()}
        # where a lock is damaged, what was published last is what people know
        for there in (change.now, change.base):
            if there and isinstance(there.lock, Lock):
                found = assemble(self.remote, there, there.lock, at_hand)
                return summary(found)
        return summary(None)

    def _markers(self, commit: str, own: str = "") -> list[str]:
        """Move the marker: to delete the one we saw, by lease, is what late runs stumble over."""
        space, own = self.remote.target.markers, own or self.request.source.sha
        seen = self.sight.markers
        arguments = [f"--force-with-lease={space}{own}:{seen.get(own, '')}"]
        refs = [f"{commit}:{space}{own}"]
        for sha, oid in seen.items():
            if sha != own:
                arguments.append(f"--force-with-lease={space}{sha}:{oid}")
                refs.append(f":{space}{sha}")
        return arguments + refs
