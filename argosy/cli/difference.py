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
    return against(place, place.read(tree), tree, tariff, only=only, source=source)


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
    alike = _alike(published, tree)
    before = {**_without(published.files, alike), **dict.fromkeys(foreign, b"")}
    others = set[str]()
    if only is not None:
        before = {path: content for path, content in before.items() if _owner(path) in only}
        others = {_owner(path) for path in published.files} - {*only}
    found = plan(
        before,
        _without(tree.files, alike),
        environment=environment,
        kept=foreign,
        now=now,
        components=({}, {}) if only is not None else (published.lock.components, tree.components),
        tariff=tariff,
        same=alike | others,
    )
    against = f"commit {published.commit[:_SHOWN]} of the GitOps repository"
    return replace(found, against=against, notes=tuple(_notes(published, source, place.state)))


def _alike(published: "PublishedTree", tree: RenderedTree) -> set[str]:
    """Return the pipelines whose files are to be what they are: known by digests, and not read."""
    paths = published.sums.keys() | published.files.keys() | tree.sums.keys()
    differ = {path for path in paths if published.sums.get(path) != tree.sums.get(path)}
    folders = {_owner(path) for path in tree.sums if "/" in path}
    return folders - {_owner(path) for path in differ}


def _without(files: Mapping[str, bytes], names: Collection[str]) -> dict[str, bytes]:
    return {path: files[path] for path in files if _owner(path) not in names}


def _owner(path: str) -> str:
    return path.split("/")[0]


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
