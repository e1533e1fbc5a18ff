"""What an environment is to hold: rendered from here, or from the revisions that it is pinned to.

All that decides about bytes comes from the pinned revision: specs, code, components, and the
project file with its namespace, hardware and variables. So a promotion gives the same bytes on
every day, and what a reviewer saw is what comes. What decides about publishing comes from HEAD:
the pin itself, `gitops:`, `freeze:`, `promotion:`, prices and policies.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from compiler.problems import Location, Problem, Rejected
from compiler.record import field, record
from gitops.pin import Pins, confirm, read_pins

if TYPE_CHECKING:
    from argosy.cache.rendering import Fresh
    from compiler.project import Environment, Project
    from compiler.tree import RenderedTree

_SHOWN = 3


@record
class Desired:
    """The tree, and the revision of each pipeline that is pinned.

    `fresh` are some of those that are not, where they had to be compiled.
    """

    tree: "RenderedTree"
    sources: Mapping[str, str]
    pins: Pins
    fresh: "Mapping[str, Fresh]" = field(default_factory=dict, compare=False, repr=False)

    @property
    def trailers(self) -> dict[str, str]:
        """What a commit of the tree says about pins."""
        own = [f"{name}={sha}" for name, sha in sorted(self.pins.pipelines.items())]
        words = " ".join(filter(None, [self.pins.revision, *own]))
        return {"Argosy-Pin": words} if words else {}


@contextmanager
def desired(
    project: "Project",
    environment: "Environment",
    *,
    verified: bool,
    pins: Pins | None = None,
    only: Collection[str] | None = None,
) -> Iterator[Desired]:
    """Offer what `environment` is to hold by its pins, or by others; contents are read in time.

    Of what is not pinned, only the pipelines of `only` are rendered, if it is given. Raise
    `Rejected` with every mistake, also where a pin cannot be followed.
    """
    from argosy.cache.rendering import rendering
    from argosy.cli import revisions
    from compiler.tree import joined

    pins = read_pins(project.root, environment.name) if pins is None else pins
    confirm(pins, project.root)
    with ExitStack() as stack:
        trees, sources = [], dict[str, str]()
        fresh: Mapping[str, Fresh] = {}
        for revision in pins.revisions():
            tree = _at(project, environment.name, pins, revision, verified)
            sources |= dict.fromkeys(_names(tree), revision)
            trees.append(tree)
        free = () if pins.revision else [n for n in project.pipelines if n not in pins.pipelines]
        free = [name for name in free if only is None or name in only]
        if free or not (trees or only is not None):
            kept = not revisions.is_revision(project.root)
            found = stack.enter_context(
                rendering(project, environment.name, verified=verified, remembered=kept)
            )
            trees.append(found.tree(free))
            fresh = found.fresh
        tree = trees[0] if len(trees) == 1 else joined(trees)
        _confirm_images(pins, tree)
        yield Desired(tree, sources, pins, fresh)


def _at(
    project: "Project", environment: str, pins: Pins, revision: str, verified: bool
) -> "RenderedTree":
    """Render the pipelines that are pinned to `revision`, all from what the project was then."""
    from argosy.cache.fixed import Fixed
    from argosy.cli import revisions
    from compiler.tree import RenderedTree

    at, place = pins.at(*pins.revisions()[revision]), list(pins.revisions()).index(revision)
    models = sorted(pins.models.items())
    fixed = Fixed(f"{project.root}@{place}", f"{revision} {models}", verified)
    with revisions.pinned(project, revision, pins) as then:
        if environment not in then.environments:
            hint = "pin one that has it"
            text = f"revision {revision[:10]} has no environment `{environment}`"
            raise Rejected([Problem("unknown-environment", text, at, hint)])
        own = [name for name, sha in pins.pipelines.items() if sha == revision]
        gone = [_gone(pins, name, revision) for name in own if name not in then.pipelines]
        if gone:
            raise Rejected(gone)
        rest = [name for name in then.pipelines if name not in pins.pipelines]
        names = [*own, *(rest if revision == pins.revision else ())]
        try:
            found = fixed.tree(then, environment, names) if names else None
        except Rejected as rejected:
            raise Rejected([_unrendered(at, revision, rejected.problems)]) from None
    return found or RenderedTree({})


def _gone(pins: Pins, name: str, revision: str) -> Problem:
    at = pins.document.key(("pipelines", name)) if pins.document else pins.at()
    text = f"revision {revision[:10]} has no pipeline `{name}`"
    return Problem("bad-value", text, at, "pin one that has it, or remove the entry")


def _unrendered(at: Location, revision: str, problems: Sequence[Problem]) -> Problem:
    said = "; ".join(f"{p.at}: {p.message}" for p in problems[:_SHOWN])
    more = f"; and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
    text = f"revision {revision[:10]} does not render: {said}{more}"
    return Problem("bad-value", text, at, "promote a revision that this Argosy can render")


def _names(tree: "RenderedTree") -> list[str]:
    return sorted({path.split("/")[0] for path in tree.files})


def _confirm_images(pins: Pins, tree: "RenderedTree") -> None:
    """Raise `Rejected` where a pipeline renders to other images than were promoted."""
    from gitops.images import images

    problems = []
    for name, recorded in pins.images.items():
        found = images({p: tree.files[p] for p in tree.files if p.startswith(f"{name}/")})
        if found != recorded:
            at = pins.at("pipelines", name, "images")
            text = f"`{name}` at its revision has the images {', '.join(found) or 'of nothing'}"
            hint = "revision and images move together: `argosy promote` writes both"
            problems.append(Problem("bad-value", text, at, hint))
    if problems:
        raise Rejected(problems)
