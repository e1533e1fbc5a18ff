"""What a change of the source changes: this project against itself at another revision.

No GitOps repository is read and no credential is needed, so it is what a fork's CI can do.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from argosy.cli import policy_findings, revisions, touched
from argosy.cli.desired import Desired, desired
from compiler.problems import Rejected
from compiler.record import record, replace
from gitops.plan import Plan, plan

if TYPE_CHECKING:
    from argosy.cli.touched import Touched
    from compiler.project import Environment, Project
    from compiler.tree import RenderedTree
    from gitops.touched import Former

_SHOWN = 12


@record
class Baseline:
    """A revision, and the project as it was then; None where there was none, `notes` say why.

    `changed` is what differs between then and now, by environment.
    """

    former: "Former"
    project: "Project | None"
    changed: "Mapping[str, Touched]"
    notes: tuple[str, ...] = ()


@contextmanager
def opened(
    project: "Project", revision: str, environments: "Sequence[Environment]"
) -> "Iterator[Baseline]":
    """Offer the project at `revision`; it may not have been there, or not have been right."""
    from gitops.export import ProjectMissing
    from gitops.touched import Former

    former = Former(project.root, revision)
    changed = {each.name: touched.find(project, former, [each.name]) for each in environments}
    base = Baseline(former, None, changed, _behind(project, former.sha))
    entered = False
    try:
        with revisions.at(project, former.sha, _asked(project, former, changed)) as then:
            entered = True
            yield replace(base, project=then)
    except (ProjectMissing, Rejected) as failure:
        if entered:
            raise
        said = failure.problems[0].message if isinstance(failure, Rejected) else failure.message
        note = f"no project at {former.sha[:_SHOWN]} ({said}): all of it is new"
        yield replace(base, notes=(*base.notes, note))


def _asked(
    project: "Project", former: "Former", changed: "Mapping[str, Touched]"
) -> set[str] | None:
    """Return the pipelines that are compiled as they were then; None where it may be any."""
    from gitops.pin import file, read_pins

    pinned = any(
        file(name) in former.files or read_pins(project.root, name).revisions() for name in changed
    )
    names = {name for each in changed.values() for name in (*each.names, *each.gone)}
    return None if pinned or names.issuperset(project.pipelines) else names


def _behind(project: "Project", base: str) -> tuple[str, ...]:
    """Say that the base has commits that are not in here: what they did looks undone."""
    from gitops.git import Repository

    repository = Repository(project.root)
    answer = repository.ask("rev-list", "--count", "--end-of-options", base, "^HEAD")
    count = answer.out.decode("ascii", "replace").strip()
    if answer.status or count == "0":
        return ()
    told = "1 commit that is" if count == "1" else f"{count} commits that are"
    return (f"{base[:12]} has {told} not in this revision: merge it, or plan against their fork",)


def compare(project: "Project", environment: "Environment", base: Baseline) -> Plan:
    """Return what publishing an environment from here changes, had `base` been published."""
    from gitops.pin import read_pins

    name, then = environment.name, base.project
    if then is not None and name not in then.environments:
        note = f"there was no environment `{name}` at {base.former.sha[:_SHOWN]}: all of it is new"
        base, then = replace(base, notes=(*base.notes, note)), None
    roots = [side.root for side in (project, then) if side]
    if any(read_pins(root, name).revisions() for root in roots):
        return _pinned(project, environment, base, then)
    found = base.changed[name]
    known = then.pipelines if then else ()
    before = _render(then, name, [n for n in (*found.names, *found.gone) if n in known]) if then \
        else None  # fmt: skip
    with desired(project, environment, verified=True, only=found.names) as wanted:
        same = set(project.pipelines) - {*found.names}
        return _plan(project, environment, base, before, wanted, same)


def _pinned(
    project: "Project", environment: "Environment", base: Baseline, then: "Project | None"
) -> Plan:
    """Compare all of it: what a pin means does not follow from what changed in the source."""
    with desired(project, environment, verified=True) as wanted:
        if then is None:
            return _plan(project, environment, base, None, wanted, set())
        try:
            with desired(then, then.environments[environment.name], verified=False) as former:
                before = _Rendered(former.tree, ())
                return _plan(project, environment, base, before, wanted, set())
        except Rejected as rejected:
            before = _Rendered(None, (f"all of it: {rejected.problems[0].message}",))
        return _plan(project, environment, base, before, wanted, set())


@record
class _Rendered:
    tree: "RenderedTree | None"
    broken: tuple[str, ...]


def _render(project: "Project", environment: str, names: Sequence[str]) -> _Rendered:
    """Render what can be: that of which a mistake is being repaired could not."""
    from compiler.render import tree
    from compiler.tree import joined

    trees, broken = [], []
    for name in names:
        try:
            trees.append(tree(project, name, environment))
        except Rejected as rejected:
            broken.append(f"{name} ({rejected.problems[0].message})")
    return _Rendered(joined(trees), tuple(broken))


def _plan(
    project: "Project",
    environment: "Environment",
    base: Baseline,
    before: _Rendered | None,
    wanted: Desired,
    same: set[str],
) -> Plan:
    former, after = before.tree if before else None, wanted.tree
    pins = former.components if former else {}
    shared = {name for name in pins if name in after.components} if same else None
    sides = [
        side if shared is None else {n: pin for n, pin in side.items() if n in shared}
        for side in (pins, after.components)
    ]
    found = plan(
        former.files if former else None,
        after.files,
        environment=environment.name,
        now=datetime.now(UTC),
        components=(sides[0], sides[1]),
        tariff=project.tariff(environment),
        same=same,
    )
    broken = before.broken if before else ()
    sha = base.former.sha[:_SHOWN]
    notes = [f"{sha} does not render {one}: it is shown as new" for one in broken]
    found = replace(found, against=f"source {sha}", notes=(*base.notes, *notes))
    return policy_findings.judged(found, project, environment, wanted.pins, wanted.fresh)
