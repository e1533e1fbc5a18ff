"""`argosy plan`: what publishing would change, in words, as Markdown or as JSON."""

import argparse
import sys

from argosy.cli import difference, gitops_target, terminal, workspace
from argosy.cli.desired import desired
from argosy.report import plan as report

_CHANGES = 3


def execute(args: argparse.Namespace) -> int:
    """Render, verify, compare with what is published."""
    project = workspace.load()
    environment = workspace.pick_environment(project, args.env)
    place = gitops_target.find(project, environment)
    with desired(project, environment, verified=True) as wanted:
        plan = difference.compute(place, wanted.tree, project.tariff(environment))
    if args.format == "markdown":
        terminal.out_bytes(report.markdown(plan).encode())
    elif args.format == "json":
        terminal.out_bytes(report.as_json(plan).encode())
    else:
        terminal.out(report.text(plan, color=terminal.coloured(sys.stdout)))
        if plan:
            terminal.talk(f"next: argosy publish --env {environment.name}")
    return _CHANGES if plan and args.exit_code else 0
