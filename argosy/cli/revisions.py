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

_FOLDER = "revisions"


@contextmanager
def at(project: "Project", revision: str) -> "Iterator[Project]":
    """Offer the project as it was at `revision`; raise `SourceFailure` or `Rejected`."""
    from compiler.project import load_project
    from gitops.export import export

    home = workspace.state(project.root) / _FOLDER
    home.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=home))
    try:
        export(project.root, revision, folder)
        yield load_project(folder, confinement.render)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
