"""The pull request of an environment: opened, kept up to date, closed."""

import os
from functools import partial
from typing import TYPE_CHECKING

from argosy.cli import terminal
from argosy.cli.usage import UsageFailure
from compiler.record import replace
from gitops.outcome import Outcome, Proposed, Unchanged

if TYPE_CHECKING:
    from collections.abc import Callable

    from argosy.cli.gitops_target import Place
    from argosy.hosts.host import Host
    from compiler.project import Environment
    from gitops.plan import Plan
    from gitops.source import SourceRevision


def find_host(environment: "Environment", place: "Place") -> "Host | None":
    """Return where pull requests of `environment` are, `None` if they are a person's to open.

    Raise `UsageFailure` when the project names the provider and nothing can be asked of it.
    """
    if not place.target.proposal:
        return None
    from argosy.hosts.find import find

    said = environment.gitops.provider if environment.gitops else ""
    host = find(place.target.repository, said, os.environ)
    if host and said and not host.authorized:
        hint = "give it in ARGOSY_GIT_TOKEN, or leave `provider:` out to open them by hand"
        raise UsageFailure(f"pull requests at {place.target.shown} need a token", hint)
    return host


def addressed(place: "Place") -> "Place":
    """Return the place with the branch by which it asks, which others may want to use as well."""
    if not place.target.proposal:
        return place
    from gitops.sharing import asking

    return replace(place, target=asking(place.target, place.state))


def settle(
    outcome: Outcome,
    host: "Host | None",
    place: "Place",
    plan: "Callable[[], Plan]",
    origin: "tuple[str, SourceRevision]",
) -> str:
    """Make the pull request say what the branch holds; return where it is, if it is anywhere.

    `origin` is the name of the project, and its revision.
    """
    if isinstance(outcome, Proposed):
        return _offer(outcome, host, place, plan(), origin)
    if isinstance(outcome, Unchanged) and host and host.authorized:
        _close(host, place)
    return ""


def offer_back(
    host: "Host | None",
    place: "Place",
    plan: "Plan",
    origin: "tuple[str, SourceRevision]",
    reason: str,
) -> str:
    """Open the pull request of a rollback, whose branch `place` proposes; or say who is to."""
    if host and host.authorized:
        from argosy.report import proposal as report

        title = report.back_title(plan, *origin)
        texts = (report.back(plan, *origin, reason), report.back_short(plan, origin[1], reason))
        url = _written(host, place, title, texts)
        terminal.out(f"pull request {url}")
        terminal.talk(f"next: review and merge {url}")
        return url
    return _by_hand(host, place)


def _offer(
    outcome: Proposed,
    host: "Host | None",
    place: "Place",
    plan: "Plan",
    origin: "tuple[str, SourceRevision]",
) -> str:
    target = place.target
    if host and host.authorized:
        from argosy.report import proposal as report

        texts = (report.body(plan, *origin, target.proposal),
                 report.short(plan, *origin, target.proposal))  # fmt: skip
        url = _written(host, place, report.title(plan, *origin), texts)
        url = _corrected(host, place, outcome.commit) or url
        terminal.out(f"pull request {url}")
        terminal.talk(f"next: review and merge {url}")
        return url
    return _by_hand(host, place)


def _by_hand(host: "Host | None", place: "Place") -> str:
    """Say where a person opens the pull request; there is none yet."""
    target = place.target
    where = host.compare_url(target.branch, target.proposal) if host else ""
    text = f"open a pull request from {target.proposal} to {target.branch}"
    terminal.talk(f"next: {text}" + (f": {where}" if where else f" at {target.shown}"))
    return ""


def _written(host: "Host", place: "Place", title: str, texts: tuple[str, ...]) -> str:
    from argosy.hosts.host import write_fitting

    asked = partial(host.open_or_update, place.target.proposal, place.target.branch, title)
    return write_fitting(asked, texts).url


def _corrected(host: "Host", place: "Place", commit: str) -> str:
    """Let the pull request tell of what is on the branch, if a newer run was there meanwhile."""
    from argosy.report import proposal as report
    from gitops.proposal import read_draft

    draft = read_draft(place.target, place.state)
    if draft is None or draft.commit == commit:
        return ""
    subject, _, text = draft.message.partition("\n")
    return _written(host, place, subject, (report.plain(text), ""))


def _close(host: "Host", place: "Place") -> None:
    from gitops.proposal import read_draft

    target = place.target
    there = host.find_open(target.proposal, target.branch)
    # what is on the branch still is somebody else's, and so is the pull request
    if there and read_draft(target, place.state) is None:
        host.close(there.number)
        terminal.talk(f"note: closed {there.url}: nothing is left to change")
