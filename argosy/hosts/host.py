"""One protocol for the hosts of git repositories, in the words of GitHub."""

from collections.abc import Callable
from typing import Protocol, TypeVar

from argosy.hosts.failure import TooLongFailure
from compiler.record import field, record

W = TypeVar("W")


@record
class Proposal:
    """A pull request; `state` is `open`, `merged` or `closed`, `head` the commit it asks for."""

    number: int
    url: str
    state: str = "open"
    created: bool = False
    title: str = field(default="", compare=False)
    body: str = field(default="", compare=False)
    head: str = field(default="", compare=False)


@record
class Comment:
    """A comment of a pull request; `author` is a login name."""

    id: int
    author: str
    body: str
    url: str = ""


class Host(Protocol):
    """Every method raises `HostFailure`; a text too long for the host `TooLongFailure`."""

    @property
    def authorized(self) -> bool:
        """Whether there is a token: nothing below can be done without one."""

    def compare_url(self, base: str, branch: str) -> str:
        """Return the page where a person opens a pull request; nothing is asked for it."""

    def find_open(self, branch: str, base: str) -> Proposal | None:
        """Return the open pull request that wants `branch` in `base`."""

    def open_or_update(self, branch: str, base: str, title: str, body: str) -> Proposal:
        """Return the one open pull request from `branch` to `base`, with this title and body."""

    def close(self, number: int) -> None:
        """Close a pull request without merging it."""

    def comments(self, number: int) -> tuple[Comment, ...]:
        """Return all comments of the conversation, oldest first."""

    def comment(self, number: int, body: str) -> Comment:
        """Write a comment."""

    def update(self, number: int, comment: int, body: str) -> Comment:
        """Give a comment another body."""

    def commits(self, number: int) -> tuple[str, ...]:
        """Return the commits of a pull request, oldest first."""

    def commit_pull_requests(self, sha: str) -> tuple[Proposal, ...]:
        """Return the pull requests that hold a commit, or brought it."""

    def me(self) -> str:
        """Return the login name under which comments are written."""


def write_fitting(write: Callable[[str], W], texts: tuple[str, ...]) -> W:
    """Write the first of `texts` that is not too long for the host, and return what it answers."""
    for text in texts[:-1]:
        try:
            return write(text)
        except TooLongFailure:
            continue
    return write(texts[-1])
