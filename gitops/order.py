"""Which of two source revisions is newer: by ancestry in the project's repository, no clocks."""

import time
from collections.abc import Iterable

from compiler.record import record
from gitops.git import GitFailure, Repository
from gitops.source import SourceRevision

_PATIENCE = 20.0


@record
class Order:
    """`newer` is a published descendant of our revision, if any; `notes` what could not be told."""

    newer: str = ""
    notes: tuple[str, ...] = ()


def compare(source: SourceRevision, published: Iterable[str]) -> Order:
    """Say whether one of the revisions `published` is a descendant of `source`."""
    notes = []
    for sha in sorted(set(published) - {source.sha}):
        relation = _relation(source, sha)
        if relation == "older":
            return Order(sha)
        if relation:
            notes.append(relation)
    return Order("", tuple(notes))


def _relation(source: SourceRevision, sha: str) -> str:
    """Return `older` if we are, an empty string if we are newer, else a note."""
    published, ours = f"published {sha[:10]}", source.sha[:10]
    if source.root is None:
        return f"the order to {published} is unknown: no project repository at hand"
    repository = Repository(source.root, until=time.monotonic() + _PATIENCE)
    if _ancestor(repository, sha, source.sha) == 0:
        return ""
    shallow = repository.text("rev-parse", "--is-shallow-repository") == "true"
    answer = _ancestor(repository, source.sha, sha)
    if answer > 1 and not shallow and _fetch(repository, sha):
        answer = _ancestor(repository, source.sha, sha)
    if answer == 0:
        return "older"
    # in a shallow clone "no" may only mean that the commits between are missing
    if shallow:
        return (
            f"the order to {published} is unknown: the project is a shallow clone; "
            "fetch all of its history (`fetch-depth: 0`)"
        )
    if answer == 1:
        return f"{published} is on another line of history than {ours}"
    return (
        f"{published} is unknown in the project's repository and its `origin`: it may be newer "
        f"than {ours}"
    )


def _ancestor(repository: Repository, old: str, new: str) -> int:
    return repository.ask("merge-base", "--is-ancestor", old, new).status


def _fetch(repository: Repository, sha: str) -> bool:
    """Get a commit from the project's origin: what a late run misses is what came after it."""
    quiet = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-gc", "--no-prune")
    options = (*quiet, "--no-recurse-submodules", "--refmap=")
    try:
        answer = repository.ask("-c", "core.hooksPath=/dev/null", "fetch", *options, "origin", sha)
    except GitFailure:
        return False
    return answer.status == 0
