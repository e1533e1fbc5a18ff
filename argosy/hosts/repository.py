"""What the adapters of all hosts do alike: to ask again never writes a thing twice."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from argosy.hosts.api import Api
from argosy.hosts.failure import HostFailure
from argosy.hosts.host import Comment, Proposal
from compiler.record import record


@record
class Repository(ABC):
    """Repository `name` of the host that `api` speaks to, whose pages are below `site`."""

    api: Api
    site: str
    name: str

    @property
    def authorized(self) -> bool:
        """Whether there is a token."""
        return bool(self.api.secret)

    def open_or_update(self, branch: str, base: str, title: str, body: str) -> Proposal:
        """Open a pull request, or give the open one this title and body if it has others."""
        for last in (False, True):
            there = self.find_open(branch, base)
            if there and (there.title, there.body) == (title, body):
                return there
            if there:
                return self._edit(there.number, title, body)
            try:
                # at most one is open for two branches: to ask again opens no second one
                return self._open(branch, base, title, body)
            except HostFailure as failure:
                if last or not self._is_open(failure):
                    raise
        raise AssertionError("unreachable")

    def comment(self, number: int, body: str) -> Comment:
        """Write a comment; when its fate is unknown, look whether it is there."""
        try:
            return self._written(self.api.send("POST", self._comments(number), {"body": body}))
        except HostFailure as failure:
            if failure.status and failure.status < 500:
                raise
            found = [each for each in self.comments(number) if each.body == body]
            if not found:
                raise
            return found[-1]

    @abstractmethod
    def find_open(self, branch: str, base: str) -> Proposal | None:
        """Return the open pull request from `branch` of this repository to `base`."""

    @abstractmethod
    def comments(self, number: int) -> tuple[Comment, ...]:
        """Return the comments of the conversation, oldest first."""

    @abstractmethod
    def _open(self, branch: str, base: str, title: str, body: str) -> Proposal:
        """Open a pull request that is not there yet."""

    @abstractmethod
    def _edit(self, number: int, title: str, body: str) -> Proposal:
        """Give a pull request this title and body."""

    @abstractmethod
    def _is_open(self, failure: HostFailure) -> bool:
        """Whether the host says that somebody has opened it meanwhile."""

    @abstractmethod
    def _comments(self, number: int) -> str:
        """Return the path of the comments."""

    @abstractmethod
    def _written(self, item: Mapping[str, Any]) -> Comment:
        """Return a comment as the host writes it down."""
