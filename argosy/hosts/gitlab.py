"""GitLab's REST API (version 4)."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from argosy.hosts.failure import HostFailure
from argosy.hosts.host import Comment, Proposal
from argosy.hosts.repository import Repository

_STATES = {"opened": "open", "locked": "open"}


class GitLab(Repository):
    """Project `name` (`group/subgroup/project`), whose pages are below `site`."""

    def compare_url(self, base: str, branch: str) -> str:
        """Return the page that offers a merge request."""
        wanted = {"source_branch": branch, "target_branch": base}
        query = urlencode({f"merge_request[{key}]": value for key, value in wanted.items()})
        return f"{self.site}/{self.name}/-/merge_requests/new?{query}"

    def find_open(self, branch: str, base: str) -> Proposal | None:
        """Return the open merge request from `branch` of this project to `base`."""
        wanted = {"state": "opened", "source_branch": branch, "target_branch": base}
        found = (
            item
            for item in self.api.pages(self._path("merge_requests"), **wanted)
            if item["source_project_id"] == item["target_project_id"]
        )
        return next((_proposal(item) for item in found), None)

    def close(self, number: int) -> None:
        """Close a merge request."""
        self.api.send("PUT", self._path(f"merge_requests/{number}"), {"state_event": "close"})

    def comments(self, number: int) -> tuple[Comment, ...]:
        """Return the comments that people and programs wrote, not GitLab's own notes."""
        found = self.api.pages(self._comments(number), sort="asc", order_by="created_at")
        return tuple(self._written(item) for item in found if not item.get("system"))

    def update(self, number: int, comment: int, body: str) -> Comment:
        """Give a comment another body."""
        path = f"{self._comments(number)}/{comment}"
        return self._written(self.api.send("PUT", path, {"body": body}))

    def commits(self, number: int) -> tuple[str, ...]:
        """Return the commits of a merge request, oldest first: GitLab lists the newest first."""
        found = self.api.pages(self._path(f"merge_requests/{number}/commits"))
        return tuple(item["id"] for item in found)[::-1]

    def commit_pull_requests(self, sha: str) -> tuple[Proposal, ...]:
        """Return the merge requests that hold a commit, or brought it."""
        path = self._path(f"repository/commits/{quote(sha)}/merge_requests")
        return tuple(map(_proposal, self.api.pages(path)))

    def me(self) -> str:
        """Return the user name of the token's owner."""
        return str(self.api.get("user")["username"])

    def _path(self, rest: str) -> str:
        return f"projects/{quote(self.name, safe='')}/{rest}"

    def _open(self, branch: str, base: str, title: str, body: str) -> Proposal:
        wanted = {"source_branch": branch, "target_branch": base}
        said = {"title": title, "description": body}
        made = self.api.send("POST", self._path("merge_requests"), wanted | said, again=True)
        return _proposal(made, created=True)

    def _edit(self, number: int, title: str, body: str) -> Proposal:
        wanted = {"title": title, "description": body}
        return _proposal(self.api.send("PUT", self._path(f"merge_requests/{number}"), wanted))

    def _is_open(self, failure: HostFailure) -> bool:
        return failure.status == 409

    def _comments(self, number: int) -> str:
        return self._path(f"merge_requests/{number}/notes")

    def _written(self, item: Mapping[str, Any]) -> Comment:
        author = (item.get("author") or {}).get("username", "ghost")
        return Comment(item["id"], author, item.get("body") or "")


def _proposal(item: dict[str, Any], *, created: bool = False) -> Proposal:
    state = _STATES.get(item["state"], item["state"])
    body = (item.get("description") or "").replace("\r\n", "\n")
    return Proposal(item["iid"], item["web_url"], state, created,
                    item["title"], body, item.get("sha") or "")  # fmt: skip
