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

from compiler.record import replace
from compiler.tree import RenderedTree, sha256
from gitops import layout, lock, refusal
from gitops.attempt import Attempt, Push, Request, Summary
from gitops.change import Consent
from gitops.commit import Contents
from gitops.failure import GitopsFailure
from gitops.git import Answer, GitFailure
from gitops.message import Facts
from gitops.outcome import Held, Outcome, Superseded
from gitops.proposal import Draft
from gitops.provenance import NOWHERE, Occasion
from gitops.remote import Remote, Sight, connect
from gitops.signing import read_signer
from gitops.source import SourceFailure, SourceRevision
from gitops.target import Target

_TRIES_UNMOVED = 3
_QUICKEST, _SLOWEST = 0.05, 20.0
_HOPELESS = ("rejected", "permission", "repository", "owner", "unsupported")


def publish(
    target: Target,
    tree: RenderedTree,
    source: SourceRevision,
    *,
    state: Path,
    deadline: float = 60,
    project: str = "",
    summary: Summary | None = None,
    occasion: Occasion = NOWHERE,
    allow_empty: bool = False,
    allow_dirty: bool = False,
    allow_rewind: bool = False,
    resume: bool = False,
    trailers: Mapping[str, str] | None = None,
) -> Outcome:
    """Make `target` hold exactly `tree`, within `deadline` seconds.

    `tree` is all that `project` has for the environment. `allow_rewind` publishes a source whose
    order to the published one is unknown, `resume` overwrites what was edited or rolled back in
    the GitOps repository. `summary` is asked for the commit's words on what it changes, once there
    is one, `trailers` go into its message. Raise `GitopsFailure` when git
    or the network fails.
    """
    _refuse_dirty(source, allowed=allow_dirty)
    layout.check(tree.files, lock.NAME)
    with connect(target, state, time.monotonic() + deadline) as remote:
        ours = lock.lock(target.environment, project, tree)
        files = Contents(target, ours, tree)
        remote.locks[files.blobs[files.place]] = ours
        digest = f"sha256:{sha256(files.locked)}"
        facts = Facts("", digest, occasion=occasion, more=trailers or {})
        consent = Consent(resume=resume, removal=allow_empty, rewind=allow_rewind)
        signer = read_signer(source.root)
        request = Request(source, project, facts, summary, files, consent, signer)
        return _Publisher(remote, request).settle()


def _refuse_dirty(source: SourceRevision, *, allowed: bool) -> None:
    if source.dirty and not allowed:
        names = ", ".join(f"`{path}`" for path in source.changes[:3])
        more = f" and {len(source.changes) - 3} more" if len(source.changes) > 3 else ""
        text = f"the project has uncommitted changes: {names}{more}"
        raise SourceFailure(text, "commit them, or say `--allow-dirty`")


@dataclass
class _Publisher:
    remote: Remote
    request: Request
    pushed: dict[str, Outcome] = field(default_factory=dict)
    before: Sight | None = None
    refused: Answer | None = None
    unmoved: int = 0
    unmarked: bool = False
    began: float = 0.0

    def settle(self) -> Outcome:
        """Try until the publish has an outcome."""
        for number in count(1):
            self.began = time.monotonic()
            sight = self.remote.arrive() if number == 1 else self.remote.look()
            done = self._done(sight)
            if done is not None:
                return self._noted(done)
            if self.refused:
                self._weigh(self.refused, sight, number - 1)
            step = self._step(sight, number)
            if isinstance(step, Push):
                step = self._push(step, sight, number)
            if step is not None:
                return self._noted(step)
        raise AssertionError("unreachable")

    def _done(self, sight: Sight) -> Outcome | None:
        """Return the outcome of a push whose reply was lost, or was wrong."""
        for commit in sight.commits & self.pushed.keys():
            self.unmarked |= commit not in (*sight.markers.values(), sight.note)
            return self.pushed[commit]
        return None

    def _weigh(self, refused: Answer, sight: Sight, attempts: int) -> None:
        """Decide what a refused push means: by what became of the refs, then by what was said."""
        failure = self.remote.explain(refused)
        late = time.monotonic() >= (self.remote.repository.until or 0.0)
        if sight != self.before:
            self.unmoved = 0
            if late:
                text = f"others published first, {attempts} times; nothing of ours is lost"
                raise GitopsFailure(text, "try again, or give a longer deadline")
            return
        self.unmoved += 1
        tries = self.unmoved if failure.kind != "locked" else 0
        target, marked = self.remote.target, bool(sight.markers)
        if not self.unmarked and refusal.of_markers(refused, failure, target, marked, tries):
            self.unmarked, self.unmoved = True, 0
        elif late or failure.kind in _HOPELESS or tries >= _TRIES_UNMOVED:
            raise failure

    def _step(self, sight: Sight, number: int) -> Push | Outcome | None:
        """Return what to do about `sight`; `None` if it is outdated already."""
        try:
            if self._rewritten(sight):
                return self._stopped(sight)
            kind = Draft if self.remote.target.proposal else Attempt
            attempt = kind(self.remote, self.request, sight, number, self.unmarked)
            attempt.fetch()
        except GitFailure:
            if self.remote.look() == sight:
                raise
            return None
        return attempt.decide()

    def _rewritten(self, sight: Sight) -> bool:
        """Say whether the branch lost what it held a moment ago."""
        tip = self.before.tip if self.before else ""
        return bool(tip) and tip != sight.tip and not self.remote.follow(tip, sight.tip)

    def _stopped(self, sight: Sight) -> Held:
        tip = self.before.tip[:10] if self.before else ""
        branch = self.remote.target.branch
        reason = f"branch `{branch}` was rewritten meanwhile: {tip} is no longer in its history"
        hint = "find out who forced it and why; then publish again, nothing was changed"
        return Held(sight.tip, "", reason, (), hint)

    def _push(self, step: Push, sight: Sight, number: int) -> Outcome | None:
        """Push; return the outcome if it was done, `None` to look again."""
        if step.proof:
            self.pushed[step.proof] = step.outcome
        answer = self.remote.push(*step.arguments, atomic=not self.unmarked)
        if answer.status == 0:
            return step.outcome
        self.refused, self.before = answer, sight
        self._wait(number)
        return None

    def _noted(self, outcome: Outcome) -> Outcome:
        if not self.unmarked or isinstance(outcome, Held | Superseded):
            return outcome
        return replace(outcome, notes=(*outcome.notes, refusal.note(self.remote.target)))

    def _wait(self, attempt: int) -> None:
        """Sleep a random while: longer where a try takes longer, never near the deadline."""
        took = time.monotonic() - self.began
        longest = min(_SLOWEST, max(_QUICKEST, took / 4) * 2 ** min(attempt, 9))
        left = (self.remote.repository.until or 0.0) - time.monotonic()
        pause = random.uniform(0, min(longest, left / 4))  # noqa: S311 - jitter
        time.sleep(max(0.0, pause))
