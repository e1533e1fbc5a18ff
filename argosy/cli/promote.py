"""`argosy promote`: move what one environment holds to another, as a commit of the source."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from argosy.cli import (
    change_request,
    difference,
    evidence,
    freeze_gate,
    gitops_target,
    policy_findings,
    policy_gate,
    terminal,
    workspace,
)
from argosy.cli.desired import Desired, desired
from argosy.cli.usage import UsageFailure
from argosy.failure import Failure
from argosy.report.delivery import Delivery
from argosy.report.words import counted
from compiler.record import record, replace

if TYPE_CHECKING:
    from compiler.project import Environment, Project
    from gitops.pin import Pins
    from gitops.plan import Plan
    from gitops.promotion import Evidence
    from gitops.published import PublishedTree

_NAMED = 3


class UnprovenFailure(Failure):
    """What a promotion must have is not there."""

    exit_code = 5


@record
class _Move:
    """From where to where, what, and the pins of before and after."""

    origin: "Environment"
    goal: "Environment"
    names: tuple[str, ...]
    published: "PublishedTree"
    before: "Pins"
    after: "Pins"

    @property
    def title(self) -> str:
        """What moves, in a line."""
        first = self.names[0] if self.names else ""
        sha = self.after.of(first)[:10]
        shown = ", ".join(self.names[:_NAMED])
        more = f" and {len(self.names) - _NAMED} more" if len(self.names) > _NAMED else ""
        what = f"{shown}{more}" if self.names else "everything"
        return f"Promote {what} from {self.origin.name} to {self.goal.name} at {sha}"


def execute(args: argparse.Namespace) -> int:
    """Show evidence and plan; refuse, or commit the pin."""
    from gitops.source import read_source

    if args.json:
        terminal.aside()
    project = workspace.load()
    source = read_source(project.root)
    change_request.refuse_dirty(source, allowed=args.allow_dirty)
    move = _moved(project, args)
    if replace(move.after, images=move.before.images).write() == move.before.write():
        terminal.out(f"✔ {move.goal.name} is pinned to exactly that: nothing to promote")
        if args.json:
            terminal.out_json(Delivery("promote", move.goal.name).as_json("unchanged"))
        return 0
    with desired(project, move.goal, verified=True, pins=move.after) as wanted:
        move = replace(move, after=_pictured(move.after, wanted))
        place = gitops_target.find(project, move.goal)
        plan = difference.compute(place, wanted.tree, project.tariff(move.goal))
        plan = policy_findings.judged(plan, project, move.goal, move.after)
        lines = _evidence(project, move, plan)
        _show(move, lines, plan)
        trailers = _gates(args, project, move, wanted, lines)
        _judge(move, plan)
    return _write(args, project, source.sha, move, lines, plan, trailers)


def _moved(project: "Project", args: argparse.Namespace) -> _Move:
    from gitops.pin import moved, read_pins
    from gitops.promotion import held

    origin, goal = (workspace.pick_environment(project, name) for name in (args.origin, args.goal))
    if origin == goal:
        raise UsageFailure("from an environment to itself?", "argosy promote FROM TO")
    published = gitops_target.find(project, origin).read()
    if published is None:
        hint = f"argosy publish --env {origin.name}"
        raise UsageFailure(f"nothing is published in {origin.name} yet", hint)
    known = tuple(sorted({path.split("/")[0] for path in published.files}))
    workspace.check_known(f"pipeline in {origin.name}", args.words, known)
    names = tuple(dict.fromkeys(args.words))
    pins = held(project.root, origin.name, published.source_sha)
    _confirm(project, origin, published, pins, names)
    before = read_pins(project.root, goal.name)
    after = moved(before, pins, names)
    return _Move(origin, goal, names, published, before, after)


def _confirm(
    project: "Project",
    origin: "Environment",
    published: "PublishedTree",
    pins: "Pins",
    names: Sequence[str],
) -> None:
    """Raise `SourceFailure` unless what is published is what its revision renders to."""
    from gitops.source import SourceFailure

    with desired(project, origin, verified=False, pins=pins) as wanted:
        there, here = published.lock.files.items(), wanted.tree.sums.items()
    odd = {path.split("/")[0] for path, _ in there ^ here}
    if found := sorted(odd & set(names) if names else odd):
        shown = ", ".join(f"`{name}`" for name in found[:_NAMED])
        text = f"{origin.name} holds {shown} in another form than its revision renders to: it was"
        text += " published from uncommitted changes, or by another version of Argosy"
        hint = f"commit, `argosy publish --env {origin.name}`, and promote what that gives"
        raise SourceFailure(text, hint)


def _pictured(pins: "Pins", wanted: Desired) -> "Pins":
    """Return the pins with the images that each pinned pipeline renders to."""
    from gitops.promotion import pictured

    return replace(pins, images=pictured(wanted.tree.files, frozenset(wanted.sources)))


def _evidence(project: "Project", move: _Move, plan: "Plan") -> "tuple[Evidence, ...]":
    place = gitops_target.find(project, move.origin)
    changed = tuple(p.name for p in plan.pipelines if p.action != "removed")
    state = workspace.state(project.root)
    rules = move.goal.promotion
    case = evidence.Case(move.origin, place, move.published, move.names, changed, rules, state)
    return evidence.gather(case)


def _show(move: _Move, lines: "Sequence[Evidence]", plan: "Plan") -> None:
    from argosy.report import evidence as report
    from argosy.report import plan as plans

    terminal.out(f"{move.title}\n\nevidence")
    terminal.out("\n".join(report.lines(lines)))
    terminal.out(f"\nplan of {move.goal.name}")
    terminal.out(plans.text(plan, color=terminal.coloured(sys.stdout)))


def _gates(
    args: argparse.Namespace,
    project: "Project",
    move: _Move,
    wanted: Desired,
    lines: "Sequence[Evidence]",
) -> Mapping[str, str]:
    """Return the trailers of what may be committed; raise a failure if nothing may."""
    from gitops.message import BREAK_GLASS

    against = evidence.refused(lines)
    if against and not args.break_glass:
        text = "; ".join(line.text for line in against[:_NAMED])
        hint = "wait for it, or say `--break-glass --reason TEXT`, which is recorded"
        raise UnprovenFailure(f"{move.goal.name} asks for more evidence: {text}", hint)
    place = gitops_target.find(project, move.goal)
    frozen = freeze_gate.check(move.goal, place, wanted.tree, project.name,
                               break_glass=args.break_glass, reason=args.reason)  # fmt: skip
    return {**frozen, **({BREAK_GLASS: args.reason} if against else {})}


def _judge(move: _Move, plan: "Plan") -> None:
    """Raise `PolicyFailure` where nobody could publish the commit that would be made."""
    if policy_findings.refused([plan]):
        goal = move.goal.name
        hint = f"mend them, or suppress them with a reason; argosy policy --env {goal}"
        text = f"policies of {goal} refuse what would be published"
        raise policy_gate.PolicyFailure(text, hint)


def _write(
    args: argparse.Namespace,
    project: "Project",
    parent: str,
    move: _Move,
    lines: "Sequence[Evidence]",
    plan: "Plan",
    trailers: Mapping[str, str],
) -> int:
    from argosy.report import evidence as report
    from argosy.report import plan as plans
    from gitops.branch import store
    from gitops.pin import file

    said = ["Evidence:", *report.said(lines), "", *plans.lines(plan)]
    trailers = {"Argosy-Promotion": f"{move.origin.name} -> {move.goal.name}", **trailers}
    sha = move.after.of(move.names[0] if move.names else "")
    request = change_request.Request(
        args.branch or f"argosy/promote-{move.goal.name}-{sha[:10]}",
        change_request.compose(move.title, said, trailers),
        parent,
        args.pull_request,
    )
    done = Delivery("promote", move.goal.name, move.title, tuple(lines), (*plans.lines(plan),))
    if args.dry_run:
        terminal.out(f"nothing was written: {counted(1, 'commit')} would go to {request.branch}")
    else:
        changes = {file(move.goal.name): store(project.root, move.after.write())}
        done.source = vars(change_request.make(project, request, changes))
    if args.json:
        terminal.out_json(done.as_json("dry-run" if args.dry_run else "committed"))
    return 0
