"""`argosy diff`: how two environments differ beyond their names."""

import argparse
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from argosy import __version__
from argosy.cli import gitops_target, terminal, workspace
from argosy.cli.usage import UsageFailure

if TYPE_CHECKING:
    from compiler.project import Environment, Project

_CHANGES = 3


def execute(args: argparse.Namespace) -> int:
    """Compare what is published, or what would be, and say it as a plan does."""
    from argosy.report import plan as report
    from argosy.report.plan_json import as_json
    from argosy.report.plan_markdown import markdown
    from gitops.parity import compare
    from gitops.plan import Review

    project = workspace.load()
    first, second = (workspace.pick_environment(project, n) for n in (args.first, args.second))
    if first == second:
        raise UsageFailure("an environment and itself?", "argosy diff ENV1 ENV2")
    left, right = (_files(project, found, rendered=args.rendered) for found in (first, second))
    known = tuple(sorted({path.split("/")[0] for path in (*left, *right) if "/" in path}))
    workspace.check_known("pipeline in either", args.words, known)
    plan = compare(
        left,
        right,
        (first.name, second.name),
        pipelines=args.words,
        now=datetime.now(UTC),
        tariff=project.tariff(second),
    )
    review = Review(project.name, "", False, "", __version__, (plan,))
    if args.format == "json":
        terminal.out_json(as_json(review))
    elif args.format == "markdown":
        terminal.out_bytes(markdown(review).encode("utf-8", "replace"))
    elif not plan:
        terminal.out(f"✔ {first.name} and {second.name} differ in their names alone")
    else:
        color = terminal.coloured(sys.stdout)
        terminal.out("\n".join(report.lines(plan, color=color)))
        terminal.out(report.summary(plan).replace("Plan:", "Differences:", 1))
    return _CHANGES if plan and args.exit_code else 0


def _files(
    project: "Project", environment: "Environment", *, rendered: bool
) -> Mapping[str, bytes]:
    if rendered:
        from argosy.cli.desired import desired

        with desired(project, environment, verified=False) as wanted:
            return dict(wanted.tree)
    published = gitops_target.find(project, environment).read()
    if published is None:
        hint = "compare what would be: `--rendered`"
        raise UsageFailure(f"nothing is published in {environment.name} yet", hint)
    return published.files
