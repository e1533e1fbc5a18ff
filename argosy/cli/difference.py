"""What publishing would change: the rendered tree against the published one."""

from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from argosy.cli.gitops_target import Place
from compiler.cost import Tariff
from compiler.record import replace
from compiler.tree import RenderedTree
from gitops.plan import Plan, plan

if TYPE_CHECKING:
    from gitops.published import PublishedTree
    from gitops.source import SourceRevision

_SHOWN = 12


def compute(
    place: Place,
    tree: RenderedTree,
    tariff: Tariff | None = None,
    *,
    only: Collection[str] | None = None,
    source: "SourceRevision | None" = None,
) -> Plan:
    """Return the plan of making `place` hold `tree`; with prices, what it costs.

    With `only`, `tree` holds no more than these pipelines, and the others are let be. `source` is
    the revision that the tree is of: with it, the plan says when a newer one is published.
    """
    return against(place, place.read(), tree, tariff, only=only, source=source)


def against(
    place: Place,
    published: "PublishedTree | None",
    tree: RenderedTree,
    tariff: Tariff | None = None,
    *,
    only: Collection[str] | None = None,
    source: "SourceRevision | None" = None,
) -> Plan:
    """Return the same of what `place` was found to hold."""
    now = datetime.now(UTC)
    environment = place.target.environment
    if published is None:
        found = plan(
            None,
            tree.files,
            environment=environment,
            now=now,
            components=({}, tree.components),
            tariff=tariff,
        )
        return replace(found, against="nothing: it was never published")
    foreign = [path.removeprefix(place.target.path("")) for path in published.foreign]
    before = {**published.files, **dict.fromkeys(foreign, b"")}
    found = plan(
        before if only is None else _of(before, only),
        tree.files,
        environment=environment,
        kept=foreign,
        now=now,
        components=({}, {}) if only is not None else (published.lock.components, tree.components),
        tariff=tariff,
        same=() if only is None else {path.split("/")[0] for path in published.files} - {*only},
    )
    against = f"commit {published.commit[:_SHOWN]} of the GitOps repository"
    return replace(found, against=against, notes=tuple(_notes(published, source, place.state)))


def _of(files: Mapping[str, bytes], names: Collection[str]) -> dict[str, bytes]:
    return {path: content for path, content in files.items() if path.split("/")[0] in names}


def _notes(
    published: "PublishedTree", source: "SourceRevision | None", state: Path
) -> Iterator[str]:
    """Yield what makes a publish be held or superseded."""
    from gitops.order import compare

    yield from (f"edited by hand in the GitOps repository: {what}" for what in published.edited)
    if source is None or not published.source_sha:
        return
    with TemporaryDirectory(dir=state) as folder:
        order = compare(source, [published.source_sha], Path(folder))
    if order.newer:
        yield (
            f"revision {order.newer[:_SHOWN]}, newer than this one, is published: "
            "what it brought is shown as if it were to go"
        )
    yield from (unknown.reason for unknown in order.unknown)
