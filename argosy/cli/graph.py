"""`argosy graph`: the steps of a pipeline and what they wait for."""

import argparse
import sys

from argosy.cli import terminal, workspace
from argosy.report import graph
from argosy.report.mermaid import mermaid
from compiler.outline import outline
from compiler.render import compile_pipeline


def execute(args: argparse.Namespace) -> int:
    """Draw one pipeline in one environment."""
    project = workspace.load()
    workspace.check_known("pipeline", [args.name], project.pipelines)
    environment = workspace.pick_environment(project, args.env).name
    found = outline(compile_pipeline(project, args.name, environment).pipeline)
    if args.format == "mermaid":
        terminal.out_bytes(mermaid(found).encode())
    elif args.format == "json":
        terminal.out_json(graph.as_json(found))
    else:
        unicode = terminal.writes_unicode(sys.stdout)
        terminal.out(graph.text(found, terminal.columns(), unicode=unicode))
    return 0
