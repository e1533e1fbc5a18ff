"""Real processes: `argosy` as a user starts it, in a small project of its own."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
_IDENTITY = {
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.com",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.com",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "HOME": "/nonexistent",
}
PROJECT = """\
apiVersion: argosy.dev/v1
kind: Project
name: shop
defaults: {image: "python:3.11", hardware: small}
hardware:
  small: {cpu: 100m, memory: 64Mi}
environments:
  dev: {namespace: ml-dev}
  prod: {namespace: ml-prod, vars: {greeting: guten Tag}}
"""
PIPELINE = """\
apiVersion: argosy.dev/v1
kind: Pipeline
name: hello
owner: shop-team
params:
  who: {type: string, default: world}
  colour: {type: string, enum: [red, green], default: red}
  times: {type: integer, default: 1, min: 1, max: 9}
  share: {type: number, default: 0.5}
  tag: {type: string, default: v1, pattern: "v[0-9]+"}
steps:
  greet:
    run: |
      echo "hello ${params.who}"
      echo "${params.who}" > said.txt
    outputs:
      said: {value: said.txt, type: string}
  repeat:
    needs: [greet]
    run: echo again
"""


@dataclass(frozen=True)
class Ended:
    """How a process ended."""

    status: int
    out: str
    err: str


@dataclass(frozen=True)
class Shop:
    """A project with one pipeline and two environments, and the commands a user types in it."""

    root: Path

    def argosy(self, *arguments: str, cwd: Path | None = None, **env: str) -> Ended:
        """Run `argosy ARGUMENTS`; whatever happens, no traceback is shown."""
        process = subprocess.run(
            [sys.executable, "-m", "argosy", *arguments],
            cwd=cwd or self.root,
            env=self.environment(**env),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=120,
        )
        ended = Ended(process.returncode, process.stdout.decode(), process.stderr.decode())
        assert "Traceback" not in ended.err + ended.out
        return ended

    def shell(self, script: str) -> Ended:
        """Run a shell script in which `argosy` is a command."""
        command = f'argosy() {{ "{sys.executable}" -m argosy "$@"; }}\n{script}'
        process = subprocess.run(
            ["bash", "-c", command],
            cwd=self.root,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            text=True,
            timeout=120,
        )
        assert "Traceback" not in process.stderr
        return Ended(process.returncode, process.stdout, process.stderr)

    def environment(self, **extra: str) -> dict[str, str]:
        """Return an environment without the machine's git and MLflow settings."""
        kept = {name: os.environ[name] for name in ("PATH", "TMPDIR") if name in os.environ}
        return {**kept, **_IDENTITY, "PYTHONPATH": str(REPOSITORY), **extra}

    def git(self, *arguments: str) -> str:
        """Return what `git ARGUMENTS` prints."""
        command = ["git", *arguments]
        output = subprocess.check_output(command, cwd=self.root, env=self.environment(), text=True)
        return output.strip()

    def commit(self, message: str = "Change") -> str:
        """Commit everything, making the repository when there is none; return the commit."""
        if not (self.root / ".git").exists():
            self.git("init", "-q", "-b", "main")
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message)
        return self.git("rev-parse", "HEAD")

    @property
    def spec(self) -> Path:
        """The pipeline's file."""
        return self.root / "pipelines" / "hello" / "pipeline.yaml"

    def edit(self, old: str, new: str, path: Path | None = None) -> None:
        """Replace `old` in the pipeline's file, or in another, where it must be."""
        path = path or self.spec
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new), "utf-8")


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """Make the project in a fresh folder."""
    return make(tmp_path / "shop")


@pytest.fixture
def build() -> Callable[[Path], Shop]:
    """Return what makes the project in a folder."""
    return make


def make(root: Path) -> Shop:
    """Write the project into `root`."""
    (root / "pipelines" / "hello").mkdir(parents=True)
    (root / "argosy.yaml").write_text(PROJECT, "utf-8")
    (root / "pipelines" / "hello" / "pipeline.yaml").write_text(PIPELINE, "utf-8")
    (root / ".gitignore").write_text(".argosy/\n", "utf-8")
    return Shop(root)
