"""The command `argosy` for the steps of a local run, which call it as they do in a cluster."""

import os
import shlex
import sys
from pathlib import Path

_SCRIPT = (
    "import sys; sys.path.insert(0, {root!r}); from argosy.__main__ import main; sys.exit(main())"
)


def offer(state: Path) -> None:
    """Put an `argosy` that is this very program first on PATH."""
    folder = state / "bin"
    script = _SCRIPT.format(root=str(Path(__file__).parents[2]))
    # -P: a folder `compiler` in a step's work folder is not ours
    line = f'exec {shlex.quote(sys.executable)} -P -c {shlex.quote(script)} "$@"'
    _write(folder / "argosy", f"#!/bin/sh\n{line}\n")
    os.environ["PATH"] = os.pathsep.join([str(folder), os.environ.get("PATH", os.defpath)])


def _write(path: Path, text: str) -> None:
    if path.exists() and path.read_text("utf-8") == text:
        return
    path.parent.mkdir(exist_ok=True)
    temporary = path.with_name(f".argosy.{os.getpid()}")
    temporary.write_text(text, "utf-8")
    temporary.chmod(0o755)
    temporary.replace(path)
