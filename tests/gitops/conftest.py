"""A project and a GitOps repository, both real, and git without the configuration of this user."""

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from compiler.tree import RenderedTree
from gitops.outcome import Outcome
from gitops.publish import publish
from gitops.source import SourceRevision, read_source
from gitops.target import Target, create_if_local_default
from tests.gitops.servers import LOGIN, Backend
from tests.servers import listening

FILES = {
    "digits/workflowtemplate.yaml": b"kind: WorkflowTemplate\nmetadata: {name: digits}\n",
    "digits/configmap.yaml": b"kind: ConfigMap\ndata: {train.py: 'print()'}\n",
}


@dataclass
class Place:
    """A project whose commits are published, and the bare repository they go to."""

    root: Path
    bare: Path
    state: Path
    files: dict[str, bytes] = field(default_factory=lambda: dict(FILES))

    def git(self, *arguments: str, at: Path | None = None, check: bool = True) -> str:
        """Run git in the project, or at another place, and return its stripped output."""
        done = subprocess.run(["git", *arguments], cwd=at or self.root, capture_output=True)
        if check and done.returncode:
            raise AssertionError(done.stderr.decode())
        return done.stdout.decode().strip()

    def commit(self, subject: str) -> SourceRevision:
        """Make a commit in the project and return its revision."""
        self.git("commit", "--quiet", "--allow-empty", "-m", subject)
        return read_source(self.root)

    def target(self, environment: str = "dev", repository: str = "") -> Target:
        """The place of an environment."""
        return Target(repository or str(self.bare), "main", f"envs/{environment}", environment)

    def publish(self, files: dict[str, bytes] | None = None, **options: Any) -> Outcome:
        """Publish `files` as they stand, from the project's head unless told otherwise."""
        tree = RenderedTree(self.files if files is None else files)
        target = options.pop("target", None) or self.target(options.pop("environment", "dev"))
        source = options.pop("source", None) or read_source(self.root)
        return publish(target, tree, source, **{"state": self.state, "project": "demo", **options})

    def at_tip(self, path: str, branch: str = "main") -> bytes:
        """The bytes of `path` in the GitOps repository."""
        return subprocess.run(
            ["git", f"--git-dir={self.bare}", "cat-file", "blob", f"{branch}:{path}"],
            capture_output=True, check=True,
        ).stdout  # fmt: skip

    def tip(self) -> str:
        """The commit of the branch."""
        return self.git("rev-parse", "main", at=self.bare)

    def paths(self) -> list[str]:
        """All paths of the branch."""
        return self.git("ls-tree", "-r", "--name-only", "main", at=self.bare).split("\n")

    def by_hand(self, change: Callable[[Path], object], subject: str = "by hand") -> str:
        """Clone the GitOps repository, change it, push; return the commit."""
        clone = self.root.parent / f"clone-{os.urandom(4).hex()}"
        self.git("clone", "--quiet", str(self.bare), str(clone))
        change(clone)
        self.git("add", "-A", at=clone)
        self.git("commit", "--quiet", "--allow-empty", "-m", subject, at=clone)
        self.git("push", "--quiet", "origin", "HEAD:main", at=clone)
        return self.git("rev-parse", "HEAD", at=clone)


@pytest.fixture(autouse=True)
def _own_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no configuration of this machine decide a test."""
    config = tmp_path / "gitconfig"
    config.write_text(
        "[user]\n\tname = Ada\n\temail = ada@example.com\n[init]\n\tdefaultBranch = main\n"
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A project with one commit, and an empty GitOps repository."""
    root, bare = tmp_path / "project", tmp_path / "gitops.git"
    root.mkdir()
    made = Place(root, bare, tmp_path / "state")
    made.git("init", "--quiet")
    (root / "argosy.yaml").write_text("name: demo\n")
    made.git("add", "-A")
    made.commit("first")
    create_if_local_default(bare)
    return made


Serve = Callable[[type[BaseHTTPRequestHandler]], str]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start a server on loopback for each handler it is given; return `127.0.0.1:PORT`."""
    with ExitStack() as stack:
        yield lambda handler: f"127.0.0.1:{stack.enter_context(listening(handler))}"


@pytest.fixture
def host(place: Place, serve: Serve) -> str:
    """The address of the GitOps repository at git's HTTP server, without scheme and login."""
    return f"{serve(backend(place))}/{place.bare.name}"


@pytest.fixture(params=["file", "http"])
def url(request: pytest.FixtureRequest, place: Place) -> str:
    """The address of the GitOps repository, by each way to reach it."""
    if request.param == "file":
        return f"file://{place.bare}"
    return f"http://{':'.join(LOGIN)}@{request.getfixturevalue('host')}"


def backend(place: Place, kind: type[Backend] = Backend) -> type[Backend]:
    """A handler that serves the repositories of `place`."""
    return type(kind.__name__, (kind,), {"root": place.bare.parent})
