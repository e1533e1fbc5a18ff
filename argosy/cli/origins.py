"""`argosy explain PIPELINE [PATH]`: where each value of a pipeline comes from."""

import argparse

from argosy.cli import terminal, workspace
from argosy.cli.usage import UsageFailure
from argosy.report import explanation as report
from compiler.explanation import Explained, below, explain, prefixes
from compiler.problems import nearest


def show(args: argparse.Namespace) -> int:
    """Print the values of a pipeline, or those at a path of it."""
    name, *paths = args.words
    if len(paths) > 1:
        raise UsageFailure("one pipeline and one path at a time", "argosy explain PIPELINE PATH")
    project = workspace.load()
    workspace.check_known("pipeline and no code", [name], project.pipelines)
    environment = workspace.pick_environment(project, args.env).name
    path = "".join(paths)
    found = _at(explain(project, name, environment), path)
    if args.json:
        terminal.out_json(report.as_json(name, environment, found))
    elif len(found) == 1 and found[0].dotted == path:
        terminal.out(report.single(found[0]))
    else:
        terminal.out(report.table(found, terminal.columns()))
    return 0


def _at(values: tuple[Explained, ...], path: str) -> tuple[Explained, ...]:
    found = below(values, path)
    if not found:
        raise UsageFailure(f"nothing is at `{path}`", nearest(path, prefixes(values)))
    return found
