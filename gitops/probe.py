"""What a GitOps repository and its server allow, found out by asking them."""

import secrets
import time
from pathlib import Path

from compiler.record import record
from gitops.commit import write_note
from gitops.git import Answer
from gitops.remote import Remote, Sight, connect
from gitops.target import Target

_NO_ATOMIC = "does not support --atomic"


@record
class Capabilities:
    """What works; `None` where it cannot be told, since the branch is missing or nothing was tried.

    `branch`: it exists. `push`: the server lets us push; rules of a branch show only when they are
    broken. `atomic`: two refs move together. `markers`: refs below `refs/argosy/` can be made and
    deleted. `filter`, `depth`: clones without contents, without history. `refusals` quotes the
    server for what does not work, `hint` says what would help.
    """

    branch: bool
    push: bool
    atomic: bool
    markers: bool | None
    filter: bool | None
    depth: bool | None
    refusals: tuple[str, ...] = ()
    hint: str = ""


def probe(target: Target, state: Path, *, write: bool = True, deadline: float = 60) -> Capabilities:
    """Return what can be done with `target`; `write` makes and deletes a ref beside the markers.

    Raise `GitFailure` if it cannot even be read.
    """
    with connect(target, state, time.monotonic() + deadline) as remote:
        sight = remote.look()
        partial, shallow = _clone(remote, sight)
        commit = write_note(remote.repository, "a probe\n", "argosy")
        ref = f"{target.markers}probe-{secrets.token_hex(8)}"
        answer = remote.push("--dry-run", f"{commit}:{ref}", atomic=True)
        atomic = _NO_ATOMIC not in answer.err
        if not atomic:
            answer = remote.push("--dry-run", f"{commit}:{ref}")
        allowed = answer.status == 0
        marked = _mark(remote, commit, ref) if allowed and write else None
        said = [answer] if not allowed else [marked] if marked and marked.status else []
        failures = [remote.explain(one) for one in said]
    markers = None if marked is None else marked.status == 0
    refusals = tuple(failure.message for failure in failures)
    hint = failures[0].hint if failures else ""
    return Capabilities(bool(sight.tip), allowed, atomic, markers, partial, shallow, refusals, hint)


def _clone(remote: Remote, sight: Sight) -> tuple[bool | None, bool | None]:
    """Say whether the server leaves out contents, and history."""
    if not sight.tip:
        return None, None
    remote.fetch([sight.tip])
    seen = remote.repository.text("rev-list", "--count", sight.tip)
    return not remote.complete, seen == "1"


def _mark(remote: Remote, commit: str, ref: str) -> Answer:
    """Make a ref and delete it; return the answer that counts."""
    made = remote.push(f"{commit}:{ref}")
    return made if made.status else remote.push(f":{ref}")
