"""What publishing would change: the rendered tree against the published one."""

from datetime import UTC, datetime

from argosy.cli.gitops_target import Place
from compiler.cost import Tariff
from compiler.tree import RenderedTree
from gitops.plan import Plan, plan


def compute(place: Place, tree: RenderedTree, tariff: Tariff | None = None) -> Plan:
    """Return the plan of making `place` hold `tree`; with prices, what it costs."""
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
            tariff=tariff,
        )
    foreign = [path.removeprefix(place.target.path("")) for path in published.foreign]
    return plan(
        {**published.files, **dict.fromkeys(foreign, b"")},
        tree.files,
        environment=environment,
        kept=foreign,
        now=now,
        components=(published.lock.components, tree.components),
        tariff=tariff,
    )
