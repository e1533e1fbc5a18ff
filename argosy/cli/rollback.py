"""`argosy rollback`: let an environment hold again what it held before, by its source."""

import argparse
import re
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from argosy.cli import change_request, gitops_target, rollback_first, terminal, workspace
from argosy.cli.rollback_source import Way, find_way
from argosy.cli.usage import UsageFailure
from argosy.report import plan as report
from argosy.report.delivery import Delivery
from argosy.report.diagnostics import plain
from compiler.record import replace

if TYPE_CHECKING:
    from compiler.project import Environment, Project
    from gitops.plan import Plan
    from gitops.rollback import Past
    from gitops.source import SourceRevision

_BEGINNING = re.compile("[0-9a-f]{10}")


def execute(args: argparse.Namespace) -> int:
    """Show the plan; then change the GitOps repository if asked to, and the source."""
    from gitops.rollback import find
    from gitops.source import read_source

    if args.json:
        terminal.aside()
    project = workspace.load()
    environment = workspace.pick_environment(project, args.environment)
    source = read_source(project.root)
    change_request.refuse_dirty(source, allowed=args.allow_dirty)
    place, names = gitops_target.find(project, environment), tuple(dict.fromkeys(args.words))
    past = _whole(project, find(place.target, place.state, args.to, names))
    workspace.check_known("pipeline that was published", names, _published(past))
    way = find_way(project, environment, source, past, names, pin=args.pin)
    plan = _plan(project, environment, past, way)
    shown = (*map(plain, way.said), *report.lines(plan))
    done = Delivery("rollback", environment.name, way.title, plan=shown)
    if not plan and not way.changes:
        terminal.out(f"✔ {environment.name} holds that, and so does its source: nothing to do")
        return _told(args, done, "unchanged")
    _show(environment, past, way, plan)
    request = _request(args, environment, source, past, way)
    if args.dry_run:
        terminal.out(f"nothing was written: the commit would go to {request.branch}")
        return _told(args, done, "dry-run")
    _ask(args, environment, asking=bool(place.target.proposal))
    if args.gitops_first and plan:
        where = (project, environment, place)
        done.gitops = rollback_first.restore(args, where, source, past, way, plan)
    if not way.changes:
        terminal.out(f"✔ the source of {environment.name} is that already: publish it")
        return _told(args, done, "restored" if done.gitops else "unchanged")
    commit = _commit(project, source, way, request)
    done.source = vars(change_request.place(project, request, commit))
    return _told(args, done, "committed")


def _told(args: argparse.Namespace, done: Delivery, result: str) -> int:
    if args.json:
        terminal.out_json(done.as_json(result))
    return 0


def _whole(project: "Project", past: "Past") -> "Past":
    """Return the past with all of its source revision: a squashed proposal tells the beginning."""
    from gitops.export import commit

    if not _BEGINNING.fullmatch(past.source):
        return past
    return replace(past, source=commit(project.root, past.source))


def _published(past: "Past") -> tuple[str, ...]:
    return tuple(sorted({path.split("/")[0] for path in (*past.files, *past.earlier)}))


def _plan(project: "Project", environment: "Environment", past: "Past", way: Way) -> "Plan":
    from gitops.plan import plan

    return plan(
        past.files,
        way.tree.files,
        environment=environment.name,
        now=datetime.now(UTC),
        tariff=project.tariff(environment),
    )


def _show(environment: "Environment", past: "Past", way: Way, plan: "Plan") -> None:
    terminal.out(f"{way.title}: what it held since {past.entry.when} ({past.entry.commit[:10]})\n")
    terminal.out("\n".join(plain(line) for line in way.said) or "The source is that already.")
    for line in past.edited:
        terminal.out(f"Edited by hand, which will be gone: {line}")
    terminal.out("")
    terminal.out(report.text(plan, color=terminal.coloured(sys.stdout)))
    for line in _running(environment, plan):
        terminal.out(line)


def _running(environment: "Environment", plan: "Plan") -> Iterable[str]:
    """Yield what runs in the cluster of the pipelines that change."""
    from argosy.cli import cluster_runs

    found = cluster_runs.workflows(environment.namespace)
    names = {pipeline.name for pipeline in plan.pipelines}
    running = [run for run in found or () if not run.ended and run.pipeline in names]
    for run in running:
        yield f"running: {run.name} ({run.phase}) ends on its own version"
    if found is not None and not running:
        yield "nothing of these pipelines runs in the cluster"


def _request(
    args: argparse.Namespace,
    environment: "Environment",
    source: "SourceRevision",
    past: "Past",
    way: Way,
) -> change_request.Request:
    from gitops.message import REASON, ROLLBACK

    trailers = {ROLLBACK: past.entry.commit, **({REASON: args.reason} if args.reason else {})}
    name = "-".join([environment.name, *args.words])[:60]
    return change_request.Request(
        args.branch or f"argosy/rollback-{name}-{past.source[:10]}",
        change_request.compose(way.title, way.said, trailers),
        source.sha,
        args.pull_request,
    )


def _ask(args: argparse.Namespace, environment: "Environment", *, asking: bool) -> None:
    """Ask before the GitOps repository changes: a cluster follows it at once.

    A pull request asks by itself.
    """
    if not args.gitops_first or args.yes or asking:
        return
    if not sys.stdin.isatty():
        raise UsageFailure("nobody is here to be asked", "add --yes")
    terminal.talk(f"change the GitOps repository of {environment.name} now? [y/N]")
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise UsageFailure("nothing was changed")


def _commit(
    project: "Project",
    source: "SourceRevision",
    way: Way,
    request: change_request.Request,
) -> str:
    from gitops import branch

    return branch.commit(project.root, source.sha, way.changes, request.message)
