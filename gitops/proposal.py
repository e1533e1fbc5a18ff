"""Publishing by pull request: the very commit of a publish, on a branch that asks to be merged.

A note, one ref beside the history, tells which source revision was proposed last and by which
commits. Every run replaces it, so that of two at once one has to look again. The branch is never
rebased: a commit is made anew on the tip, and only when what it says has changed.
"""

import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from compiler.record import record, replace
from gitops import ledger, lock, message, snapshot
from gitops.attempt import Attempt, Push
from gitops.change import Change
from gitops.commit import write_note
from gitops.failure import GitopsFailure
from gitops.ledger import Ledger
from gitops.order import Order
from gitops.outcome import Held, Outcome, Proposed, Unchanged
from gitops.remote import connect
from gitops.snapshot import Snapshot
from gitops.target import Target

_DEPTH = 200


@record
class Note:
    """The source revision decided on last, and its commits, the newest first.

    No commit: there was nothing to change. A second one is what the first has replaced, which can
    have been merged in that very moment.
    """

    source: str = ""
    drafts: tuple[str, ...] = ()


@record
class Asked:
    """What is on the branch that asks to be merged, and the message of its commit."""

    commit: str
    message: str


def read_draft(target: Target, state: Path, *, deadline: float = 60) -> Asked | None:
    """Return what is proposed for `target` now; raise `GitopsFailure` when it cannot be read."""
    with connect(target, state, time.monotonic() + deadline) as remote:
        draft = remote.look().draft
        if not draft:
            return None
        remote.fetch([draft])
        return Asked(draft, remote.repository.text("log", "-1", "--format=%B", draft))


@dataclass
class Draft(Attempt):
    """Try to propose a request instead of publishing it."""

    settled = False

    def decide(self) -> Push | Outcome:
        """Return the next push, or the outcome if there is nothing to push."""
        target = self.remote.target
        if not self.sight.tip:
            hint = f"push a first commit to `{target.branch}`, such as a README"
            raise GitopsFailure(f"{target.shown} has no branch `{target.branch}` to ask", hint)
        return super().decide()

    @cached_property
    def note(self) -> Note:
        """What was proposed last; where no note is taken, what the branch says itself."""
        commit, draft = self.sight.note, self.sight.draft
        if commit:
            self.remote.deepen(commit, 2)
            said = self._said(commit)
            return Note(said.get(message.SOURCE, ""), message.drafts(said))
        if draft:
            self.remote.fetch([draft])
        said = self._said(draft) if draft else {}
        place = (said.get(message.ENVIRONMENT), said.get(message.FOLDER, ""))
        ours = place == (self.remote.target.environment, self.remote.target.folder)
        source = said.get(message.SOURCE, "").removesuffix("-dirty")
        return Note(source, (draft,)) if ours and source else Note()

    @cached_property
    def own(self) -> bool:
        """Whether the branch holds what a run of ours has put there, and nothing else."""
        draft, drafts = self.sight.draft, self.note.drafts
        return draft in drafts or bool(draft and drafts and self._updated(draft, drafts[0]))

    def _updated(self, commit: str, draft: str) -> bool:
        """Say whether `commit` only merges the branch into our `draft`: a button of the hosts."""
        self.remote.fetch([commit, draft])
        parents, start = self._parents(commit), self._start(draft)
        if len(parents) != 2 or parents[0] != draft or not start:
            return False
        self.remote.fetch([start, parents[1]])
        return self._brought(parents[1], commit) == self._brought(start, draft)

    def _brought(self, old: str, new: str) -> bytes:
        """Return the changes between two commits: modes, blobs and paths."""
        return self.remote.repository.run("diff-tree", "-r", "-z", "--no-renames", old, new)

    def _changes(self) -> tuple[Ledger, Change]:
        now = snapshot.read(self.remote, self.sight.tip)
        lost = not self.sight.markers and now.lock is not None
        known = ledger.read(self.remote, self.sight, searched=self.unmarked or lost)
        change = Change(now, self._base(known, now), self.request.files.entries)
        if merged := self._merged(now):
            known = replace(known, commit=merged)
        elif change.disturbed:
            # a merge that nobody noted: its commits tell
            known = ledger.read(self.remote, self.sight, searched=True)
        sources = dict.fromkeys(filter(None, (self.note.source, *known.sources)))
        known = replace(known, sources=tuple(sources))
        return known, replace(change, base=self._base(known, now))

    def _merged(self, now: Snapshot) -> str:
        """Return the proposal that is in the branch, or was since: merged in whichever way."""
        blobs = {self._lock(draft): draft for draft in reversed(self.note.drafts)}
        blobs.pop("", None)
        entry = now.lock_entry
        if entry and entry.oid in blobs:
            return blobs[entry.oid]
        if not blobs or self._start(self.note.drafts[0]) == self.sight.tip:
            return ""
        return next((blobs[blob] for blob in self._past() if blob in blobs), "")

    def _past(self) -> list[str]:
        """Return the locks that the branch held since the proposal was made, the newest first."""
        tip, repository = self.sight.tip, self.remote.repository
        self.remote.deepen(tip, _DEPTH)
        start = self._start(self.note.drafts[0])
        there = start and repository.ask("cat-file", "-e", f"{start}^{{commit}}").status == 0
        span = (tip, f"^{start}") if there else (tip,)
        form = ("--full-history", "--raw", "--no-abbrev", "--no-renames", "--format=%x01%H")
        text = repository.text("log", *form, *span, "--", self.remote.target.path(lock.NAME))
        edge = self.remote.edge
        blocks = (block.split("\n") for block in text.split("\x01")[1:])
        return [
            line.split(" ")[3]
            for commit, *lines in blocks
            if commit not in edge
            for line in lines
            if line.startswith(":")
        ]

    def _unchanged(self, known: Ledger, change: Change, ordered: Order) -> Push | Unchanged:  # noqa: ARG002
        sight, own = self.sight, self.request.source.sha
        outcome = Unchanged(sight.tip, self.tree)
        if ordered.unknown and not self.request.consent.rewind:
            return replace(outcome, notes=tuple(found.reason for found in ordered.unknown))
        gone = (*self._lease(), f":{self.remote.target.written}") if self.own else ()
        if self.unmarked:
            return Push(gone, outcome) if gone else outcome
        noted = self.note == Note(own) and sight.markers.keys() == {own}
        if noted and not gone and not change.disturbed:
            return outcome
        told = self._tell(Note(own))
        return Push((*self._markers(sight.tip), *self._noted(told), *gone), outcome, told)

    def _held(self, known: Ledger, change: Change, ordered: Order) -> Held | None:
        foreign = None if self.request.consent.resume else self._foreign()
        return super()._held(known, change, ordered) or foreign

    def _foreign(self) -> Held | None:
        """Return why the branch must not be overwritten: somebody works on it."""
        sight, repository = self.sight, self.remote.repository
        if not sight.draft or self.own:
            return None
        self.remote.fetch([sight.draft])
        who = repository.text("log", "-1", "--format=%an (%s)", sight.draft)
        branch = self.remote.target.proposal
        reason = (
            f"branch `{branch}` holds {sight.draft[:10]} by {who}, which is not a proposal of ours"
        )
        hint = (
            f"make the change in the source and delete the branch `{branch}`, or say "
            "`argosy resume` to overwrite it"
        )
        return Held(sight.draft, "", reason, (), hint)

    def _publish(self, known: Ledger, change: Change) -> Push | Proposed:
        target, own = self.remote.target, self.request.source.sha
        kept = self.own and self._stands(change)
        commit = self.sight.draft if kept else self._commit(known, change)
        tree = self.remote.folders([commit])[commit]
        outcome = Proposed(commit, tree, target.proposal, *change.of_files,
                           attempts=self.number, fresh=not kept)  # fmt: skip
        if kept and (self.unmarked or self.note.source == own):
            return outcome
        moved = [] if kept else [*self._lease(), f"{commit}:{target.written}"]
        if self.unmarked:
            return Push(tuple(moved), outcome, commit)
        before = [draft for draft in self.note.drafts[:1] if draft != commit]
        told = self._tell(Note(own, (commit, *before)))
        return Push((*self._live(known), *self._noted(told), *moved), outcome, told)

    def _stands(self, change: Change) -> bool:
        """Say whether the branch asks for just this change already, of files as they are now.

        To make its commit anew would only take the approvals away that people gave it.
        """
        draft = self.sight.draft
        self.remote.fetch([draft])
        asked = snapshot.read(self.remote, draft, change.now)
        if not replace(change, now=asked).empty:
            return False
        start = self._start(draft)
        if start == self.sight.tip:
            return True
        self.remote.fetch([start])
        before, now = snapshot.read(self.remote, start, change.now).entries, change.now.entries
        paths = change.owned | change.wanted.keys()
        return all(before.get(path) == now.get(path) for path in paths)

    def _live(self, known: Ledger) -> list[str]:
        """Move the marker of what is published to the proposal that was merged."""
        if known.commit not in self.note.drafts:
            return []
        source = self._said(known.commit).get(message.SOURCE, "").removesuffix("-dirty")
        return self._markers(self.sight.tip, source) if source else []

    def _lease(self) -> list[str]:
        """Move the branch only from where we saw it."""
        return [f"--force-with-lease={self.remote.target.written}:{self.sight.draft}"]

    def _noted(self, commit: str) -> list[str]:
        ref = self.remote.target.note
        return [f"--force-with-lease={ref}:{self.sight.note}", f"{commit}:{ref}"]

    def _tell(self, note: Note) -> str:
        """Return a commit that says `note`; as its parents, proposals outlive their branch."""
        told = {
            message.ENVIRONMENT: self.remote.target.environment,
            message.SOURCE: note.source,
            **dict(zip((message.PROPOSED, message.REPLACED), note.drafts)),
        }
        text = "\n".join(f"{key}: {value}" for key, value in told.items())
        said = f"proposed last\n\n{text}\n"
        return write_note(self.remote.repository, said, "", note.drafts)

    def _said(self, commit: str) -> dict[str, str]:
        text = self.remote.repository.text("log", "-1", "--format=%B", commit)
        return message.trailers(text)

    def _lock(self, commit: str) -> str:
        """Return the blob of the lock in a proposal, empty if it cannot be had."""
        place = f"{commit}:{self.remote.target.path(lock.NAME)}"
        answer = self.remote.repository.ask("rev-parse", "--verify", "--quiet", place)
        return answer.out.decode().strip() if answer.status == 0 else ""

    def _start(self, commit: str) -> str:
        """Return the commit of the branch that a proposal was made on, or brought up to."""
        return next(reversed(self._parents(commit)), "")

    def _parents(self, commit: str) -> list[str]:
        """Return the parents of a commit, also where history is cut off."""
        head = self.remote.repository.text("cat-file", "commit", commit).partition("\n\n")[0]
        return [line[7:] for line in head.split("\n") if line.startswith("parent ")]
