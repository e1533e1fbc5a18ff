"""The GitOps repository of an environment: may it be read, written, and written at once?"""

import os
import time
from collections.abc import Iterator
from pathlib import Path

from argosy.doctor.finding import Finding, fine, note, wrong
from gitops.commit import EMPTY_TREE
from gitops.git import Answer
from gitops.remote import Remote, Sight, connect
from gitops.target import Target, local_path

_PATIENCE = 20.0
_WHO = {
    "GIT_AUTHOR_NAME": "argosy",
    "GIT_AUTHOR_EMAIL": "argosy@users.noreply.github.com",
    "GIT_COMMITTER_NAME": "argosy",
    "GIT_COMMITTER_EMAIL": "argosy@users.noreply.github.com",
}


def repository(target: Target, state: Path, default: Path | None) -> Iterator[Finding]:
    """Read the branch, and push to it by a dry run, which changes nothing there."""
    if default is not None:
        yield fine("it is published below .argosy/, for this machine alone")
        return
    with connect(target, state, time.monotonic() + _PATIENCE) as remote:
        sight = remote.look()
        yield _read(target, sight)
        yield _written(remote, _push(remote, sight))


def _read(target: Target, sight: Sight) -> Finding:
    if not sight.tip:
        return note(f"{target.shown} has no branch {target.branch} yet: the first publish makes it")
    return fine(f"{target.shown} can be read: {target.branch} is at {sight.tip[:10]}")


def _push(remote: Remote, sight: Sight) -> Answer:
    """Offer a commit with the tree of the tip; a dry run asks for the right and sends nothing."""
    parent = ("-p", sight.tip) if sight.tip else ()
    if sight.tip:
        remote.fetch([sight.tip])
    tree = f"{sight.tip}^{{tree}}" if sight.tip else _empty(remote)
    tree = remote.repository.text("rev-parse", "--verify", tree)
    commit = remote.repository.text("commit-tree", tree, *parent, "-m", "probe", env=_WHO)
    head = f"{commit}:{remote.target.head}"
    return remote.push("--dry-run", head, f"{commit}:{remote.target.markers}{commit}")


def _empty(remote: Remote) -> str:
    remote.repository.run("hash-object", "-w", "-t", "tree", "--stdin")
    return EMPTY_TREE


def _written(remote: Remote, answer: Answer) -> Finding:
    path = local_path(remote.target.repository)
    if path and not os.access(path / "objects", os.W_OK):
        return wrong(
            f"{remote.target.shown} cannot be written by you", f"sudo chown -R $USER {path}"
        )
    if answer.status == 0:
        return fine(
            "it can be written, all refs at once; rules for the branch are seen by a push alone"
        )
    if "--atomic" in answer.err:
        return note("the server does not take several refs at once: publishing falls back")
    error = remote.explain(answer)
    return wrong(f"it cannot be written: {error.message}", error.hint)
