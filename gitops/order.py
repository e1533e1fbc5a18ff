"""Which of two source revisions is newer: by ancestry in the project's repository, no clocks."""

from collections.abc import Iterable
from dataclasses import dataclass

from gitops.git import Repository
from gitops.source import SourceRevision


@dataclass(frozen=True)
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
    if source.root is None:
        return f"the order to published {sha[:10]} is unknown: no project repository at hand"
    repository = Repository(source.root)
    if _ancestor(repository, source.sha, sha) == 0:
        return "older"
    answer = _ancestor(repository, sha, source.sha)
    if answer == 0:
        return ""
    # in a shallow clone "no" may only mean that the commits between are missing
    if repository.text("rev-parse", "--is-shallow-repository") == "true":
        return (
            f"the order to published {sha[:10]} is unknown: the project is a shallow clone; "
            "fetch all of its history (`fetch-depth: 0`)"
        )
    if answer == 1:
        return f"published {sha[:10]} is on another line of history than {source.sha[:10]}"
    return f"published source revision {sha[:10]} is unknown in the project's repository"


def _ancestor(repository: Repository, old: str, new: str) -> int:
    return repository.ask("merge-base", "--is-ancestor", old, new).status
