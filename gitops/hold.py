"""A hold that somebody set on an environment: nothing is published until it is released.

It is a ref of the GitOps repository beside its history, so that every publisher sees it at once.
"""

import time
from datetime import UTC, datetime
from pathlib import Path

from compiler.record import record
from gitops import message
from gitops.commit import write_note
from gitops.failure import GitopsFailure
from gitops.remote import Remote, connect
from gitops.target import Target


@record
class Hold:
    """Why and by whom an environment is held, and since when (ISO 8601)."""

    commit: str
    reason: str
    actor: str
    since: str

    @property
    def when(self) -> str:
        """The moment for people, as histories tell theirs."""
        return datetime.fromisoformat(self.since).astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def set_hold(target: Target, state: Path, reason: str, actor: str, *, deadline: float = 60) -> Hold:
    """Hold `target`; return the hold that was there before if somebody has set one.

    Raise `GitopsFailure` when the repository cannot be reached or takes no hold.
    """
    with connect(target, state, time.monotonic() + deadline) as remote:
        there = _read(remote)
        if there:
            return there
        trailers = f"{message.ENVIRONMENT}: {target.environment}\n{message.ACTOR}: {actor}"
        text = f"{message.clean(reason) or 'no reason given'}\n\n{trailers}\n"
        return _push(remote, write_note(remote.repository, text, actor))


def release(target: Target, state: Path, *, deadline: float = 60) -> Hold | None:
    """Take the hold of `target` away and return it, `None` if there is none.

    Raise `GitopsFailure` when the repository cannot be reached or lets nobody release it.
    """
    with connect(target, state, time.monotonic() + deadline) as remote:
        there = _read(remote)
        if there is None:
            return None
        refs = remote.refs(*target.holds)
        ref = next(ref for ref in target.holds if refs.get(ref) == there.commit)
        answer = remote.push(f"--force-with-lease={ref}:{there.commit}", f":{ref}")
        if answer.status:
            raise remote.explain(answer)
    return there


def find_hold(target: Target, state: Path, *, deadline: float = 60) -> Hold | None:
    """Return the hold of `target`, `None` if nobody holds it."""
    with connect(target, state, time.monotonic() + deadline) as remote:
        return _read(remote)


def read(remote: Remote, commit: str) -> Hold:
    """Return what the hold at `commit` says."""
    remote.fetch([commit])
    shown = remote.repository.text("log", "-1", "--format=%cI%x00%an%x00%B", commit)
    since, actor, text = shown.split("\0", 2)
    return Hold(commit, text.partition("\n")[0], actor, since)


def _read(remote: Remote) -> Hold | None:
    commit = remote.look().hold
    return read(remote, commit) if commit else None


def _push(remote: Remote, commit: str) -> Hold:
    """Write the ref; where only branches are allowed, a branch. Who was faster has set the hold."""
    failures = []
    for ref in remote.target.holds:
        answer = remote.push(f"--force-with-lease={ref}:", f"{commit}:{ref}")
        if there := _read(remote):
            return there
        failures.append(remote.explain(answer))
    place = remote.target.shown
    raise GitopsFailure(f"{place} takes no hold: {failures[0].message}", failures[0].hint)
