"""What a runtime is asked to start, and what it answers."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from compiler.record import record

NOT_STARTED = 64  # the exit code of Argo's executor for a command that cannot be started
STARTED = "postStart"  # what stands behind the name of a container for its hook
SAID = ".said"  # the file in a step's root where what stands for an executor says why it failed


@record
class Launch:
    """The process of one container: `key` is unique among those that run.

    `env` is the whole environment, `folder` the working directory, `log` takes standard output
    and error as raw bytes, `result` standard output alone (its last 262,144 bytes). `timeout` and
    `grace`, between SIGTERM and SIGKILL, are seconds; `root` is the folder that stands for `/`;
    `binds` are folders elsewhere and where they belong below it, `placed` what was put below it,
    `taken` what is wanted from there. `memory` (bytes) and `pids` bound the tree of processes
    where the machine can, 0 for no bound. `hosts` are addresses and names that only it knows.
    """

    key: str
    argv: tuple[str, ...]
    env: Mapping[str, str]
    folder: Path
    log: Path
    result: Path | None = None
    timeout: float | None = None
    root: Path | None = None
    image: str = ""
    container: str = "main"
    binds: tuple[tuple[Path, str], ...] = ()
    placed: tuple[str, ...] = ()
    taken: tuple[str, ...] = ()
    grace: float = 5.0
    memory: int = 0
    pids: int = 0
    hosts: tuple[tuple[str, str], ...] = ()


@record
class Usage:
    """What a process and those it waited for took: cpu seconds, and bytes of the largest."""

    cpu: float = 0.0
    memory: int = 0


@record
class Ended:
    """A process ended: its exit code, 128 + the number for a signal; `finished` since the epoch.

    `note` says in words what a person should know besides: the signal, bytes of its log dropped;
    `oom` that the bound of its memory ended it.
    """

    key: str
    code: int
    timed_out: bool
    usage: Usage
    finished: float
    note: str = ""
    oom: bool = False


class Runtime(Protocol):
    """Starts processes and tells when they end; nothing outlives `close` or this process."""

    def start(self, launch: Launch) -> None:
        """Start a process; raise `EngineError`, in Argo's words, when its command is not there."""

    def stop(self, key: str, grace: float) -> None:
        """Send SIGTERM, and after `grace` seconds SIGKILL to all of it; its `Ended` follows."""

    def wait(self, timeout: float) -> list[Ended]:
        """Return what ended, as soon as something has or a signal arrived, else after `timeout`.

        Raise `EngineError` when the supervisor is gone; the processes are, too.
        """

    def close(self) -> None:
        """End every process, and return when none is left."""
