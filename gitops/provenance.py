"""What a publish tells of its source: which commits it brings, of whom, and who ran it."""

import re
from collections.abc import Iterator, Sequence

from compiler.record import record
from gitops.git import Repository
from gitops.source import SourceRevision

_COMMITS, _NAMED = 200, 20
# how GitHub, GitLab and Bitbucket name a request in the commits that merge it
_MERGED = "See merge request "
_REQUEST = re.compile(
    rf"^Merge pull request #(\d+) |\(#(\d+)\)$|\(pull request #(\d+)\)$|^{_MERGED}\S*!(\d+)$"
)


@record
class Occasion:
    """Who published, and the page of the CI run that did."""

    actor: str = ""
    run: str = ""


NOWHERE = Occasion()


@record
class Range:
    """The commits from what was published `before` to our own: their requests and authors.

    `before` is empty when it is not known to be in our history.
    """

    before: str = ""
    requests: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()


def read_range(source: SourceRevision, published: Sequence[str]) -> Range:
    """Return what lies between `published`, what the environment holds, and `source`."""
    before = published[0] if published else ""
    if not before or before == source.sha or source.root is None:
        return Range()
    repository = Repository(source.root)
    shown = ("--format=%an <%ae>%x00%B%x00", f"--max-count={_COMMITS}", "--end-of-options")
    answer = repository.ask("log", *shown, f"{before}..{source.sha}", "--")
    if answer.status:
        return Range()
    parts = answer.out.decode("utf-8", "replace").split("\0")
    authors = dict.fromkeys(name.strip() for name in parts[:-1:2])
    requests = dict.fromkeys(number for text in parts[1::2] for number in _requests(text))
    own = f"{source.author_name} <{source.author_email}>"
    others = tuple(name for name in authors if name != own)
    return Range(before, tuple(requests)[:_NAMED], others[:_NAMED])


def _requests(message: str) -> Iterator[str]:
    subject, *body = message.strip().splitlines() or [""]
    for line in (subject, *(line for line in body if line.startswith(_MERGED))):
        yield from ("".join(numbers) for numbers in _REQUEST.findall(line))
