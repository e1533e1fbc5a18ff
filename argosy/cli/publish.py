"""`argosy publish`: the rendered environment as a commit of its GitOps repository."""

import argparse
import os
from typing import TYPE_CHECKING

from argosy.cli import (
    difference,
    freeze_gate,
    gitops_target,
    occasion,
    policy_gate,
    proposing,
    terminal,
    workspace,
)
from argosy.cli.desired import desired
from argosy.report import delivery
from argosy.report import plan as report
from gitops.outcome import Held, Outcome, Proposed, Published, Superseded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from argosy.cli.gitops_target import Place
    from compiler.project import Project
    from compiler.tree import RenderedTree
    from gitops.plan import Plan
    from gitops.published import PublishedTree
    from gitops.source import SourceRevision

_HELD = 3


def execute(args: argparse.Namespace) -> int:
    """Render, verify, publish; say what it ended in."""
    from gitops.source import read_source

    if args.json:
        terminal.aside()
    project = workspace.load()
    environment = workspace.pick_environment(project, args.env)
    source = read_source(project.root)
    with desired(project, environment, verified=True) as wanted:
        policy_gate.check(project, environment, wanted.pins)
        place = gitops_target.find(project, environment)
        host = proposing.find_host(environment, place)
        place = proposing.addressed(place)
        trailers = freeze_gate.check(environment, place, wanted.tree, project.name,
                                     break_glass=args.break_glass, reason=args.reason)  # fmt: skip
        if place.create():
            terminal.talk(f"created the GitOps repository {place.target.shown}")
        words = _Words(place, wanted.tree)
        more = {**wanted.trailers, **trailers}
        outcome = _publish(args, project, words, source, more)
        for note in outcome.notes:
            terminal.talk(f"note: {note}")
        status = _told(outcome, environment.name)
        url = proposing.settle(outcome, host, place, words.plan, (project.name, source))
    if args.json:
        done = delivery.Delivery("publish", environment.name, gitops=delivery.remote(outcome, url))
        result = type(outcome).__name__.lower()
        terminal.out_json(done.as_json(result, getattr(outcome, "reason", "")))
    return status


class _Words:
    """What a publish changes of what is published, computed once somebody is to be told."""

    def __init__(self, place: "Place", tree: "RenderedTree") -> None:
        self.place, self.tree = place, tree
        self._plan: Plan | None = None

    def summary(self, published: "PublishedTree | None") -> str:
        """Return the changes as lines of text."""
        self._plan = difference.against(self.place, published, self.tree)
        return "\n".join(report.lines(self._plan))

    def plan(self) -> "Plan":
        """Return the changes; a proposal that stood before was not asked for them."""
        return self._plan or difference.compute(self.place, self.tree)


def _publish(
    args: argparse.Namespace,
    project: "Project",
    words: _Words,
    source: "SourceRevision",
    trailers: "Mapping[str, str]",
) -> Outcome:
    from gitops.publish import publish

    return publish(
        words.place.target,
        words.tree,
        source,
        state=words.place.state,
        deadline=args.deadline,
        project=project.name,
        occasion=occasion.read(os.environ, project.root),
        summary=words.summary,
        allow_empty=args.allow_removal,
        allow_dirty=args.allow_dirty,
        allow_rewind=args.allow_rewind,
        resume=args.resume,
        trailers=trailers,
    )


def _told(outcome: Outcome, environment: str) -> int:
    if isinstance(outcome, Held):
        return _held(outcome, environment)
    if isinstance(outcome, Superseded):
        terminal.out(f"superseded: {outcome.reason}")
        terminal.out(f"tree {outcome.tree}")
        return 0
    if isinstance(outcome, Published):
        terminal.out(f"✔ published {environment}: commit {outcome.commit}")
    elif isinstance(outcome, Proposed):
        terminal.out(f"✔ proposed {environment}: commit {outcome.commit} on {outcome.branch}")
    else:
        terminal.out(f"✔ unchanged: {environment} is at commit {outcome.commit}")
    terminal.out(f"tree {outcome.tree}")
    if isinstance(outcome, Published | Proposed):
        for action in ("removed", "changed", "added"):
            for path in getattr(outcome, action):
                terminal.out(f"{report.SIGNS[action]} {path}")
    if not isinstance(outcome, Proposed):
        terminal.talk(f"next: argosy run PIPELINE --env {environment} --published")
    return 0


def _held(outcome: Held, environment: str) -> int:
    # the hint of the room below names an action; here is how it is typed
    typed = f"`argosy publish --env {environment} --resume`"
    terminal.complain(f"held: {outcome.reason}", outcome.hint.replace("`argosy resume`", typed))
    for path in outcome.paths:
        terminal.out(f"held {path}")
    return _HELD
