"""`argosy plan`: what publishing would change, in words, as Markdown or as JSON."""

import argparse
import sys

from argosy.cli import difference, gitops_target, terminal, workspace

_CHANGES = 3


def execute(args: argparse.Namespace) -> int:
    """Render, verify, compare with what is published."""
    from argosy.report import plan as report
    from compiler.render import render

    project = workspace.load()
    environment = workspace.pick_environment(project, args.env)
    tree = render(project, environment.name, verified=True)
    plan = difference.compute(gitops_target.find(project, environment), tree)
    if args.format == "text":
        terminal.out_bytes(report.text(plan, color=terminal.coloured(sys.stdout)).encode())
    else:
        write = {"markdown": report.markdown, "json": report.as_json}[args.format]
        terminal.out_bytes(write(plan).encode())
    if args.format == "text" and plan:
        terminal.talk(f"next: argosy publish --env {environment.name}")
    return _CHANGES if plan and args.exit_code else 0
