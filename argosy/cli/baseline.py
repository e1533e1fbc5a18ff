"""What a change of the source changes: this project against itself at another revision.

No GitOps repository is read and no credential is needed, so it is what a fork's CI can do.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from argosy.cli import policy_findings, touched
from argosy.cli.desired import Desired, desired
from compiler.problems import Rejected
from compiler.record import record, replace
from gitops.plan import Plan, plan

if TYPE_CHECKING:
    from compiler.project import Environment, Project
    from compiler.tree import RenderedTree
    from gitops.touched import Former

_SHOWN = 12


@record
class Baseline:
    """A revision, and the project as it was then; None where there was none, `notes` say why."""

    former: "Former"
    project: "Project | None"
    notes: tuple[str, ...] = ()


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
    found = touched.find(project, base.former, [name])
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
