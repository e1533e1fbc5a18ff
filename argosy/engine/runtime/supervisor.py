"""The supervisor of a run: it owns the processes of all steps, and ends them with the engine.

Started by `processes.Processes` as `python -I -S`, in some milliseconds, so only light modules of
the standard library are imported here and in what it imports. One loop, no threads: requests come
by one pipe and events leave by another; the end of the first means that the engine has died. As
the subreaper of its descendants it inherits what steps leave behind, daemons too.
"""

import contextlib
import os
import select
import signal
import time

from argosy.engine.runtime import descent
from argosy.engine.runtime.descriptors import Descriptors
from argosy.engine.runtime.frames import Inbox, Outbox
from argosy.engine.runtime.order import Order
from argosy.engine.runtime.step import Step

TYPE_CHECKING = False
if TYPE_CHECKING:
    from resource import struct_rusage
    from typing import Any

_PATIENCE = 5.0
_BUFFER = 1 << 20
_WAKINGS = 1 << 12  # one byte for each child that has ended
NOT_STARTED = 64  # the exit code of Argo's executor for this
_IGNORED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGPIPE)


class Supervisor:
    """Serves one engine; `limits` are the bytes of a log's head and tail."""

    def __init__(self, requests: int, events: int, limits: tuple[int, int]) -> None:
        self.inbox, self.outbox, self.limits = Inbox(requests), Outbox(events), limits
        self.steps: dict[str, Step] = {}
        self.pids: dict[int, Step] = {}
        self.pipes: dict[int, Step] = {}
        self.strays: dict[int, Step | None] = {}
        self.undo: list[bytes] = []
        self.buffer = memoryview(bytearray(_BUFFER))
        self.null = os.open(os.devnull, os.O_RDONLY)
        self.poll = select.poll()
        self.child = _wake_on_children()
        self.descriptors = Descriptors()
        for descriptor in (requests, self.child):
            self.poll.register(descriptor, select.POLLIN)
        self.wanted = 0
        self.poll.register(events, self.wanted)

    def serve(self) -> None:
        """Work until the engine closes its end or dies, then leave nothing behind."""
        try:
            while not self.inbox.closed:
                for descriptor, _ in self.poll.poll(self._pause()):
                    self._handle(descriptor)
                self._act()
                self._tell()
        except BrokenPipeError:
            pass
        finally:
            self.end_all()

    def _pause(self) -> float | None:
        times = [at for step in self.steps.values() if (at := step.due()) is not None]
        return max(min(times) - time.monotonic(), 0.0) * 1000 + 1 if times else None

    def _handle(self, descriptor: int) -> None:
        if descriptor in self.pipes:
            self._pump(descriptor)
        elif descriptor == self.child:
            os.read(self.child, _WAKINGS)
            self.reap()
        elif descriptor == self.inbox.descriptor:
            for request in self.inbox.receive():
                self._obey(request)
        elif not self.outbox.waiting:
            self.inbox.closed = True  # nobody reads what we tell

    def _obey(self, request: "list[Any]") -> None:
        if request[0] == "start":
            self._start(Order(*request[1:]))
        elif request[0] == "undo":
            self.undo = request[1]
        elif request[1] in self.steps:
            self.steps[request[1]].stop(request[2])

    def _start(self, order: Order) -> None:
        step = None
        self.descriptors.suffice(len(self.steps) + 1)
        try:
            step = Step(order, self.limits)
            step.spawn(order, self.null, self.descriptors)
        except OSError as error:
            if step:
                step.abandon()
            said = f"cannot start: {error.strerror}: {os.fsdecode(error.filename or order.path)}"
            self.outbox.send([order.key, NOT_STARTED, False, 0.0, 0, time.time(), said])
            return
        self.steps[step.key] = self.pids[step.pid] = step
        for pipe in step.sinks:
            self.pipes[pipe] = step
            self.poll.register(pipe, select.POLLIN)

    def _pump(self, pipe: int) -> None:
        step = self.pipes[pipe]
        if step.pump(pipe, self.buffer) == 0:
            self._close_pipe(pipe)

    def _close_pipe(self, pipe: int) -> None:
        self.poll.unregister(pipe)
        self.pipes.pop(pipe).close_pipe(pipe)

    def reap(self) -> None:
        """Collect every process that has ended, and kill what it left behind."""
        ended: list[Step] = []
        try:
            while (child := os.wait4(-1, os.WNOHANG))[0]:
                ended += self._collected(*child)
        except ChildProcessError:
            if descent.ADOPTS:
                # nothing descends from here any more: no orphan, and nobody who could still write
                for step in ended:
                    step.linger_until = 0.0
                return
        for step in ended:
            step.signal(signal.SIGKILL)
        self._hunt()

    def _collected(self, pid: int, status: int, usage: "struct_rusage") -> "list[Step]":
        """Take in the end of a process; return the step if it was that of one."""
        if step := self.pids.pop(pid, None):
            step.exited(status, usage)
            return [step]
        if stray := self.strays.pop(pid, None):
            stray.strays.discard(pid)
            stray.add(usage)
        return []

    def _hunt(self) -> None:
        """Look at the children that no request made: orphans of steps, which we inherit."""
        for pid in descent.children(os.getpid()):
            if pid not in self.pids and self.strays.get(pid) is None:
                self.strays[pid] = step = self._owner(pid)
                if step:
                    step.strays.add(pid)
        lost = [pid for pid, step in self.strays.items() if step is None and not self.pids]
        over = [pid for pid, step in self.strays.items() if step and step.code >= 0]
        descent.kill(lost + over, signal.SIGKILL)

    def _owner(self, pid: int) -> Step | None:
        """Return the step that an orphan belongs to: by its session, or by its environment."""
        session, mark = descent.session(pid), descent.mark(pid)
        steps = self.steps.values()
        return next((s for s in steps if s.pid == session or s.mark == mark), None)

    def _act(self) -> None:
        now = time.monotonic()
        for step in list(self.steps.values()):
            step.act(now)
            if step.over(now):
                self._finish(step)

    def _finish(self, step: Step) -> None:
        for pipe in list(step.sinks):
            while step.pump(pipe, self.buffer) == _BUFFER:
                pass
            self._close_pipe(pipe)
        del self.steps[step.key]
        for pid in step.strays:
            self.strays[pid] = None
        usage = [step.cpu, step.memory, step.finished]
        self.outbox.send([step.key, step.code, step.timed_out, *usage, step.note()])

    def _tell(self) -> None:
        self.outbox.flush()
        wanted = select.POLLOUT if self.outbox.waiting else 0
        if wanted != self.wanted:
            self.poll.register(self.outbox.descriptor, wanted)
            self.wanted = wanted

    def end_all(self) -> None:
        """Kill whatever descends from here, until nothing does."""
        deadline = time.monotonic() + _PATIENCE
        for step in self.steps.values():
            step.kill()
        while (found := descent.descendants(os.getpid())) and time.monotonic() < deadline:
            descent.kill(found, signal.SIGSTOP)
            descent.kill(descent.descendants(os.getpid()), signal.SIGKILL)
            _reap_all()
        for step in self.steps.values():
            step.note()
        if self.undo:
            with contextlib.suppress(OSError):
                os.waitpid(os.posix_spawnp(self.undo[0], self.undo, os.environ), 0)


def _reap_all() -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    time.sleep(0.002)


def _wake_on_children() -> int:
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
    return reading


def main(requests: int, events: int, head: int, tail: int, held: bool = False) -> None:
    """Serve the engine at the other ends of two pipes; `held` is there a lock after them."""
    for number in _IGNORED:
        signal.signal(number, signal.SIG_IGN)
    kept = max(requests, events) + held
    os.closerange(kept + 1, os.sysconf("SC_OPEN_MAX"))
    for descriptor in range(min(requests, events), kept + 1):
        os.set_inheritable(descriptor, False)
    descent.adopt_orphans()
    Supervisor(requests, events, (head, tail)).serve()
