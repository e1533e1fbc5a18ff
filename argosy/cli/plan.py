"""`argosy plan`: what publishing would change, in words, as Markdown or as JSON."""

import argparse
import json
from dataclasses import asdict

from argosy.cli import difference, gitops_target, terminal, workspace

_CHANGES = 3
# the longest comment that GitHub takes has 65,536 characters
_LONGEST = 60_000


def execute(args: argparse.Namespace) -> int:
    """Render, verify, compare with what is published."""
    from compiler.render import render

    project = workspace.load()
    environment = workspace.pick_environment(project, args.env)
    tree = render(project, environment.name, verified=True)
    plan = difference.compute(gitops_target.find(project, environment), tree)
    write = {"text": _text, "markdown": _markdown, "json": _json}[args.format]
    terminal.out_bytes(write(plan).encode())
    if args.format == "text" and plan:
        terminal.talk(f"next: argosy publish --env {environment.name}")
    return _CHANGES if plan and args.exit_code else 0


def _headline(plan: difference.Plan) -> str:
    if not plan:
        return f"{plan.environment}: no changes"
    return f"{plan.environment}: {len(plan.pipelines)} of {plan.total} pipelines would change"


def _text(plan: difference.Plan) -> str:
    return "\n".join([_headline(plan), *difference.lines(plan)]) + "\n"


def _markdown(plan: difference.Plan) -> str:
    """Return a comment: what is in the fence cannot be read as Markdown."""
    head = f"<!-- argosy:plan v1 {plan.environment} -->\n### {_headline(plan)}\n"
    shown: list[str] = []
    for line in difference.lines(plan):
        shown.append(line.replace("```", "'''"))
        if sum(map(len, shown)) + len(shown) > _LONGEST:
            shown[-1] = "… and more: run `argosy plan`"
            break
    body = "\n".join(shown)
    return f"{head}\n```diff\n{body}\n```\n" if shown else head


def _json(plan: difference.Plan) -> str:
    return json.dumps({"version": 1, "changes": bool(plan), **asdict(plan)}, indent=2) + "\n"
