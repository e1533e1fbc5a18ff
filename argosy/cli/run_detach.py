"""`argosy run --detach`: the engine goes on in a session of its own."""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

from argosy.cli import command, terminal
from argosy.cli.run_events import line
from argosy.engine import journal
from argosy.engine.failure import EngineError

_PATIENCE, _PAUSE = 120.0, 0.05
_WORLD = 4


def start(args: argparse.Namespace, state: Path, name: str) -> int:
    """Start this very command without `--detach`; return once the run has begun, or was refused."""
    if (state / "runs" / name / "run.db").exists():
        raise EngineError(f"a run called `{name}` exists", "choose another --name")
    command.offer(state)
    folder = state / "detached"
    folder.mkdir(exist_ok=True)
    talk = folder / f"{name}.log"
    words = [word for word in sys.argv[1:] if word not in ("--detach", "--json")]
    words += [] if args.name else ["--name", name]
    with talk.open("wb") as said:
        process = subprocess.Popen(
            [str(state / "bin" / "argosy"), *_there(words)],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        code = process.poll()
        if (state / "runs" / name / "run.db").exists() and _begun(state, name):
            return _told(args, state, name)
        if code is not None:
            return _refused(talk, code)
        time.sleep(_PAUSE)
    terminal.complain(f"run {name} does not begin", f"its words: {talk}")
    return _WORLD


def _there(words: list[str]) -> list[str]:
    """Leave out `-C DIR`: the current folder is that one already."""
    if "-C" in words:
        at = words.index("-C")
        return [*words[:at], *words[at + 2 :]]
    return words


def _begun(state: Path, name: str) -> bool:
    return any(run.name == name for run in journal.runs(state, 50))


def _told(args: argparse.Namespace, state: Path, name: str) -> int:
    if args.json:
        folder = str(state / "runs" / name)
        terminal.out_bytes(line({"version": 1, "asked": "run", "run": name, "folder": folder}))
        return 0
    terminal.out(name)
    terminal.talk(f"next: argosy logs -f {name}")
    return 0


def _refused(talk: Path, code: int) -> int:
    """Say what the engine said that did not begin."""
    for said in talk.read_text("utf-8", errors="replace").splitlines():
        terminal.talk(said)
    talk.unlink(missing_ok=True)
    return code
