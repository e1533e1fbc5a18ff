"""`argosy render`: manifests into a folder or onto stdout."""

import argparse
from pathlib import Path

from argosy.cli import terminal, workspace

_DIFFERENT = 3


def execute(args: argparse.Namespace) -> int:
    """Render one environment; write, compare or print it."""
    from compiler.render import render

    project = workspace.load()
    environment = workspace.pick_environment(project, args.env)
    workspace.check_known("pipeline", args.names, project.pipelines)
    tree = render(project, environment.name, args.names, verified=args.verify)
    if args.output == "-":
        terminal.out_bytes(b"".join(b"---\n" + content for _, content in tree))
        return 0
    from argosy.cli import folder  # not for stdout, which needs neither locks nor hashes

    target = _target(args.output, project.root, environment.name)
    if args.check:
        return _compared(target, folder.differences(target, tree))
    folder.write(target, tree, environment.name, project.name)
    for path, _ in tree:
        terminal.out(workspace.shown(target / path))
    terminal.out(f"digest {tree.digest}")
    terminal.talk(f"next: argosy plan --env {environment.name}")
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
