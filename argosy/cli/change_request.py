"""A change of the source that a command proposes: a commit on a branch, or a pull request."""

import os
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from argosy.cli import terminal
from argosy.report.delivery import Made
from compiler.record import record

if TYPE_CHECKING:
    from compiler.project import Project
    from gitops.branch import Written
    from gitops.snapshot import Entry
    from gitops.source import SourceRevision

_SUBJECT, _LONGEST = 72, 50_000


@record
class Request:
    """The branch, the message of the commit, its parent, and whether to open a pull request."""

    branch: str
    message: str
    parent: str
    pull: bool


def refuse_dirty(source: "SourceRevision", *, allowed: bool) -> None:
    """Raise `SourceFailure` where the work tree is not what the commit would be made on."""
    from gitops.source import SourceFailure

    if source.dirty and not allowed:
        names = ", ".join(f"`{path}`" for path in source.changes[:3])
        hint = "commit them, or say `--allow-dirty`: they will not be part of the commit"
        raise SourceFailure(f"the project has uncommitted changes: {names}", hint)


def compose(title: str, said: Iterable[str], trailers: Mapping[str, str]) -> str:
    """Return a commit message: its subject, what is said, and lines for machines."""
    from gitops.message import clean

    subject = title if len(title) <= _SUBJECT else f"{title[: _SUBJECT - 1]}…"
    body = "\n".join(clean(line) for line in said).strip()
    last = "\n".join(f"{key}: {clean(value)}" for key, value in trailers.items())
    return "\n\n".join(filter(None, [subject, body, last])) + "\n"


def make(project: "Project", request: Request, changes: "Mapping[str, Entry | None]") -> Made:
    """Commit `changes`; say where, and what is next."""
    from gitops import branch

    commit = branch.commit(project.root, request.parent, changes, request.message)
    return place(project, request, commit)


def place(project: "Project", request: Request, commit: str) -> Made:
    """Put `commit` on its branch; say where it is, and what is next."""
    from gitops import branch

    written = branch.place(project.root, commit, request.branch)
    how = "is there already" if written.there else "is made"
    terminal.out(f"✔ commit {written.commit} {how} on branch {written.branch}")
    if request.pull:
        return _propose(project, request, written)
    terminal.talk(f"next: git push origin {written.branch}, and open a pull request")
    return Made(written.commit, written.branch, there=written.there)


def _propose(project: "Project", request: Request, written: "Written") -> Made:
    """Push the branch and open its pull request, or say where a person opens it."""
    from argosy.hosts.find import find
    from gitops import branch

    host = find(branch.origin(project.root), environ=os.environ)
    base = branch.current(project.root)
    branch.push(project.root, written)
    terminal.out(f"✔ pushed {written.branch}")
    if host is None or not host.authorized:
        place = f": {host.compare_url(base, written.branch)}" if host else ""
        terminal.talk(f"next: open a pull request from {written.branch} to {base}{place}")
        return Made(written.commit, written.branch, pushed=True, there=written.there)
    title, _, body = request.message.partition("\n")
    proposal = host.open_or_update(written.branch, base, title, _markdown(body))
    terminal.out(f"✔ {'opened' if proposal.created else 'updated'} {proposal.url}")
    return Made(written.commit, written.branch, proposal.url, pushed=True, there=written.there)


def _markdown(body: str) -> str:
    """Return the body of a commit as text of a pull request: as it is, and within its limit."""
    text = body.strip()[:_LONGEST]
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{fence}text\n{text}\n{fence}\n"
