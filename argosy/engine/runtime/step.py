"""One step inside the supervisor: its process, its pipes, its end."""

import os
import signal
import sys
import time

from argosy.engine.runtime import descent
from argosy.engine.runtime.descriptors import Descriptors
from argosy.engine.runtime.order import Order
from argosy.engine.runtime.spool import Last, Spool

TYPE_CHECKING = False
if TYPE_CHECKING:
    import resource

RESULT = 262_144  # how much of a result Argo keeps, from its end
LINGER = 1.0  # seconds that a grandchild may keep an output open after the step has ended
_GROUP = {"setsid": True} if sys.platform == "linux" else {"setpgroup": 0}
_DEFAULT = [signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
_FULL, _WIDE = 1 << 16, 1 << 20


class Step:
    """A process that was started, until it and all that it left behind have ended."""

    def __init__(self, order: Order, limits: tuple[int, int]) -> None:
        self.key, self.mark, self.grace = order.key, order.mark, order.grace
        self.pid, self.code, self.timed_out, self.asked = 0, -1, False, False
        self.cpu, self.memory, self.finished = 0.0, 0, 0.0
        self.strays: set[int] = set()
        self.sinks: dict[int, list[Spool | Last]] = {}
        self.kill_at: float | None = None
        self.linger_until: float | None = None
        self.expires = None if order.timeout is None else time.monotonic() + order.timeout
        self.log = Spool(order.log, *limits)
        self.result = Last(order.result, RESULT) if order.result else None

    def spawn(self, order: Order, null: int, descriptors: Descriptors) -> None:
        """Start the process; raise `OSError` when that is not possible."""
        ends = [self._pipe([self.log])]
        ends += [ends[0]] if self.result is None else [self._pipe([self.log, self.result])]
        actions = [(os.POSIX_SPAWN_DUP2, null, 0)]
        actions += [(os.POSIX_SPAWN_DUP2, end, 2 - at) for at, end in enumerate(ends)]
        try:
            os.chdir(order.folder)
            descriptors.usual()
            self.pid = os.posix_spawn(
                order.path,
                order.argv,
                order.env,
                file_actions=actions,
                setsigmask=(),
                setsigdef=_DEFAULT,
                **_GROUP,
            )
        finally:
            descriptors.restore()
            os.chdir("/")
            for end in set(ends):
                os.close(end)

    def _pipe(self, sinks: list[Spool | Last]) -> int:
        reading, writing = os.pipe()
        os.set_blocking(reading, False)
        self.sinks[reading] = sinks
        return writing

    def pump(self, pipe: int, buffer: memoryview) -> int:
        """Move what `pipe` holds to its files; return how much, 0 at its end, else -1."""
        try:
            count = os.readv(pipe, [buffer])
        except BlockingIOError:
            return -1
        for sink in self.sinks[pipe]:
            sink.write(buffer[:count])
        if count == _FULL:
            _widen(pipe)
        return count

    def abandon(self) -> None:
        """Close what was opened for a process that could not be started."""
        for pipe in list(self.sinks):
            self.close_pipe(pipe)
        self.log.close()

    def close_pipe(self, pipe: int) -> None:
        """Read no more from `pipe`."""
        del self.sinks[pipe]
        os.close(pipe)

    def due(self) -> float | None:
        """When something is to be done without an event, on the monotonic clock."""
        times = (self.kill_at, self.linger_until, self.expires)
        return min((at for at in times if at is not None), default=None)

    def act(self, now: float) -> None:
        """Do what is due: expire, or kill after the grace."""
        if self.expires is not None and now >= self.expires:
            self.expires, self.timed_out = None, True
            self.stop(self.grace)
        if self.kill_at is not None and now >= self.kill_at:
            self.kill_at = None
            self.kill()

    def stop(self, grace: float) -> None:
        """Ask the group to end, and give it `grace` seconds; 0 ends it at once."""
        self.asked = True
        if grace <= 0:
            self.kill_at = time.monotonic()
            return
        self.signal(signal.SIGTERM)
        self.signal(signal.SIGCONT)
        at = time.monotonic() + grace
        self.kill_at = at if self.kill_at is None else min(at, self.kill_at)

    def kill(self) -> None:
        """End the group and what left it."""
        self.asked = True
        self.signal(signal.SIGKILL)
        descent.kill(list(self.strays), signal.SIGKILL)

    def signal(self, number: int) -> None:
        """Send a signal to the process group, if there is one left."""
        try:
            os.killpg(self.pid, number)
        except OSError:
            return

    def exited(self, status: int, usage: "resource.struct_rusage") -> None:
        """Note the end of the process itself."""
        code = os.waitstatus_to_exitcode(status)
        self.code, self.finished = (code if code >= 0 else 128 - code), time.time()
        self.add(usage)
        self.expires = self.kill_at = None
        self.linger_until = time.monotonic() + LINGER

    def add(self, usage: "resource.struct_rusage") -> None:
        """Count what a process of the step took."""
        self.cpu += usage.ru_utime + usage.ru_stime
        scale = 1024 if sys.platform == "linux" else 1
        self.memory = max(self.memory, usage.ru_maxrss * scale)

    def over(self, now: float) -> bool:
        """Whether nothing of the step is left, or has been waited for long enough."""
        if self.linger_until is None:
            return False
        return not (self.sinks or self.strays) or now >= self.linger_until

    def note(self) -> str:
        """Say what a person should know besides the exit code."""
        self.log.close()
        parts = [self.log.problem]
        if self.result:
            self.result.close()
            parts.append(self.result.problem)
        if self.log.dropped:
            parts.append(f"{self.log.dropped} bytes of its log dropped")
        if self.strays:
            parts.append(f"{len(self.strays)} of its processes did not end")
        if self.code > 128:
            parts.insert(0, _named(self.code - 128, asked=self.asked))
        return "; ".join(part for part in parts if part)


def _named(number: int, *, asked: bool) -> str:
    try:
        name = signal.Signals(number).name
    except ValueError:
        return ""  # an exit code that is no signal's
    guess = ", perhaps out of memory" if number == signal.SIGKILL and not asked else ""
    return f"killed by {name}{guess}"


def _widen(pipe: int) -> None:
    """Let a talkative step run ahead; refused beyond a user's share, which is no harm."""
    try:
        import fcntl

        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _WIDE)
    except (OSError, AttributeError):
        return
