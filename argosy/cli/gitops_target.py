"""Where an environment is published, and what is published there now."""

from pathlib import Path
from typing import TYPE_CHECKING

from argosy.cli import workspace
from compiler.project import Environment, Project
from compiler.record import record
from gitops.target import Target, create_if_local_default, local_path

if TYPE_CHECKING:
    from compiler.tree import RenderedTree
    from gitops.history import Entry
    from gitops.hold import Hold
    from gitops.published import PublishedTree

_DEFAULT = "gitops.git"


@record
class Place:
    """A target, Argosy's state folder, and the path of the repository if it is the default one."""

    target: Target
    state: Path
    default: Path | None = None

    def create(self) -> bool:
        """Create the default repository when it is missing; say if that was so."""
        return self.default is not None and create_if_local_default(self.default)

    def read(self, like: "RenderedTree | None" = None) -> "PublishedTree | None":
        """Return what is published, None before the first time.

        What is `like` a tree already rendered is not fetched.
        """
        from gitops.published import read_published

        return None if self._missing else read_published(self.target, self.state, like)

    def history(self, pipeline: str = "") -> "tuple[Entry, ...]":
        """Return what the environment, or a pipeline of it, held, newest first."""
        from gitops.history import read_history

        return () if self._missing else read_history(self.target, self.state, pipeline=pipeline)

    def hold(self) -> "Hold | None":
        """Return who holds the environment, and why."""
        from gitops.hold import find_hold

        return None if self._missing else find_hold(self.target, self.state)

    def release(self) -> "Hold | None":
        """Release the hold and return it, None if there was none."""
        from gitops.hold import release

        return None if self._missing else release(self.target, self.state)

    @property
    def _missing(self) -> bool:
        return self.default is not None and not self.default.exists()


def find(project: Project, environment: Environment, state: Path | None = None) -> Place:
    """Return the place of `environment`: what the project says, else a repository in `.argosy`.

    `state` is where clones are made, the project's own folder for it unless told otherwise.
    """
    state = state or workspace.state(project.root)
    if environment.gitops is None:
        default = project.root / workspace.STATE / _DEFAULT
        folder = f"envs/{environment.name}"
        return Place(Target(str(default), "main", folder, environment.name), state, default)
    said = environment.gitops
    address = _anchored(said.repository, project.root)
    proposal = f"argosy/{environment.name}" if said.mode == "pull-request" else ""
    target = Target(address, said.branch, said.folder, environment.name, proposal)
    return Place(target, state)


def _anchored(repository: str, root: Path) -> str:
    """Read a relative path from the project's root, not from where the user happens to be."""
    if "://" in repository or local_path(repository) is None:
        return repository
    return str(root / Path(repository).expanduser())
