"""GitHub's REST API (version 2022-11-28), also of GitHub Enterprise Server."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from argosy.hosts.failure import HostFailure
from argosy.hosts.host import Comment, Proposal
from argosy.hosts.repository import Repository


class GitHub(Repository):
    """Repository `name` (`owner/repository`), whose pages are below `site`."""

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

    def close(self, number: int) -> None:
        """Close a pull request."""
        self.api.send("PATCH", self._path(f"pulls/{number}"), {"state": "closed"})

    def comments(self, number: int) -> tuple[Comment, ...]:
        """Return the comments of the conversation, not those of a review."""
        found = self.api.pages(self._comments(number))
        return tuple(self._written(item) for item in found)

    def update(self, number: int, comment: int, body: str) -> Comment:  # noqa: ARG002
        """Give a comment another body; GitHub knows comments by their own number."""
        path = self._path(f"issues/comments/{comment}")
        return self._written(self.api.send("PATCH", path, {"body": body}))

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

    def _open(self, branch: str, base: str, title: str, body: str) -> Proposal:
        wanted = {"title": title, "head": branch, "base": base, "body": body}
        return _proposal(self.api.send("POST", self._path("pulls"), wanted, again=True),
                         created=True)  # fmt: skip

    def _edit(self, number: int, title: str, body: str) -> Proposal:
        wanted = {"title": title, "body": body}
        return _proposal(self.api.send("PATCH", self._path(f"pulls/{number}"), wanted))

    def _is_open(self, failure: HostFailure) -> bool:
        return failure.status == 422 and "already exists" in failure.message

    def _comments(self, number: int) -> str:
        return self._path(f"issues/{number}/comments")

    def _written(self, item: Mapping[str, Any]) -> Comment:
        author = (item.get("user") or {}).get("login", "ghost")
        return Comment(item["id"], author, item.get("body") or "", item.get("html_url", ""))


def _proposal(item: dict[str, Any], *, created: bool = False) -> Proposal:
    state = "merged" if item.get("merged_at") else item["state"]
    # what is written with \n comes back with \r\n after somebody edited it in the browser
    body = (item.get("body") or "").replace("\r\n", "\n")
    return Proposal(item["number"], item["html_url"], state, created,
                    item["title"], body, item["head"]["sha"])  # fmt: skip
