"""One step as a process: its own session, its output in a file, a deadline, a clean end."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from argosy.engine import guardian

NOT_FOUND = 64  # the exit code of Argo's executor for a command that does not exist


@dataclass
class Process:
    """A running step; `deadline` is on the monotonic clock, `mark` finds its descendants."""

    popen: "subprocess.Popen[bytes]"
    mark: str
    deadline: float | None
    timed_out: bool = False

    def poll(self) -> int | None:
        """Return the exit code once it ended, a signal as 128 + its number."""
        code = self.popen.poll()
        return code if code is None or code >= 0 else 128 - code

    def expire(self) -> None:
        """End it when its deadline has passed."""
        if self.deadline is not None and time.monotonic() >= self.deadline and not self.timed_out:
            self.timed_out = True
            self.stop(grace=1.0)

    def stop(self, grace: float) -> None:
        """Ask the whole session to end, and after `grace` seconds end it, descendants too."""
        with contextlib.suppress(OSError):
            os.killpg(self.popen.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.popen.wait(grace)
        self.sweep()
        self.popen.wait()

    def sweep(self) -> None:
        """Kill what is left of the step."""
        with contextlib.suppress(OSError):
            os.killpg(self.popen.pid, signal.SIGKILL)
        guardian.kill(self.mark)


def start(
    argv: list[str], folder: Path, environment: Mapping[str, str], log: Path, timeout: float | None
) -> Process:
    """Start `argv` in `folder`; raise `FileNotFoundError` when there is no such command."""
    found = shutil.which(argv[0], path=environment.get("PATH")) if "/" not in argv[0] else argv[0]
    if found is None:
        raise FileNotFoundError(argv[0])
    with log.open("ab") as output:
        popen = subprocess.Popen(
            [found, *argv[1:]],
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    deadline = None if timeout is None else time.monotonic() + timeout
    return Process(popen, environment[guardian.MARK], deadline)


def guard(mark: str) -> "subprocess.Popen[bytes]":
    """Start the guardian of a run: it ends the steps if this process dies."""
    return subprocess.Popen(
        [sys.executable, "-I", "-S", guardian.__file__, mark],
        stdin=subprocess.PIPE,
        start_new_session=True,
    )
