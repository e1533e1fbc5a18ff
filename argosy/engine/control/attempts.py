"""`retryStrategy`: one attempt after the other (Argo's processNodeRetries)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from argosy.engine.control import inputs, words
from argosy.engine.control.call import Call, Job
from argosy.engine.control.results import Kin
from argosy.engine.failure import EngineError
from argosy.engine.language import EvaluationError, Layers
from argosy.engine.nodes import BAD, Node
from argosy.engine.retry import counts, refusal
from compiler.record import replace

if TYPE_CHECKING:
    from argosy.engine.control.controller import Controller

Data = Mapping[str, Any]


class Attempts:
    """The attempts at one call; they stand in the frame of the call itself."""

    def __init__(
        self, controller: "Controller", call: Call, job: Job, node: Node, strategy: Data
    ) -> None:
        self._controller, self._call, self._job, self._node = controller, call, job, node
        self._kin = controller.kin.setdefault(node.name, Kin())
        self._strategy: Data = inputs.replaced(strategy, job)

    def begin(self) -> None:
        """Begin the next attempt."""
        if self._call.barred:
            return
        number, job = len(self._kin.attempts), self._job
        self._controller.ledger.wait(self._node, "")
        name = f"{self._call.name}({number})"
        last = self._kin.attempts[-1] if self._kin.attempts else None
        values = {"retries": str(number), **_last(last)}
        call = replace(self._call, name=name, owner=self, node=None, gated=None, ended=False)
        local = {"node.name": name, **self._controller.pod_name(name, job.body)}
        attempt = replace(
            job,
            call=call,
            name=name,
            outer=Layers(job.outer, local, values),
            scope=Layers(job.scope, local, values),
        )
        call.node = self._controller.adopted(name)
        if call.node is not None:
            self._controller.turns.append(lambda: self.entered(call))
        else:
            self._controller.start(attempt)
        if call.node is not None:
            call.node.attempt = number
            self._kin.attempts.append(call.node)

    def entered(self, call: Call) -> None:
        """An attempt went on; see `Owner`."""
        node = call.node
        if node is None:
            return
        if node.daemoned and not self._node.daemoned:
            self._node.daemoned = True
            self._controller.enter(self._call, "Running")
        if node.done:
            self._judge(node)

    def refused(self, call: Call, error: str) -> None:
        """An attempt could not be started; see `Owner`."""
        if not counts(self._strategy, "Error"):
            self._controller.refuse(self._call, error)
        elif call.node is not None:
            self._judge(call.node)

    def _judge(self, node: Node) -> None:
        ending = self._controller.ending
        if node.phase not in BAD or ending.strategy:
            self._end(node, ending.said if node.phase in BAD else node.message)
            return
        try:
            pause = self._pause(node)
            why = pause if isinstance(pause, str) else self._refusal(node)
        except EngineError as error:
            self._controller.refuse(self._call, str(error))
            return
        if why is not None:
            self._end(node, why)
        elif isinstance(pause, float) and pause > 0:
            self._controller.ledger.wait(self._node, f"Backoff for {pause:g} seconds")
            self._controller.timers.later(pause, self.begin, hasty=True)
        else:
            self._controller.turns.append(self.begin)

    def _end(self, last: Node, message: str) -> None:
        for field in ("parameters", "artifacts", "result", "exit_code", "log"):
            setattr(self._node, field, getattr(last, field))
        self._node.daemoned = False
        self._controller.enter(self._call, last.phase, message)

    def _refusal(self, node: Node) -> str | None:
        limit = self._strategy.get("limit")
        strategy = {k: v for k, v in self._strategy.items() if k != "limit"}
        if limit is not None:
            strategy["limit"] = whole(limit)
        try:
            return refusal(strategy, node, len(self._kin.attempts) - 1)
        except EvaluationError as error:
            raise EngineError(str(error)) from None

    def _pause(self, node: Node) -> float | str:
        """Return how long to wait before the next attempt, or why there is none."""
        backoff = self._strategy.get("backoff")
        if not backoff:
            return 0.0
        if not backoff.get("duration"):
            raise EngineError("no base duration specified for retryStrategy")
        pause = words.seconds(backoff["duration"])
        if backoff.get("factor") is not None:
            pause *= float(whole(backoff["factor"])) ** (len(self._kin.attempts) - 1)
        if backoff.get("cap"):
            pause = min(pause, words.seconds(backoff["cap"]))
        if longest := backoff.get("maxDuration"):
            spent = (node.finished or 0.0) - (self._kin.attempts[0].started or 0.0)
            if spent > words.seconds(longest):
                return "Max duration limit exceeded"
            if spent + pause > words.seconds(longest):
                return "Backoff would exceed max duration limit"
        return pause


def whole(value: Any) -> int:
    """Return a whole number (Argo's intstr.Int32); raise `EngineError`."""
    try:
        return int(str(value))
    except ValueError:
        raise EngineError(f"value '{value}' cannot be resolved to an int") from None


def _last(node: Node | None) -> dict[str, str]:
    if node is None:
        return {
            "lastRetry.exitCode": "0",
            "lastRetry.status": "",
            "lastRetry.duration": "0",
            "lastRetry.message": "",
        }
    code = "-1" if node.exit_code is None else str(node.exit_code)
    duration = int((node.finished or 0.0) - (node.started or 0.0))
    return {
        "lastRetry.exitCode": code,
        "lastRetry.status": node.phase,
        "lastRetry.duration": str(duration),
        "lastRetry.message": node.message,
    }
