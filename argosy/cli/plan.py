"""`argosy plan`: what publishing would change, in words, as Markdown, JSON or a comment."""

import argparse
import sys
from typing import TYPE_CHECKING

from argosy import __version__
from argosy.cli import (
    difference,
    gitops_target,
    policy_findings,
    policy_gate,
    stops,
    terminal,
    workspace,
)
from argosy.cli.usage import UsageFailure
from argosy.report.plan import review_text
from gitops.plan import Plan, Review

if TYPE_CHECKING:
    from compiler.project import Environment, Project
    from gitops.source import SourceRevision

_CHANGES = 3


def execute(args: argparse.Namespace) -> int:
    """Render, verify, compare each environment with what is published, or with a revision."""
    project = workspace.load()
    environments = _environments(project, args)
    source = _source(project, required=bool(args.base or args.changed_since))
    if args.base:
        from argosy.cli.baseline import compare, opened

        with opened(project, args.base, environments) as base:
            plans = tuple(stops.foreseen(compare(project, e, base), e) for e in environments)
            sha = base.former.sha
    else:
        plans = tuple(_published(project, e, args.changed_since, source) for e in environments)
        sha = ""
    own, dirty = (source.sha, source.dirty) if source else ("", False)
    _show(Review(project.name, own, dirty, sha, __version__, plans), args.format)
    if args.exit_code and policy_findings.refused(plans):
        return policy_gate.REFUSED
    return _CHANGES if any(plans) and args.exit_code else 0


def _environments(project: "Project", args: argparse.Namespace) -> "list[Environment]":
    if args.all_envs and args.env:
        raise UsageFailure("--all-envs and --env do not go together", "leave one of them out")
    if args.all_envs:
        return list(project.environments.values())
    names = dict.fromkeys(args.env or [None])
    return [workspace.pick_environment(project, name) for name in names]


def _source(project: "Project", *, required: bool) -> "SourceRevision | None":
    """Return the revision of the project; a project in no repository has none."""
    from gitops.source import SourceFailure, read_source

    try:
        return read_source(project.root)
    except SourceFailure:
        if required:
            raise
        return None


def _published(
    project: "Project",
    environment: "Environment",
    since: str | None,
    source: "SourceRevision | None",
) -> Plan:
    from argosy.cli.desired import desired

    place = gitops_target.find(project, environment)
    only, gone = _touched(project, environment, since) if since else (None, ())
    with desired(project, environment, verified=True, only=only) as wanted:
        names = None if only is None else (*only, *gone)
        tariff = project.tariff(environment)
        published = place.read(wanted.tree)
        found = difference.against(place, published, wanted.tree, tariff, only=names, source=source)
        found = policy_findings.judged(found, project, environment, wanted.pins, wanted.fresh)
        whole = wanted.tree if only is None else None
        return stops.stopped(found, project, environment, place, published, whole)


def _touched(
    project: "Project", environment: "Environment", since: str
) -> tuple[tuple[str, ...] | None, tuple[str, ...]]:
    """Return what a change touches; None is everything, where pins decide what is rendered."""
    from argosy.cli import touched
    from gitops.pin import read_pins

    if read_pins(project.root, environment.name).revisions():
        return None, ()
    found = touched.touched(project, since, [environment.name])
    return found.names, found.gone


def _show(review: Review, form: str) -> None:
    if form == "markdown":
        from argosy.report.comment import summary

        terminal.out_bytes(summary(review).encode("utf-8", "replace"))
    elif form == "comment":
        from argosy.report.comment import comment

        terminal.out_bytes(comment(review, review.source).encode("utf-8", "replace"))
    elif form == "json":
        from argosy.report.plan_json import as_json

        terminal.out_json(as_json(review))
    else:
        terminal.out(review_text(review, color=terminal.coloured(sys.stdout)))
        changed = [plan.environment for plan in review.plans if plan]
        if changed and not review.base:
            terminal.talk(f"next: argosy publish --env {changed[0]}")
