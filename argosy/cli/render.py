"""`argosy render`: manifests into a folder or onto stdout."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from argosy.cli import chosen, terminal, workspace

if TYPE_CHECKING:
    from compiler.project import Project

_DIFFERENT = 3


def execute(args: argparse.Namespace) -> int:
    """Render one environment; write, compare or print it."""
    project = workspace.load()
    environment = workspace.pick_environment(project, args.env).name
    args.names = chosen.names(project, args.names, args.select, [environment])
    if args.changed_since:
        args.names = chosen.touched(project, args.names, args.changed_since, [environment])
        if not args.names:
            return chosen.untouched(args)
    if args.output == "-":
        return _printed(project, environment, args)
    from argosy.cache.rendering import rendering
    from argosy.cli import folder

    target = _target(args.output, project.root, environment)
    with rendering(project, environment, verified=args.verify) as found:
        tree = found.tree(args.names)
        if args.check:
            return _compared(target, folder.differences(target, tree, found.witness))
        folder.write(target, tree, environment, project.name, found.witness)
    shown = workspace.shown(target)
    for path in tree.sums:
        terminal.out(f"{shown}/{path}")
    terminal.out(f"digest {tree.digest}")
    terminal.talk(f"next: argosy plan --env {environment}")
    return 0


def _printed(project: "Project", environment: str, args: argparse.Namespace) -> int:
    """Print the manifests; too few seconds for a cache, which costs a start of its own."""
    from compiler.render import render

    tree = render(project, environment, args.names, verified=args.verify)
    terminal.out_bytes(b"".join(b"---\n" + content for _, content in tree))
    return 0


def _target(output: str | None, root: Path, environment: str) -> Path:
    if output is None:
        return workspace.state(root) / "rendered" / environment
    return Path(output).absolute()


def _compared(target: Path, differences: list[str]) -> int:
    for line in differences:
        terminal.out(line)
    if differences:
        terminal.complain(
            f"{workspace.shown(target)} is not what the source renders to", "run without --check"
        )
        return _DIFFERENT
    terminal.out(f"✔ {workspace.shown(target)} is up to date")
    return 0
