"""`argosy hold`: nothing is published into an environment until it is resumed."""

import argparse
import os
from typing import TYPE_CHECKING

from argosy.cli import gitops_target, occasion, terminal, workspace
from argosy.cli.usage import UsageFailure
from argosy.report.delivery import hold as report

if TYPE_CHECKING:
    from argosy.cli.gitops_target import Place
    from gitops.hold import Hold


def execute(args: argparse.Namespace) -> int:
    """Set the hold; without a reason, say whether there is one."""
    from gitops.hold import set_hold

    if args.json:
        terminal.aside()
    project = workspace.load()
    environment = workspace.pick_environment(project, args.environment)
    place = gitops_target.find(project, environment)
    if not args.reason.strip():
        return _told(place.hold(), environment.name, json=args.json)
    if place.create():
        terminal.talk(f"created the GitOps repository {place.target.shown}")
    actor = occasion.read(os.environ, project.root).actor
    before = place.hold()
    hold = set_hold(place.target, place.state, args.reason, actor)
    if before is not None:
        terminal.talk("note: it was held already; the reason of then stays")
    terminal.out(f"✔ {environment.name} is held by {hold.actor}: {hold.reason}")
    terminal.talk(f"next: argosy resume {environment.name}")
    if args.json:
        terminal.out_json(report(environment.name, hold, "held" if before else "set"))
    return 0


def _told(found: "Hold | None", environment: str, *, json: bool) -> int:
    if json:
        terminal.out_json(report(environment, found, "held" if found else "free"))
        return 0
    if found is None:
        hint = f"argosy hold {environment} --reason TEXT"
        raise UsageFailure(f"nobody holds {environment}; to hold it, say why", hint)
    terminal.out(f"{environment} is held by {found.actor} since {found.when}: {found.reason}")
    terminal.talk(f"next: argosy resume {environment}")
    return 0


def resume(environment_name: str, *, json: bool = False) -> int:
    """Release the hold of an environment; say what else keeps it from being published."""
    if json:
        terminal.aside()
    project = workspace.load()
    environment = project.environments[environment_name]
    place = gitops_target.find(project, environment)
    found = place.release()
    if found is not None:
        who = f"it was held by {found.actor} since {found.when}: {found.reason}"
        terminal.out(f"✔ {environment.name} is released; {who}")
    else:
        terminal.out(f"nobody holds {environment.name}")
    still = _edits(place, environment.name)
    if json:
        terminal.out_json(report(environment.name, found, "released" if found else "free", still))
    return 3 if still else 0


def _edits(place: "Place", environment: str) -> str:
    """Say whether edits or a rollback in the GitOps repository hold it too, and return what."""
    from gitops.published import settled

    history = place.history()
    newest = history[0] if history else None
    if newest is None or newest.kind == "publish" or settled(place.target, place.state):
        terminal.talk(f"next: argosy publish --env {environment}")
        return ""
    what = "rolled back" if newest.kind == "rollback" else "edited by hand"
    told = f"{environment} was {what} by {newest.author} in {newest.commit[:10]}"
    terminal.complain(
        f"{told}: publishing is held where the source says something else",
        f"revert the source too (`argosy rollback {environment}`), or overwrite it: "
        f"`argosy publish --env {environment} --resume`",
    )
    return told
