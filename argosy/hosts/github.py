"""GitHub's REST API (version 2022-11-28), also of GitHub Enterprise Server."""

from typing import Any
from urllib.parse import quote

from argosy.hosts.api import Api
from argosy.hosts.failure import HostFailure
from argosy.hosts.host import Comment, Proposal
from compiler.record import record


@record
class GitHub:
    """Repository `name` (`owner/repository`), whose pages are below `site`."""

    api: Api
    site: str
    name: str

    @property
    def authorized(self) -> bool:
        """Whether there is a token."""
        return bool(self.api.secret)

    def compare_url(self, base: str, branch: str) -> str:
        """Return the page that offers a pull request."""
        return f"{self.site}/{self.name}/compare/{quote(base)}...{quote(branch)}?expand=1"

    def find_open(self, branch: str, base: str) -> Proposal | None:
        """Return the open pull request from `branch` of this repository to `base`."""
        owner = self.name.partition("/")[0]
        wanted = {"state": "open", "head": f"{owner}:{branch}", "base": base}
        # a head that GitHub cannot read is no filter for it: look again
        found = (
            item
            for item in self.api.pages(self._path("pulls"), **wanted)
            if item["head"]["ref"] == branch and item["base"]["ref"] == base
            and ((item["head"].get("repo") or {}).get("full_name") or "").lower()
            == self.name.lower()
        )  # fmt: skip
        return next((_proposal(item) for item in found), None)

    def open_or_update(self, branch: str, base: str, title: str, body: str) -> Proposal:
        """Open a pull request, or give the open one this title and body if it has others."""
        for last in (False, True):
            there = self.find_open(branch, base)
            if there:
                return self._updated(there, title, body)
            wanted = {"title": title, "head": branch, "base": base, "body": body}
            try:
                # at most one is open for two branches: to ask again opens no second one
                made = self.api.send("POST", self._path("pulls"), wanted, again=True)
            except HostFailure as failure:
                if last or failure.status != 422 or "already exists" not in failure.message:
                    raise
            else:
                return _proposal(made, created=True)
        raise AssertionError("unreachable")

    def close(self, number: int) -> None:
        """Close a pull request."""
        self.api.send("PATCH", self._path(f"pulls/{number}"), {"state": "closed"})

    def comments(self, number: int) -> tuple[Comment, ...]:
        """Return the comments of the conversation, not those of a review."""
        found = self.api.pages(self._path(f"issues/{number}/comments"))
        return tuple(_comment(item) for item in found)

    def comment(self, number: int, body: str) -> Comment:
        """Write a comment; when its fate is unknown, look whether it is there."""
        try:
            path = self._path(f"issues/{number}/comments")
            return _comment(self.api.send("POST", path, {"body": body}))
        except HostFailure as failure:
            if failure.status and failure.status < 500:
                raise
            found = [each for each in self.comments(number) if each.body == body]
            if not found:
                raise
            return found[-1]

    def update(self, number: int, comment: int, body: str) -> Comment:  # noqa: ARG002
        """Give a comment another body; GitHub knows comments by their own number."""
        path = self._path(f"issues/comments/{comment}")
        return _comment(self.api.send("PATCH", path, {"body": body}))

    def commits(self, number: int) -> tuple[str, ...]:
        """Return the commits of a pull request, oldest first: GitHub lists the first 250."""
        return tuple(item["sha"] for item in self.api.pages(self._path(f"pulls/{number}/commits")))

    def commit_pull_requests(self, sha: str) -> tuple[Proposal, ...]:
        """Return the pull requests that hold a commit, or brought it."""
        return tuple(map(_proposal, self.api.pages(self._path(f"commits/{quote(sha)}/pulls"))))

    def me(self) -> str:
        """Return the login of the token's owner; an app's is told by GraphQL alone."""
        try:
            return str(self.api.get("user")["login"])
        except HostFailure as failure:
            if failure.status != 403:
                raise
        root = self.api.root.removesuffix("/v3")
        query = {"query": "query { viewer { login } }"}
        found = self.api.send("POST", f"{root}/graphql", query, again=True)
        try:
            return str(found["data"]["viewer"]["login"])
        except (KeyError, TypeError):
            raise HostFailure(f"{self.api.shown} does not say who we are") from None

    def _path(self, rest: str) -> str:
        return f"repos/{quote(self.name)}/{rest}"

    def _updated(self, there: Proposal, title: str, body: str) -> Proposal:
        if (there.title, there.body) == (title, body):
            return there
        path = self._path(f"pulls/{there.number}")
        return _proposal(self.api.send("PATCH", path, {"title": title, "body": body}))


def _proposal(item: dict[str, Any], *, created: bool = False) -> Proposal:
    state = "merged" if item.get("merged_at") else item["state"]
    # what is written with \n comes back with \r\n after somebody edited it in the browser
    body = (item.get("body") or "").replace("\r\n", "\n")
    return Proposal(item["number"], item["html_url"], state, created,
                    item["title"], body, item["head"]["sha"])  # fmt: skip


def _comment(item: dict[str, Any]) -> Comment:
    author = (item.get("user") or {}).get("login", "ghost")
    return Comment(item["id"], author, item.get("body") or "", item.get("html_url", ""))
