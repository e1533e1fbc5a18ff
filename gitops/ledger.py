"""What a GitOps repository says was published last: by the marker, else by the commits.

A server may refuse refs of our own, or to move two refs at once. There every run makes a commit,
changes or not, and its message is what later runs go by: one ref, so it stays compare-and-swap.
"""

from collections.abc import Iterator

from compiler.record import record
from gitops import message
from gitops.git import GitFailure
from gitops.remote import Remote, Sight

_DEPTHS = (50, 1_000, 20_000)


@record
class Ledger:
    """The source revisions published last, and at which commit.

    More than one revision if it cannot be told which came last. `commit` is empty if unknown.
    """

    sources: tuple[str, ...] = ()
    commit: str = ""


def read(remote: Remote, sight: Sight, *, searched: bool = False) -> Ledger:
    """Return what the refs of `sight` tell; read the commits if they must be `searched` too."""
    commits = set(sight.markers.values())
    single = commits.pop() if len(commits) == 1 else ""
    marked = Ledger(tuple(sight.markers), single)
    if (sight.markers and not searched) or not sight.tip:
        return marked
    for depth in _DEPTHS:
        found = _search(remote, sight, depth)
        if found:
            return _joined(marked, found)
    return marked


def _search(remote: Remote, sight: Sight, depth: int) -> Ledger | None:
    """Return the last publish among `depth` commits, an empty ledger if there is none at all."""
    try:
        remote.deepen(sight.tip, depth)
    except GitFailure:
        return None
    for commit, said in _history(remote, sight.tip):
        if commit in sight.markers.values():
            return Ledger()
        if _ours(remote, said):
            source = said.get(message.SOURCE, "").removesuffix("-dirty")
            return Ledger((source,), commit)
    seen = int(remote.repository.text("rev-list", "--count", sight.tip))
    return Ledger() if seen < depth else None


def _history(remote: Remote, tip: str) -> Iterator[tuple[str, dict[str, str]]]:
    text = remote.repository.text("log", "--format=%H%x00%at%x00%ct%x00%B%x00", tip)
    parts = text.split("\0")[:-1]
    for commit, made, committed, said in zip(*(iter(parts),) * 4):
        # a commit that somebody picked again, amended or moved says what it said before
        whole = made == committed
        yield commit.strip(), message.trailers(said) if whole else {}


def _ours(remote: Remote, said: dict[str, str]) -> bool:
    target = remote.target
    place = (said.get(message.ENVIRONMENT), said.get(message.FOLDER, ""))
    # a rollback tells a source too, and is no publish: the source has yet to follow
    publishes = message.SOURCE in said and message.ROLLBACK not in said
    return publishes and place == (target.environment, target.folder)


def _joined(marked: Ledger, found: Ledger) -> Ledger:
    if not found.commit:
        return marked
    sources = dict.fromkeys((*found.sources, *marked.sources))
    return Ledger(tuple(sources), found.commit)


def read_repository(remote: Remote, commit: str) -> str:
    """Return the repository that a publish came from, empty if unknown."""
    if not commit:
        return ""
    text = remote.repository.text("log", "-1", "--format=%B", commit)
    return message.trailers(text).get(message.REPOSITORY, "")
