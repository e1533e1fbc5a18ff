"""What a pull request of an environment says: which change, from where, what merging does."""

from argosy import __version__
from argosy.report import plan as report
from argosy.report.comment import LONGEST, fitted
from argosy.report.plan_markdown import escaped
from gitops.plan import Plan, Review
from gitops.source import SourceRevision

_TITLE, _LINE = 200, 500
_ROOM = 2_000  # characters for what stands below the plan


def title(plan: Plan, project: str, source: SourceRevision) -> str:
    """Return one line: the environment, how much changes, and the source."""
    told = report.summary(plan).removeprefix("Plan: ").rstrip(".")
    return f"{plan.environment}: {told} from {project} {source.sha[:10]}"[:_TITLE]


def body(plan: Plan, project: str, source: SourceRevision, branch: str) -> str:
    """Return the plan, as much of it as a pull request holds, and where it comes from."""
    review = Review(project, source.sha, source.dirty, "", __version__, (plan,))
    said = fitted(review, LONGEST - _ROOM)
    return said + _foot(plan.environment, project, source, branch)


def short(plan: Plan, project: str, source: SourceRevision, branch: str) -> str:
    """Return what is said where a host takes no text as long as the plan."""
    return f"{escaped(report.summary(plan))}\n{_foot(plan.environment, project, source, branch)}"


def back_title(plan: Plan, project: str, source: SourceRevision) -> str:
    """Return one line: the environment, and what it goes back to."""
    return f"{plan.environment}: roll back to {project} {source.sha[:10]}"[:_TITLE]


def back(plan: Plan, project: str, source: SourceRevision, reason: str) -> str:
    """Return the plan of a rollback, as much of it as a pull request holds, and what it does."""
    review = Review(project, source.sha, source.dirty, "", __version__, (plan,))
    return fitted(review, LONGEST - _ROOM) + _back_foot(plan.environment, source, reason)


def back_short(plan: Plan, source: SourceRevision, reason: str) -> str:
    """Return what is said where a host takes no text as long as the plan."""
    return f"{escaped(report.summary(plan))}\n{_back_foot(plan.environment, source, reason)}"


def _back_foot(environment: str, source: SourceRevision, reason: str) -> str:
    why = f"\n\nReason: {escaped(reason[:_LINE])}" if reason.strip() else ""
    return (
        f"\n---\nMerging this takes **{escaped(environment)}** back to what it held from "
        f"`{source.sha[:10]}`, asked for by {escaped(source.author_name)}.{why}\n\n"
        "Publishing is held from then on until the source follows: merge its revert too. Where "
        "that is published first, close this.\n"
    )


def plain(message: str) -> str:
    """Return the message of a commit as Markdown that says just that."""
    return "  \n".join(escaped(line[:_LINE]) for line in message.splitlines()[:200])


def _foot(environment: str, project: str, source: SourceRevision, branch: str) -> str:
    commit = f"`{source.sha[:10]}`"
    if source.url.startswith("https://"):
        commit = f"[{commit}]({source.url.removesuffix('.git')}/commit/{source.sha})"
    said = f": {escaped(source.subject[:_LINE])}" if source.subject else ""
    return (
        f"\n---\nFrom {commit} of {escaped(project)} by {escaped(source.author_name)}{said}\n\n"
        f"Merging this brings it into **{environment}**. Argosy keeps the pull request up to date, "
        "and closes it when nothing is left to change; a commit that somebody else makes on "
        f"`{branch}` stops that.\n"
    )
