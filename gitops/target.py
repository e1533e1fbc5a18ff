"""Where an environment is published: a repository, its branch, and a folder in it."""

import re
import shutil
import tempfile
from pathlib import Path

from compiler.record import record
from gitops.failure import GitopsFailure
from gitops.git import Repository, execute, explain, redact
from gitops.layout import fault

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_SCHEMES = ("https", "http", "ssh", "git", "file")
_SCP = re.compile(
    r"[A-Za-z0-9._-]+(@[A-Za-z0-9._-]+)?:(?!/?/)\S+|[A-Za-z0-9._-]+@[A-Za-z0-9._-]+:\S+"
)
_ENVIRONMENT = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_SETTINGS = (
    # what was published is the only copy of it: nothing may rewrite it
    *("receive.denyNonFastForwards", "receive.denyDeletes"),
    # a publish asks for folders, and for single objects
    *("uploadpack.allowFilter", "uploadpack.allowAnySHA1InWant"),
)
_BRANCH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./+@-]*")


class TargetFailure(GitopsFailure):
    """A target that cannot be published to, whatever the network does."""

    exit_code = 2


@record
class Target:
    """One environment's place; `folder` is relative to the root, empty for the root itself.

    With a branch `proposal`, a publish goes there and asks to be merged into `branch`.
    """

    repository: str
    branch: str
    folder: str
    environment: str
    proposal: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "folder", self.folder.strip("/") if self.folder != "." else "")
        if self.folder and (what := fault(self.folder)):
            raise TargetFailure(
                f"folder `{self.folder}` {what}", "name a folder such as `envs/dev`"
            )
        if not _ENVIRONMENT.fullmatch(self.environment):
            hint = "small letters, digits and `-`"
            raise TargetFailure(f"`{self.environment}` is no name of an environment", hint)
        if not _branch(self.branch):
            raise TargetFailure(
                f"`{self.branch}` is no name of a branch", "name one such as `main`"
            )
        if self.proposal and (self.proposal == self.branch or not _branch(self.proposal)):
            hint = "publish to another branch, such as `main`"
            raise TargetFailure(f"`{self.proposal}` cannot be asked to become itself", hint)
        _check_repository(self.repository)

    @property
    def address(self) -> str:
        """What git is given: the URL, or the absolute path of a local repository."""
        path = local_path(self.repository)
        return str(path) if path and "://" not in self.repository else self.repository

    @property
    def shown(self) -> str:
        """The repository as messages show it: never with a password."""
        return redact(self.repository)

    @property
    def head(self) -> str:
        """The full name of the branch."""
        return f"refs/heads/{self.branch}"

    @property
    def written(self) -> str:
        """The full name of the branch that a publish moves."""
        return f"refs/heads/{self.proposal}" if self.proposal else self.head

    @property
    def note(self) -> str:
        """The ref that says what was proposed last."""
        return f"refs/argosy-proposal/{self._place}_note"

    @property
    def markers(self) -> str:
        """The namespace of the ref whose name says which source revision was published last.

        It holds branch and folder: projects of one repository may share names of environments.
        """
        return f"refs/argosy/{self._place}"

    @property
    def holds(self) -> tuple[str, str]:
        """The ref that stops every publish, and the branch for servers that know only branches."""
        # no segment of a folder starts with `_`: a hold is in no other one's way
        name = f"argosy-hold/{self._place}_hold"
        return f"refs/{name}", f"refs/heads/{name}"

    @property
    def _place(self) -> str:
        return f"{self.environment}/{self.branch}/{self.path('')}"

    def path(self, name: str) -> str:
        """The path of file `name` of the environment, from the root of the repository."""
        return f"{self.folder}/{name}" if self.folder else name


def local_path(repository: str) -> Path | None:
    """Return the path of a repository on this machine, `None` for one behind a network."""
    if repository.startswith("file://"):
        return Path(repository.removeprefix("file://"))
    if "://" in repository or (_SCP.fullmatch(repository) and not Path(repository).exists()):
        return None
    return Path(repository).expanduser().absolute()


def create_if_local_default(path: Path) -> bool:
    """Create an empty bare repository at `path` unless something is there; say if it was created.

    Raise `GitFailure` when it cannot be created.
    """
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        return False
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    except OSError as error:
        raise TargetFailure(f"cannot create `{path}`: {error.strerror}") from None
    try:
        _initialise(fresh / path.name)
        (fresh / path.name).rename(path)
    except OSError:
        return False  # another publisher was faster
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return True


def _initialise(path: Path) -> None:
    arguments = ["init", "--quiet", "--bare", "--template=", "--initial-branch=main", str(path)]
    answer = execute(arguments, b"", {}, 30)
    if answer.status:
        raise explain(answer.err, str(path))
    for name in _SETTINGS:
        Repository(path, private=True).run("config", name, "true")


def _branch(name: str) -> bool:
    odd = ("..", "//", "@{", "/.", "./")
    ends = name.endswith(("/", ".", ".lock"))
    return bool(_BRANCH.fullmatch(name)) and not ends and not any(part in name for part in odd)


def _check_repository(repository: str) -> None:
    hint = "a path, or a URL of https, ssh or file"
    if not repository or repository.startswith("-") or not repository.isprintable():
        raise TargetFailure(f"`{redact(repository)}` is no address of a repository", hint)
    scheme = _SCHEME.match(repository)
    if (scheme and scheme[1].lower() not in _SCHEMES) or "::" in repository.split("/")[0]:
        raise TargetFailure(f"`{redact(repository)}` has a scheme that is not supported", hint)
