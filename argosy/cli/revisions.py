"""The project as it was at a revision, as a folder that lives as long as the command needs it."""

import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from argosy.cli import confinement, workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from compiler.project import Project
    from gitops.pin import Pins

_FOLDER = "revisions"
# folders of revisions → the project that they are of, whose repository knows further ones
_ORIGINS: dict[Path, Path] = {}


@contextmanager
def at(project: "Project", revision: str) -> "Iterator[Project]":
    """Offer the project as it was at `revision`; raise `SourceFailure` or `Rejected`."""
    from compiler.project import load_project
    from gitops.export import export

    root = _ORIGINS.get(project.root, project.root)
    home = workspace.state(root) / _FOLDER
    home.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=home))
    try:
        export(root, revision, folder)
        _ORIGINS[folder] = root
        yield load_project(folder, confinement.render)
    finally:
        _ORIGINS.pop(folder, None)
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def pinned(project: "Project", revision: str, pins: "Pins") -> "Iterator[Project]":
    """Offer the project as it was at `revision`, where templates see the models of `pins`."""
    with at(project, revision) as then:
        _pin_models(pins, then.root)
        yield then


def _pin_models(pins: "Pins", root: Path) -> None:
    from gitops.pin import Pins, file

    path = root / file(pins.environment)
    if path.parent.is_symlink() or not path.parent.is_dir():
        path.parent.unlink(missing_ok=True)
        path.parent.mkdir()
    path.unlink(missing_ok=True)
    path.write_bytes(Pins(pins.environment, models=pins.models).write())


def is_revision(root: Path) -> bool:
    """Whether `root` is such a folder: nothing of it is worth remembering."""
    return root in _ORIGINS
