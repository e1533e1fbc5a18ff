"""The project as it was at a revision, as a folder that lives as long as the command needs it."""

import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from argosy.cli import confinement, workspace

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from compiler.project import Project
    from gitops.pin import Pins

_FOLDER = "revisions"
# folders of revisions → the project that they are of, whose repository knows further ones
_ORIGINS: dict[Path, Path] = {}


@contextmanager
def at(
    project: "Project", revision: str, names: "Collection[str] | None" = None
) -> "Iterator[Project]":
    """Offer the project as it was at `revision`; raise `SourceFailure` or `Rejected`.

    With `names`, no other of its pipelines is asked for, and there may be no more of them in it;
    its folder of pipelines is the one that `project` has.
    """
    from compiler.project import load_project
    from gitops.room import room

    root = _ORIGINS.get(project.root, project.root)
    home = workspace.state(root) / _FOLDER
    with room(home) as place:
        folder = place / "project"
        folder.mkdir(0o700)
        try:
            if names is None or not _export_some(root, revision, folder, project.folder, names):
                _export(root, revision, folder)
            _ORIGINS[folder] = root
            yield load_project(folder, confinement.render)
        finally:
            _ORIGINS.pop(folder, None)


def _export(root: Path, revision: str, folder: Path) -> None:
    from gitops.export import export

    shutil.rmtree(folder)
    folder.mkdir(0o700)
    export(root, revision, folder)


def _export_some(
    root: Path, revision: str, folder: Path, pipelines: str, names: "Collection[str]"
) -> bool:
    """Write the project file and the folders of `names`; say whether these read nothing else."""
    from compiler.project import FILE
    from gitops.export import export

    head = f"{pipelines}/"

    def wanted(path: str) -> bool:
        return path == FILE or (
            path.startswith(head) and path.removeprefix(head).split("/")[0] in names
        )

    export(root, revision, folder, wanted)
    return (folder / pipelines).is_dir() and all(map(_is_alone, folder.rglob("*")))


def _is_alone(path: Path) -> bool:
    from compiler import reads
    from compiler.project import SPEC

    if path.is_symlink():
        return False
    try:
        return path.name != SPEC or path.is_dir() or reads.is_alone(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError):
        return False


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
