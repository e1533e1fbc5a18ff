"""What ends a run before its time: a person, a signal, its deadline, `shutdown` in its manifest."""

import time
from typing import TYPE_CHECKING

from argosy.engine.control.work import GRACE
from argosy.engine.nodes import SHUTDOWN, STOPPED

if TYPE_CHECKING:
    from argosy.engine.control.controller import Controller

_EVERY = 0.05  # seconds between two looks at what other processes ask for
LATE = "Step exceeded its deadline"


class Ending:
    """How often somebody `asked` for an end: once gently, twice at once.

    `late` says why nothing may start any more: its time is over, or a hook of it is broken.

    `given` is what the manifest says, under which no pod starts at all.
    """

    def __init__(self, controller: "Controller", given: str) -> None:
        self._controller, self.given = controller, given
        self.asked = self.signal = self._heeded = 0
        self._hears_at = 0.0
        self.late = ""

    @property
    def strategy(self) -> str:
        """Argo's word for the end that is asked for; empty for none."""
        return self.given or ("", "Stop", "Terminate")[min(self.asked, 2)]

    @property
    def said(self) -> str:
        """What the controller says of the run, and of what waits in it."""
        return f"{STOPPED} '{self.strategy}'"

    @property
    def unborn(self) -> str:
        """What it says of a pod that it does not make."""
        return f"{SHUTDOWN}: {self.strategy}"

    def interrupt(self, number: int) -> None:
        """Take in a signal."""
        self.asked, self.signal = self.asked + 1, number

    def look(self) -> None:
        """Do what other processes have asked for."""
        if time.monotonic() >= self._hears_at:
            self._hear()
            self._hears_at = time.monotonic() + _EVERY
        if self.asked > self._heeded:
            self._heeded = self.asked
            # Argo's two blanks
            end = f"{SHUTDOWN}:  {self.strategy}"
            self._end(end, self.said, 0.0 if self.asked > 1 else GRACE)

    def _hear(self) -> None:
        controller = self._controller
        for request in controller.ledger.journal.requests():
            if request.kind in ("approve", "reject"):
                yes = request.kind == "approve"
                controller.pauses.answer(request.node, request.parameters, yes=yes)
            elif request.kind == "stop":
                self.asked = max(self.asked, 1)
            elif request.kind == "terminate":
                self.asked = 2

    def expire(self) -> None:
        """The time of the whole is over: what runs ends, what waits never starts."""
        self.fail(LATE)

    def fail(self, why: str) -> None:
        """What runs ends for a reason, what waits never starts."""
        self.late = why
        self._end(why, why, GRACE)

    def rest(self) -> int:
        """Let the exit handler run as if nobody had asked; return how often they did."""
        asked, self.asked, self._heeded = self.asked, 0, 0
        self.late = self.given = ""
        return asked

    def _end(self, pods: str, pauses: str, grace: float) -> None:
        controller = self._controller
        controller.work.stop(pods, grace)
        controller.pauses.reject(pauses)
        controller.locks.abandon()
        controller.timers.hurry()
