"""GitLab's REST API (version 4)."""

from typing import Any
from urllib.parse import quote, urlencode

from argosy.hosts.api import Api
from argosy.hosts.failure import HostFailure
from argosy.hosts.host import Comment, Proposal
from compiler.record import record

_STATES = {"opened": "open", "locked": "open"}


@record
class GitLab:
    """Project `name` (`group/subgroup/project`), whose pages are below `site`."""

    api: Api
    site: str
    name: str

    @property
    def authorized(self) -> bool:
        """Whether there is a token."""
        return bool(self.api.secret)

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

    def open_or_update(self, branch: str, base: str, title: str, body: str) -> Proposal:
        """Open a merge request, or give the open one this title and body if it has others."""
        for last in (False, True):
            there = self.find_open(branch, base)
            if there:
                return self._updated(there, title, body)
            wanted = {"source_branch": branch, "target_branch": base, "title": title}
            try:
                made = self.api.send(
                    "POST", self._path("merge_requests"), {**wanted, "description": body},
                    again=True,
                )  # fmt: skip
            except HostFailure as failure:
                if last or failure.status != 409:
                    raise
            else:
                return _proposal(made, created=True)
        raise AssertionError("unreachable")

    def close(self, number: int) -> None:
        """Close a merge request."""
        self.api.send("PUT", self._path(f"merge_requests/{number}"), {"state_event": "close"})

    def comments(self, number: int) -> tuple[Comment, ...]:
        """Return the comments that people and programs wrote, not GitLab's own notes."""
        found = self.api.pages(self._notes(number), sort="asc", order_by="created_at")
        return tuple(_comment(item) for item in found if not item.get("system"))

    def comment(self, number: int, body: str) -> Comment:
        """Write a comment; when its fate is unknown, look whether it is there."""
        try:
            return _comment(self.api.send("POST", self._notes(number), {"body": body}))
        except HostFailure as failure:
            if failure.status and failure.status < 500:
                raise
            found = [each for each in self.comments(number) if each.body == body]
            if not found:
                raise
            return found[-1]

    def update(self, number: int, comment: int, body: str) -> Comment:
        """Give a comment another body."""
        path = f"{self._notes(number)}/{comment}"
        return _comment(self.api.send("PUT", path, {"body": body}))

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

    def _notes(self, number: int) -> str:
        return self._path(f"merge_requests/{number}/notes")

    def _updated(self, there: Proposal, title: str, body: str) -> Proposal:
        if (there.title, there.body) == (title, body):
            return there
        path = self._path(f"merge_requests/{there.number}")
        return _proposal(self.api.send("PUT", path, {"title": title, "description": body}))


def _proposal(item: dict[str, Any], *, created: bool = False) -> Proposal:
    state = _STATES.get(item["state"], item["state"])
    body = (item.get("description") or "").replace("\r\n", "\n")
    return Proposal(item["iid"], item["web_url"], state, created,
                    item["title"], body, item.get("sha") or "")  # fmt: skip


def _comment(item: dict[str, Any]) -> Comment:
    author = (item.get("author") or {}).get("username", "ghost")
    return Comment(item["id"], author, item.get("body") or "")
