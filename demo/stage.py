"""Where the story is played: a workspace of its own, commands as a person types them, claims."""

import fcntl
import os
import shlex
import shutil
import subprocess
import sys
import textwrap
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

_MARKER = ".argosy-demo"
_KEPT = (
    *("LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "NO_COLOR", "TERM", "TMPDIR", "TZ"),
    *("LD_LIBRARY_PATH", "PYTHONDONTWRITEBYTECODE", "VIRTUAL_ENV"),
)
_IDENTITY = {
    "GIT_AUTHOR_NAME": "Ada Demo",
    "GIT_AUTHOR_EMAIL": "ada@example.com",
    "GIT_COMMITTER_NAME": "Ada Demo",
    "GIT_COMMITTER_EMAIL": "ada@example.com",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
}
_SHIM = """\
#!{python}
import sys
sys.path.insert(0, {repository!r})
from argosy.__main__ import main
sys.exit(main())
"""


class Broken(Exception):  # noqa: N818 - the story is broken, the program is not
    """Something is not as the story tells it."""


@dataclass(frozen=True)
class Stage:
    """The workspace: `source` is the user's repository, `root` holds it and all else."""

    repository: Path
    root: Path
    environment: dict[str, str]
    lock: IO[str] = field(repr=False)

    @classmethod
    def open(cls, repository: Path, root: Path) -> "Stage":
        """Make an empty workspace; raise `Broken` if the folder is not a demo's, or is in use."""
        lock = _lock(root)
        _clear(root)
        (root / "bin").mkdir()
        shim = root / "bin" / "argosy"
        shim.write_text(_SHIM.format(python=sys.executable, repository=str(repository)), "utf-8")
        shim.chmod(0o755)
        return cls(repository, root, _environment(root), lock)

    @property
    def source(self) -> Path:
        """The user's repository."""
        return self.root / "source"

    @property
    def gitops(self) -> Path:
        """The bare repository that a cluster would follow."""
        return self.source / ".argosy" / "gitops.git"

    def chapter(self, number: int, text: str) -> None:
        """Begin a step of the story."""
        self.say(f"\n━━ {number}. {text}")

    def say(self, text: str) -> None:
        """Write to the audience."""
        print(text, flush=True)

    def type(self, command: str, *, expect: int = 0) -> str:
        """Run a command in the source repository, shown as typed; return what it printed.

        Raise `Broken` when its exit code is not the expected one.
        """
        self.say(f"\n$ {command}")
        lines = []
        with self._started(command, subprocess.STDOUT) as process:
            assert process.stdout is not None  # noqa: S101 - for the type checker
            for line in process.stdout:
                lines.append(line)
                self.say(textwrap.indent(line.rstrip("\n"), "  "))
        if process.returncode != expect:
            message = f"`{command}` ended with exit code {process.returncode}, not {expect}"
            raise Broken(message)
        return "".join(lines)

    def ask(self, command: str) -> str:
        """Run a command that only checks a claim, unseen; return its stdout, stripped."""
        with self._started(command, subprocess.PIPE) as process:
            out, err = process.communicate()
        if process.returncode:
            raise Broken(f"`{command}` failed: {err.strip()}")
        return out.strip()

    def claim(self, text: str, holds: bool) -> None:
        """Tell the audience what is so now; raise `Broken` when it is not."""
        if not holds:
            raise Broken(f"not as told: {text}")
        self.say(f"  ✔ {text}")

    def _started(self, command: str, stderr: int) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            shlex.split(command),
            cwd=self.source,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            encoding="utf-8",
            errors="replace",
        )


def _lock(root: Path) -> IO[str]:
    root.parent.mkdir(parents=True, exist_ok=True)
    handle = root.with_name(f"{root.name}.lock").open("w")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Broken(f"another demo is playing in {root}") from None
    return handle


def _clear(root: Path) -> None:
    """Empty the workspace, if it is one of ours."""
    if root.is_symlink() or (root.exists() and not root.is_dir()):
        raise Broken(f"{root} is no folder; remove it, or name another: python -m demo FOLDER")
    if root.exists() and any(root.iterdir()):
        if not (root / _MARKER).is_file():
            raise Broken(f"{root} holds what no demo wrote; name another: python -m demo FOLDER")
        shutil.rmtree(root)
    root.mkdir(parents=True, exist_ok=True)
    (root / _MARKER).write_text("This folder is emptied by the next `make demo`.\n", "utf-8")
    (root / ".gitignore").write_text("*\n", "utf-8")


def _environment(root: Path) -> dict[str, str]:
    """Return an environment in which neither the user's git nor MLflow settings take part."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    path = [str(root / "bin"), str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]
    home = root / "home"
    home.mkdir()
    return {
        **kept,
        **_IDENTITY,
        "COLUMNS": "100",
        "HOME": str(home),
        "PATH": os.pathsep.join(path),
        "PYTHONUNBUFFERED": "1",
        "PYTHONIOENCODING": "utf-8",
        # the source lies below another repository: git is not to find that one
        "GIT_CEILING_DIRECTORIES": str(root),
    }
