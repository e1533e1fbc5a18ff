"""`argosy comment`: a plan as the one comment of its pull request."""

import argparse
import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from argosy.cli import plan_file, request, terminal
from argosy.cli.usage import UsageFailure
from compiler.record import replace

if TYPE_CHECKING:
    from argosy.hosts.host import Comment, Host
    from gitops.plan_change import Review

_LISTED = 250  # GitHub lists no more commits of a pull request


def execute(args: argparse.Namespace) -> int:
    """Write the comment, or give it its new text; never over one that a newer commit has."""
    review = plan_file.read(Path(args.plan))
    host = _host(args.repository, args.provider)
    asked = request.read()
    asked = replace(asked, number=args.pull_request or asked.number)
    asked = replace(asked, head=asked.head or review.source)
    number = asked.number or _number(host, asked.head)
    if not number:
        terminal.out(f"no open pull request has commit {asked.head[:12]} as its head: left alone")
        return 0
    return _settle(host, number, review, asked.head)


def _host(repository: str | None, provider: str | None) -> "Host":
    from argosy.hosts.find import find

    env = os.environ
    named = repository or env.get("GITHUB_REPOSITORY") or env.get("CI_PROJECT_URL", "")
    if not named:
        raise UsageFailure("which repository?", "add --repository URL")
    if "://" not in named and "@" not in named:
        named = f"{env.get('GITHUB_SERVER_URL', 'https://github.com')}/{named}"
    host = find(named, provider or "", env)
    if host is None:
        raise UsageFailure(f"`{named}` is not known to be at GitHub or GitLab", "add --provider")
    if not host.authorized:
        raise UsageFailure(
            "there is no token", "set GITHUB_TOKEN, GITLAB_TOKEN or ARGOSY_GIT_TOKEN"
        )
    return host


def _number(host: "Host", head: str) -> int:
    """Return the open pull request that has `head` as its head; those from forks are found so."""
    found = host.commit_pull_requests(head) if head else ()
    return next((one.number for one in found if one.state == "open" and one.head == head), 0)


def _settle(host: "Host", number: int, review: "Review", head: str) -> int:
    from argosy.report.comment import comment, read_marker, short

    there = _ours(host, number, review)
    if there:
        former = (read_marker(there.body) or ("", ""))[1]
        if former != head and (newer := _newer(host.commits(number), former, head)):
            terminal.out(f"left alone: {newer}")
            return 0
    body = comment(review, head)
    if there and there.body.replace("\r\n", "\n").strip() == body.strip():
        terminal.out(f"✔ unchanged: {there.url or f'comment of {number}'}")
        return 0
    written = _write(host, number, there, (body, short(review, head)))
    terminal.out(
        f"✔ {'updated' if there else 'commented'}: {written.url or f'comment of {number}'}"
    )
    return 0


def _ours(host: "Host", number: int, review: "Review") -> "Comment | None":
    """Return the comment of this project that was written under our name."""
    from argosy.report.comment import marker, read_marker

    project, me = read_marker(marker(review.project, "")), _login(host.me())
    for found in host.comments(number):
        marked = read_marker(found.body)
        if marked and project and marked[0] == project[0] and _login(found.author) == me:
            return found
    return None


def _login(name: str) -> str:
    """Return a login as both APIs of GitHub write it: one of them leaves `[bot]` out."""
    return name.lower().removesuffix("[bot]")


def _newer(commits: tuple[str, ...], former: str, head: str) -> str:
    """Say why a comment that was made for `former` is not to be overwritten for `head`."""
    if not former or not head or not commits:
        return ""
    if head not in commits:
        full = len(commits) >= _LISTED
        return "" if full else f"the pull request has no commit {head[:12]} any more"
    if former in commits and commits.index(former) > commits.index(head):
        return f"the comment is of {former[:12]}, which is newer than {head[:12]}"
    return ""


def _write(host: "Host", number: int, there: "Comment | None", texts: tuple[str, ...]) -> "Comment":
    from argosy.hosts.host import write_fitting

    write = partial(host.update, number, there.id) if there else partial(host.comment, number)
    return write_fitting(write, texts)
