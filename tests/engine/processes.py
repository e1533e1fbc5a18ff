"""Processes for tests: a runtime whose steps are shell scripts, and an engine of its own."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from argosy.engine.runtime.launch import Ended, Launch
from argosy.engine.runtime.processes import Processes
from tests.patience import PATIENCE as PATIENCE
from tests.patience import wait_until

DRIVER = """
import sys
from pathlib import Path
from argosy.engine.manifests import load
from argosy.engine.run import run
ended = run(load(Path(sys.argv[1])), name="r", parameters={}, folder=Path(sys.argv[2]),
            environment={}, on_event=lambda event: None)
print(ended.phase, ended.interrupted)
"""


class Bench:
    """A runtime, the folder it works in, and what ended so far by its key."""

    def __init__(self, folder: Path, **limits: int) -> None:
        self.folder = folder
        self.mark = f"test-{os.getpid()}-{folder.name}"
        self.runtime = Processes(self.mark, **limits)  # type: ignore[arg-type]
        self.ended: dict[str, Ended] = {}

    def start(self, key: str, script: str, **more: Any) -> None:
        """Start a shell script."""
        env = {"PATH": os.environ["PATH"], **more.pop("env", {})}
        argv = more.pop("argv", ("sh", "-c", script))
        more.setdefault("grace", 0.5)
        more.setdefault("folder", self.folder)
        self.runtime.start(Launch(key, argv, env, log=self.log(key), **more))

    def log(self, key: str) -> Path:
        """Return where the output of `key` lies."""
        return self.folder / f"{key}.log"

    def end(self, key: str) -> Ended:
        """Wait for the end of `key`."""
        deadline = time.monotonic() + PATIENCE
        while key not in self.ended and time.monotonic() < deadline:
            self.ended |= {each.key: each for each in self.runtime.wait(1)}
        return self.ended[key]

    @property
    def supervisor(self) -> int:
        """The process id of the supervisor."""
        return self.runtime._pid


def engine(manifest: Path, state: Path, **more: Any) -> "subprocess.Popen[str]":
    """Start an engine as a process of its own, which prints phase and whether it was stopped."""
    return subprocess.Popen(
        [sys.executable, "-c", DRIVER, str(manifest), str(state)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        **more,
    )


def written(path: Path) -> str:
    """Wait until `path` holds something, and return it."""
    wait_for(lambda: path.exists() and path.read_text().strip() != "")
    return path.read_text().strip()


def gone(pid: int | str) -> bool:
    """Whether a process has ended; a zombie has not."""
    return not Path(f"/proc/{pid}").exists()


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait until `condition` holds; fail the test when it never does."""
    wait_until(condition, "waited in vain", pause=0.02)
