"""The project around the current folder, and what Argosy keeps in it."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from argosy.cli.usage import UsageFailure

if TYPE_CHECKING:
    from compiler.project import Environment, Project

STATE = ".argosy"


def find_root() -> Path:
    """Return the nearest folder upwards that holds `argosy.yaml`."""
    try:
        here = Path.cwd()
    except OSError as error:
        raise UsageFailure(f"the current folder is gone: {error.strerror}") from None
    for folder in (here, *here.parents):
        if os.path.lexists(folder / "argosy.yaml"):
            return folder
    hint = "go into the project, or name it: `argosy -C DIR …`"
    raise UsageFailure(f"no argosy.yaml in {here} or above it", hint)


def load() -> "Project":
    """Load the project around the current folder."""
    from argosy.cli import confinement
    from compiler.project import load_project

    return load_project(find_root(), confinement.render)


def pick_environment(project: "Project", name: str | None) -> "Environment":
    """Return environment `name`, or the only one the project has."""
    known = tuple(project.environments)
    if name is None and len(known) == 1:
        return project.environments[known[0]]
    if name is None:
        raise UsageFailure("which environment?", f"add --env {'|'.join(known)}")
    check_known("environment", [name], known)
    return project.environments[name]


def check_known(what: str, names: Sequence[str], known: Sequence[str]) -> None:
    """Refuse names that the project does not have."""
    for name in names:
        if name not in known:
            from compiler.problems import nearest

            raise UsageFailure(f"no {what} `{name}`", nearest(name, tuple(known)))


def state(root: Path) -> Path:
    """Return the folder of Argosy's own state, hidden from git; make it when it is missing."""
    folder = root / STATE
    folder.mkdir(exist_ok=True)
    ignore = folder / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n", encoding="utf-8")
    return folder


def shown(path: Path) -> str:
    """Return `path` as short as the current folder allows."""
    try:
        return str(path.relative_to(Path.cwd()))
    except (ValueError, OSError):
        return str(path)
