"""`argosy plan`: what publishing would change, in words, as Markdown or as JSON."""

import argparse

from argosy.cli import difference, gitops_target, terminal, workspace

_CHANGES = 3


def execute(args: argparse.Namespace) -> int:
    """Render, verify, compare with what is published."""
    from compiler.render import render

    project = workspace.load()
    environment = workspace.pick_environment(project, args.env)
    tree = render(project, environment.name, verified=True)
    plan = difference.compute(gitops_target.find(project, environment), tree)
    from argosy.cli.publish import _summary
    terminal.out(_summary(plan))
    if args.format == "text":
        terminal.talk(f"next: argosy publish --env {environment.name}")
    return _CHANGES if plan and args.exit_code else 0
