"""The GitOps repository of an environment: may it be read, written, and written at once?"""

import os
from collections.abc import Iterator
from pathlib import Path

from argosy.doctor.finding import Finding, fine, note, wrong
from gitops.probe import Capabilities, probe
from gitops.target import Target, local_path

_PATIENCE = 20.0


def repository(target: Target, state: Path, default: Path | None) -> Iterator[Finding]:
    """Ask the server what it allows; nothing is left there."""
    if default is not None:
        yield fine("it is published below .argosy/, for this machine alone")
        return
    found = probe(target, state, deadline=_PATIENCE)
    yield _read(target, found)
    yield _written(target, found)
    if local_path(target.repository) is None and False in (found.filter, found.depth):
        yield note("the server sends whole files or all of the history: publishing is slower",
                   "git config uploadpack.allowFilter true, if the server is yours")  # fmt: skip


def _read(target: Target, found: Capabilities) -> Finding:
    if not found.branch:
        return note(f"{target.shown} has no branch {target.branch} yet: the first publish makes it")
    return fine(f"{target.shown} can be read: it has branch {target.branch}")


def _written(target: Target, found: Capabilities) -> Finding:
    path = local_path(target.repository)
    if path and not os.access(path / "objects", os.W_OK):
        return wrong(f"{target.shown} cannot be written by you", f"sudo chown -R $USER {path}")
    if not found.push:
        return wrong(f"it cannot be written: {found.refusals[0]}", found.hint)
    every = "publishing falls back to a commit for every run, changes or not"
    if not found.atomic:
        return note(f"the server does not take several refs at once: {every}")
    if not found.markers:
        said = f" ({found.refusals[0]})" if found.refusals else ""
        return note(f"the server takes no refs below {target.markers}: {every}{said}",
                    "allow refs/argosy/* where the server's rules are set")  # fmt: skip
    return fine(
        "it can be written, all refs at once; rules for the branch are seen by a push alone"
    )
