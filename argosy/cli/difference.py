"""What publishing would change: the rendered tree against the published one."""

from datetime import UTC, datetime

from argosy.cli.gitops_target import Place
from compiler.tree import RenderedTree
from gitops.plan import Plan, plan


def compute(place: Place, tree: RenderedTree) -> Plan:
    """Return the plan of making `place` hold `tree`."""
    published = place.read()
    now = datetime.now(UTC)
    environment = place.target.environment
    if published is None:
        return plan(
            None,
            tree.files,
            environment=environment,
            now=now,
            components=({}, tree.components),
        )
    foreign = [path.removeprefix(place.target.path("")) for path in published.foreign]
    before = {**published.files, **dict.fromkeys(foreign, b"")}
    components = published.lock.components, tree.components
    return plan(
        before,
        tree.files,
        environment=environment,
        kept=foreign,
        now=now,
        components=components,
    )
