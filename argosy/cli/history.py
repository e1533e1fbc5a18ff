"""`argosy history`: what an environment held, commit by commit of its GitOps repository."""

import argparse

from argosy.cli import gitops_target, terminal, workspace


def execute(args: argparse.Namespace) -> int:
    """Read the commits, without the contents of files, and print them, newest first."""
    from argosy.report import history as report

    project = workspace.load()
    environment = workspace.pick_environment(project, args.environment)
    entries = gitops_target.find(project, environment).history(args.pipeline)
    if args.json:
        shown = entries[: args.limit]
        terminal.out_json(report.as_json(environment.name, args.pipeline, shown))
        return 0
    if not entries:
        if args.pipeline:
            workspace.check_known("pipeline", [args.pipeline], project.pipelines)
        what = f"`{args.pipeline}` in {environment.name}" if args.pipeline else environment.name
        terminal.out(f"nothing was published of {what} yet")
        terminal.talk(f"next: argosy plan --env {environment.name}")
        return 0
    terminal.out("\n".join(report.lines(entries[: args.limit])))
    if len(entries) > args.limit:
        terminal.talk(f"{len(entries) - args.limit} older ones: --limit {len(entries)}")
    terminal.talk(f"next: argosy rollback {environment.name} --to COMMIT --dry-run")
    return 0
