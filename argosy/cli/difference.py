"""What publishing would change: the rendered tree against the published one."""

from collections.abc import Iterator
from datetime import UTC, datetime

from argosy.cli.gitops_target import Place
from compiler.tree import RenderedTree
from gitops.plan import Change, Plan, plan

__all__ = ["SIGNS", "Plan", "compute", "lines"]

SIGNS = {"added": "+", "changed": "~", "removed": "-", "renamed": "→", "created": "+"}


def compute(place: Place, tree: RenderedTree) -> Plan:
    """Return the plan of making `place` hold `tree`."""
    published = place.read()
    now = datetime.now(UTC)
    environment = place.target.environment
    if published is None:
        return plan(None, tree.files, environment=environment, now=now)
    foreign = [path.removeprefix(place.target.path("")) for path in published.foreign]
    before = {**published.files, **dict.fromkeys(foreign, b"")}
    return plan(before, tree.files, environment=environment, kept=foreign, now=now)


def lines(found: Plan) -> Iterator[str]:
    """Yield a line for each pipeline that changes, and one for each change in it."""
    for pipeline in found.pipelines:
        yield f"{SIGNS[pipeline.action]} {pipeline.name}"
        for change in pipeline.changes:
            yield f"    {_line(change)}"
    for change in found.changes:
        yield _line(change)


def _line(change: Change) -> str:
    about = " ".join(word for word in (change.subject, change.name, change.aspect) if word)
    return f"{SIGNS[change.action]} {about}: {change.text}"
