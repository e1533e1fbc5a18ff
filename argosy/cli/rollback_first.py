"""The GitOps repository goes back before the source does, directly or by a pull request."""

import argparse
import os
from typing import TYPE_CHECKING, Any

from argosy.cli import occasion, proposing, terminal
from argosy.report.delivery import remote
from compiler.record import replace
from gitops.outcome import Proposed

if TYPE_CHECKING:
    from argosy.cli.gitops_target import Place
    from argosy.cli.rollback_source import Way
    from compiler.project import Environment, Project
    from gitops.plan import Plan
    from gitops.rollback import Past
    from gitops.source import SourceRevision


def restore(
    args: argparse.Namespace,
    where: "tuple[Project, Environment, Place]",
    source: "SourceRevision",
    past: "Past",
    way: "Way",
    plan: "Plan",
) -> dict[str, Any]:
    """Let the environment hold again what it held, or ask for that; say where it is."""
    from argosy.report import plan as report
    from gitops.rollback import restore as restored

    project, environment, place = where
    host = proposing.find_host(environment, place)
    who = occasion.read(os.environ, project.root)
    name = who.actor or source.author_name
    then = replace(source, sha=past.source, subject=way.title, author_name=name)
    summary = "\n".join(report.lines(plan))
    done = restored(place.target, place.state, way.tree, then, past, project=project.name,
                    summary=summary, occasion=who, reason=args.reason,
                    branch=_branch(place, past))  # fmt: skip
    if isinstance(done, Proposed):
        terminal.out(f"✔ GitOps repository: commit {done.commit} on {done.branch}")
        asked = replace(place, target=replace(place.target, proposal=done.branch))
        url = proposing.offer_back(host, asked, plan, (project.name, then), args.reason)
        terminal.talk("once it is merged, publishing is held until the source follows")
        return remote(done, url)
    terminal.out(f"✔ GitOps repository: commit {done.commit}")
    terminal.talk("publishing is held until the source follows")
    return remote(done)


def _branch(place: "Place", past: "Past") -> str:
    """Return the branch that asks for it: another for each past, and for each present."""
    if not place.target.proposal:
        return ""
    name = place.target.environment
    return f"argosy/rollback-{name}-{past.entry.commit[:10]}-{past.tip[:7]}"
