"""Which of two source revisions is newer: by ancestry in the project's repository, no clocks."""

import re
import time
from collections.abc import Iterable
from pathlib import Path

from compiler.record import record
from gitops import ancestry
from gitops.git import GitFailure, Repository
from gitops.source import SourceRevision

_PATIENCE = 20.0
_SHA = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_REWIND = "if ours is the one to publish all the same, say `--allow-rewind`"


@record
class Unknown:
    """An order that cannot be told, and what would help."""

    reason: str
    hint: str = _REWIND


@record
class Order:
    """`newer` is a published descendant of our revision, if any; `unknown` what cannot be told."""

    newer: str = ""
    unknown: tuple[Unknown, ...] = ()


def compare(source: SourceRevision, published: Iterable[str], workspace: Path) -> Order:
    """Say whether one of the revisions `published` is a descendant of `source`."""
    unknown = []
    for sha in sorted(set(published) - {source.sha}):
        relation = _relation(source, sha, workspace)
        if relation == "older":
            return Order(sha)
        if isinstance(relation, Unknown):
            unknown.append(relation)
    return Order("", tuple(unknown))


def _relation(source: SourceRevision, sha: str, workspace: Path) -> str | Unknown:
    """Return whether we are `older` or `newer`."""
    if not _SHA.fullmatch(sha):
        return Unknown("nothing tells which source revision is published")
    if source.root is None:
        return Unknown(f"no project is at hand to tell if published {sha[:10]} is older")
    project = Repository(source.root, until=time.monotonic() + _PATIENCE)
    if project.is_ancestor(sha, source.sha):
        return "newer"
    if project.is_ancestor(source.sha, sha):
        return "older"
    if project.is_shallow():
        return _by_origin(project, source.sha, sha, workspace)
    known = project.ask("cat-file", "-e", f"{sha}^{{commit}}").status == 0
    if not known and not _fetch(project, sha):
        return Unknown(
            f"published {sha[:10]} is unknown in the project's repository and its `origin`: it may "
            f"be newer than {source.sha[:10]}"
        )
    return "older" if project.is_ancestor(source.sha, sha) else _apart(source.sha, sha)


def _by_origin(project: Repository, ours: str, sha: str, workspace: Path) -> str | Unknown:
    found = ancestry.relate(project, ours, sha, workspace / "history.git")
    if found == "apart":
        return _apart(ours, sha)
    return found or Unknown(
        f"the project is a shallow clone, and its `origin` does not tell if published {sha[:10]} "
        f"is older than {ours[:10]}",
        "fetch the commits first: `git fetch --unshallow --filter=tree:0` (`fetch-depth: 0` for "
        f"actions/checkout, `GIT_DEPTH: 0` for GitLab); {_REWIND}",
    )


def _apart(ours: str, sha: str) -> Unknown:
    return Unknown(f"published {sha[:10]} is on another line of history than {ours[:10]}")


def _fetch(project: Repository, sha: str) -> bool:
    """Get a commit from the project's origin: what a late run misses is what came after it."""
    quiet = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-gc", "--no-prune")
    options = (*quiet, "--no-recurse-submodules", "--refmap=")
    try:
        answer = project.ask("-c", "core.hooksPath=/dev/null", "fetch", *options, "origin", sha)
    except GitFailure:
        return False
    return answer.status == 0
