"""The runtime that needs nothing: steps are processes of this machine, below a supervisor."""

import contextlib
import fcntl
import os
import select
import signal
import sys
import time
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from argosy.engine.failure import EngineError
from argosy.engine.runtime import descent
from argosy.engine.runtime.bounds import Bounds
from argosy.engine.runtime.frames import Inbox, packed
from argosy.engine.runtime.launch import Ended, Launch, Usage
from argosy.engine.runtime.order import Order

HEAD, TAIL = 10 << 20, 40 << 20
LONGEST = 131_071  # bytes of one argument or `NAME=value` that Linux takes
_MAIN = """import sys
sys.path.insert(0, {!r})
from argosy.engine.runtime.supervisor import main
main(3, 4, {}, {}, {})"""


class Processes:
    """Runs steps through a supervisor of its own; `mark` tells them from those of other runs.

    `head` and `tail` bound a log in bytes; `undo` is a command that runs when all has ended, also
    if this process has died. Until then the supervisor has the descriptor `held`, a lock, too.
    """

    def __init__(
        self,
        mark: str,
        head: int = HEAD,
        tail: int = TAIL,
        undo: tuple[str, ...] = (),
        held: int | None = None,
    ) -> None:
        self._mark, self._count = mark, 0
        self._running: set[str] = set()
        self._bounds = Bounds(mark)
        self._unsent = bytearray()
        self._wake = _Wake()
        descent.adopt_orphans()
        requests, self._requests = os.pipe()
        events, theirs = os.pipe()
        self._inbox = Inbox(events)
        self._pid = _supervisor(requests, theirs, head, tail, held)
        os.close(requests)
        os.close(theirs)
        if undo:
            self._unsent += packed(["undo", [os.fsencode(word) for word in undo]])
            self._flush()
        self._poll = select.poll()
        for descriptor in (events, self._wake.reading):
            self._poll.register(descriptor, select.POLLIN)

    def start(self, launch: Launch) -> None:
        """Start a process; raise `EngineError` when it cannot be."""
        self._count += 1
        order = _order(self._bounds.bound(launch), f"{self._mark}/{self._count}/")
        self._running.add(launch.key)
        self._unsent += packed(order.message())
        self._flush()

    def stop(self, key: str, grace: float) -> None:
        """Send SIGTERM, and after `grace` seconds SIGKILL to all of it; its `Ended` follows."""
        if key in self._running:
            self._unsent += packed(["stop", key, float(grace)])
            self._flush()

    def wait(self, timeout: float) -> list[Ended]:
        """Return what ended as soon as something has or a signal arrived, else after `timeout`."""
        self._flush()
        found: list[Ended] = []
        ready = dict(self._poll.poll(max(timeout, 0.0) * 1000))
        if self._wake.reading in ready:
            self._wake.clear()
        if self._inbox.descriptor in ready:
            found = [self._ended(event) for event in self._inbox.receive()]
            self._running.difference_update(ended.key for ended in found)
            if self._inbox.closed:
                self._mourn()
        return found

    def close(self) -> None:
        """End every process, and return when none is left."""
        if not self._pid:
            return
        os.close(self._requests)
        os.waitpid(self._pid, 0)
        self._release()

    def _ended(self, event: list[Any]) -> Ended:
        key, code, timed_out, cpu, memory, finished, note = event
        oom = self._bounds.release(key)
        return Ended(key, code, timed_out, Usage(cpu, memory), finished, note, oom)

    def _flush(self) -> None:
        try:
            while self._unsent:
                del self._unsent[: os.write(self._requests, self._unsent)]
        except BrokenPipeError:
            self._mourn()

    def _mourn(self) -> None:
        """The supervisor is gone, which only someone else can have done: end its steps."""
        os.close(self._requests)
        deadline = time.monotonic() + 5
        wanted = f"{self._mark}/".encode()
        os.waitpid(self._pid, 0)
        while (left := descent.marked(wanted)) and time.monotonic() < deadline:
            descent.kill(left, signal.SIGKILL)
            for orphan in left:  # ours now, since this process is a subreaper too
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(orphan, 0)
        self._release()
        raise EngineError(
            "the supervisor of this run was killed, and its steps were ended",
            "`argosy resume` goes on where it stopped",
        )

    def _release(self) -> None:
        self._pid = 0
        os.close(self._inbox.descriptor)
        self._wake.close()


def _supervisor(requests: int, events: int, head: int, tail: int, held: int | None) -> int:
    """Start the supervisor with its ends of two pipes as descriptors 3 and 4; return its pid.

    A lock to be held has descriptor 5.
    """
    root = str(Path(__file__).parents[3])
    code = _MAIN.format(root, head, tail, held is not None)
    given = [requests, events, *(() if held is None else (held,))]
    lifted = [fcntl.fcntl(each, fcntl.F_DUPFD_CLOEXEC, 6) for each in given]
    actions = [(os.POSIX_SPAWN_DUP2, each, 3 + place) for place, each in enumerate(lifted)]
    group: dict[str, Any] = {"setsid": True} if sys.platform == "linux" else {"setpgroup": 0}
    try:
        return os.posix_spawn(
            sys.executable,
            [sys.executable, "-I", "-S", "-c", code],
            _own_environment(),
            file_actions=actions,
            **group,
        )
    finally:
        for descriptor in lifted:
            os.close(descriptor)


def _own_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != descent.MARK}


def _order(launch: Launch, mark: str) -> Order:
    """Return the request for `launch`; raise `EngineError` if no process can be made of it."""
    env = {_bytes(name): _bytes(value) for name, value in launch.env.items()}
    env[descent.MARK.encode()] = mark.encode()
    argv = [os.fsencode(word) for word in launch.argv]
    _refuse_unpassable(argv, env)
    return Order(
        launch.key,
        os.fsencode(found(launch.argv[0], launch.env.get("PATH", os.defpath))),
        argv,
        env,
        os.fsencode(launch.folder.absolute()),
        os.fsencode(launch.log.absolute()),
        os.fsencode(launch.result.absolute()) if launch.result else None,
        launch.timeout,
        launch.grace,
        mark.encode(),
    )


@lru_cache(1024)
def _bytes(text: str) -> bytes:
    return os.fsencode(text)


def _refuse_unpassable(argv: list[bytes], env: Mapping[bytes, bytes]) -> None:
    whole = b"".join((*argv, *env, *env.values()))
    if len(whole) < LONGEST and b"\0" not in whole:
        return
    for word in argv:
        if len(word) > LONGEST or b"\0" in word:
            raise EngineError(_unpassable(f"argument `{os.fsdecode(word[:20])}…`", word))
    for name, value in env.items():
        if len(name) + len(value) + 1 > LONGEST or b"\0" in value:
            raise EngineError(_unpassable(f"variable `{os.fsdecode(name)}`", value))


def _unpassable(what: str, value: bytes) -> str:
    if b"\0" in value:
        return f"{what} holds a NUL byte, which no process can be given"
    return f"{what} has {len(value)} bytes; a process takes {LONGEST} at most: pass it as a file"


@lru_cache(512)
def found(command: str, path: str) -> str:
    """Return where a command lies on `path`; raise `EngineError`, in Argo's words, when nowhere."""
    if "/" in command:
        return command
    import shutil

    place = shutil.which(command, path=path)
    if place is None:
        said = f'exec: "{command}": executable file not found in $PATH'
        raise EngineError(f"failed to find name in PATH: {said}")
    return place


class _Wake:
    """Makes a signal end a poll: Python would go on polling once its handler has run."""

    def __init__(self) -> None:
        self.reading, self._writing = os.pipe()
        os.set_blocking(self.reading, False)
        os.set_blocking(self._writing, False)
        self._before: int | None = None
        with contextlib.suppress(ValueError):  # in a thread that gets no signals
            self._before = signal.set_wakeup_fd(self._writing, warn_on_full_buffer=False)

    def clear(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.read(self.reading, 4096)

    def close(self) -> None:
        if self._before is not None:
            with contextlib.suppress(OSError):  # whoever had it may have closed it
                signal.set_wakeup_fd(-1)
                signal.set_wakeup_fd(self._before)
        os.close(self.reading)
        os.close(self._writing)
