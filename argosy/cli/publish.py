"""`argosy publish`: the rendered environment as a commit of its GitOps repository."""

import argparse
import os

from argosy.cli import difference, freeze_gate, gitops_target, occasion, terminal, workspace
from argosy.report import plan as report
from gitops.outcome import Held, Outcome, Published, Superseded

_HELD = 3


def execute(args: argparse.Namespace) -> int:
    """Render, verify, publish; say what it ended in."""
    from compiler.render import render
    from gitops.publish import publish
    from gitops.source import read_source

    project = workspace.load()
    environment = workspace.pick_environment(project, args.env)
    source = read_source(project.root)
    tree = render(project, environment.name, verified=True)
    place = gitops_target.find(project, environment)
    trailers = freeze_gate.check(environment, place, tree, project.name,
                                 break_glass=args.break_glass, reason=args.reason)  # fmt: skip
    if place.create():
        terminal.talk(f"created the GitOps repository {place.target.shown}")
    outcome = publish(
        place.target,
        tree,
        source,
        state=place.state,
        deadline=args.deadline,
        project=project.name,
        occasion=occasion.read(os.environ, project.root),
        message_summary="\n".join(report.lines(difference.compute(place, tree))),
        allow_empty=args.allow_removal,
        allow_dirty=args.allow_dirty,
        resume=args.resume,
        trailers=trailers,
    )
    for note in outcome.notes:
        terminal.talk(f"note: {note}")
    return _told(outcome, environment.name)


def _told(outcome: Outcome, environment: str) -> int:
    if isinstance(outcome, Held):
        return _held(outcome, environment)
    if isinstance(outcome, Superseded):
        terminal.out(f"superseded: {outcome.reason}")
        terminal.out(f"tree {outcome.tree}")
        return 0
    if isinstance(outcome, Published):
        terminal.out(f"✔ published {environment}: commit {outcome.commit}")
    else:
        terminal.out(f"✔ unchanged: {environment} is at commit {outcome.commit}")
    terminal.out(f"tree {outcome.tree}")
    if isinstance(outcome, Published):
        for action in ("removed", "changed", "added"):
            for path in getattr(outcome, action):
                terminal.out(f"{report.SIGNS[action]} {path}")
    terminal.talk(f"next: argosy run PIPELINE --env {environment} --published")
    return 0


def _held(outcome: Held, environment: str) -> int:
    # the hints of the room below name actions; here is how they are typed
    typed = {
        "`argosy resume`": f"`argosy publish --env {environment} --resume`",
        "`--allow-empty`": "`--allow-removal`",
    }
    hint = outcome.hint
    for action, command in typed.items():
        hint = hint.replace(action, command)
    terminal.complain(f"held: {outcome.reason}", hint)
    for path in outcome.paths:
        terminal.out(f"held {path}")
    return _HELD
