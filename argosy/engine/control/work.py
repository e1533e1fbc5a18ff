"""Pods at work: what waits for room on this machine, what runs, and how it has ended."""

import time
from collections import deque
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from argosy.engine.control import inputs, text, words
from argosy.engine.control.call import Job
from argosy.engine.failure import EngineError
from argosy.engine.nodes import Node, Usage, stopped
from argosy.engine.pods import demand
from argosy.engine.pods.group import Group, Outcome
from argosy.engine.pods.outputs import collect, discard
from argosy.engine.pods.pod import prepare
from argosy.engine.pods.readiness import Probe
from argosy.engine.pods.world import World
from argosy.engine.runtime.launch import Ended, Runtime
from compiler.record import mutable

if TYPE_CHECKING:
    from argosy.engine.control.controller import Controller

Data = Mapping[str, Any]
GRACE = 5.0
OVERDUE = "Pod was active on the node longer than the specified deadline"
_MISFITS = 64  # how many pods that do not fit are looked at before the rest waits
_OVERTAKEN = 16  # how many may start before one that came earlier and does not fit yet


@mutable
class Pod:
    """A pod that waits or runs; `stopped` is why it was ended from here.

    `overtaken` counts those that came later and started before it.
    """

    job: Job
    node: Node
    asked: tuple[float, float]
    template: Data
    group: Group | None = None
    stopped: str = ""
    overtaken: int = 0


class Work:
    """All pods of a run, bounded by the cpu and memory that they ask for, and in number."""

    def __init__(
        self,
        controller: "Controller",
        world: World,
        runtime: Runtime,
        capacity: tuple[float, float],
        limit: int | None,
    ) -> None:
        self._controller, self._world, self._runtime = controller, world, runtime
        self._free = list(capacity)
        self._capacity, self._limit = capacity, limit
        self._waiting: deque[Pod] = deque()
        self._running: dict[str, Pod] = {}
        self._busy = 0

    def add(self, job: Job, node: Node) -> None:
        """Let the pod of a node wait for room."""
        self._waiting.append(Pod(job, node, demand.total(job.body), job.body))

    def start(self) -> None:
        """Start what there is room for, in the order of their coming.

        A pod that needs more room than is free lets smaller ones go first, but not for ever.
        """
        passed: list[Pod] = []
        while self._waiting and len(passed) < _MISFITS and self._open():
            pod = self._waiting.popleft()
            if self._fits(pod):
                self._start(pod)
                for other in passed:
                    other.overtaken += 1
            else:
                passed.append(pod)
                self._controller.ledger.wait(pod.node, self._lack(pod))
            if passed and passed[0].overtaken >= _OVERTAKEN:
                break
        self._waiting.extendleft(reversed(passed))

    @property
    def waits(self) -> bool:
        """Whether a pod waits for room."""
        return bool(self._waiting)

    def wait(self, timeout: float) -> bool:
        """Wait until something has ended, and take it in; return whether something has."""
        found = self._runtime.wait(timeout)
        for ended in found:
            self._note(ended)
        return bool(found)

    def stop(self, why: str, grace: float) -> None:
        """End every pod; those that did not start never will."""
        while self._waiting:
            self._finish(self._waiting.popleft(), "Failed", why)
        for pod in set(self._running.values()):
            pod.stopped = why
            if pod.group:
                pod.group.stop(self._runtime, grace)

    def release(self, node: Node, why: str = "released") -> None:
        """End a daemon, whose work is done, or any other pod for the reason `why`."""
        for pod in set(self._running.values()):
            if pod.node is node and pod.group:
                pod.stopped = why
                pod.group.stop(self._runtime, GRACE)

    @property
    def idle(self) -> bool:
        """Whether no pod runs."""
        return not self._running

    def _open(self) -> bool:
        if self._limit and self._busy >= self._limit:
            return False
        return not self._busy or self._free[0] > 0 or self._free[1] > 0

    def _fits(self, pod: Pod) -> bool:
        return not self._busy or all(a <= f for a, f in zip(pod.asked, self._free))

    def _lack(self, pod: Pod) -> str:
        """Say what a pod waits for."""
        if pod.asked[0] > self._free[0]:
            return f"waits for cpu: {pod.asked[0]:g} of {self._capacity[0]:g}"
        asked, whole = (amount / 2**20 for amount in (pod.asked[1], self._capacity[1]))
        return f"waits for memory: {asked:.0f} of {whole:.0f} MiB"

    def _start(self, pod: Pod) -> None:
        job, node = pod.job, pod.node
        node.message = ""
        self._take(pod, 1)
        self._controller.enter(job.call, "Running")
        try:
            pod.template = inputs.in_pod(job, self._controller.values)
            if job.tagged:
                self._controller.refuse_text(text.body(job.body), pod.template, job.scope)
            begun = self._launch(pod)
        except EngineError as error:
            self._take(pod, -1)
            hint = f" ({error.hint})" if error.hint else ""
            if str(error).startswith("init:"):
                self._controller.enter(job.call, "Error", error.message)
            else:
                self._controller.refuse(job.call, f"{error.message}{hint}")
            return
        except OSError as error:
            self._take(pod, -1)
            self._controller.refuse(job.call, str(error))
            return
        for key in pod.group.keys if pod.group else ():
            self._running[key] = pod
        if begun:
            self._ended(pod, begun)
        elif pod.template.get("daemon"):
            Probe(pod.template).watch(self._controller.timers.later, lambda: self._ready(pod))
        del node

    def _launch(self, pod: Pod) -> Outcome | None:
        job, template = pod.job, pod.template
        timeout = _limit(template, job)
        values = {key: str(job.scope[key]) for key in ("pod.name",) if key in job.scope}
        values["node.id"] = self._controller.node_id(pod.node.name)
        launches = prepare(
            self._world,
            pod.node,
            template,
            values,
            job.artifacts,
            timeout=timeout,
            result=self._controller.reads_result(job.call),
        )
        pod.group = Group(launches, template)
        return pod.group.begin(self._runtime)

    def _ready(self, pod: Pod) -> None:
        if not pod.node.done and not pod.node.daemoned:
            pod.node.daemoned = True
            self._controller.daemons.append(pod.node)
            self._take(pod, -1)
            self._controller.enter(pod.job.call, "Running")

    def _take(self, pod: Pod, count: int) -> None:
        self._busy += count
        for index, asked in enumerate(pod.asked):
            self._free[index] -= asked * count

    def _note(self, ended: Ended) -> None:
        pod = self._running.get(ended.key)
        if pod is None or pod.group is None:
            return
        outcome = pod.group.note(ended, self._runtime)
        if outcome is not None:
            self._ended(pod, outcome)

    def _ended(self, pod: Pod, outcome: Outcome) -> None:
        for key in pod.group.keys if pod.group else ():
            self._running.pop(key, None)
        node = pod.node
        if not node.daemoned:
            self._take(pod, -1)
        node.exit_code = outcome.code
        node.usage = Usage(outcome.usage.cpu, outcome.usage.memory)
        missing = self._collected(pod)
        self._members(pod, outcome)
        if pod.stopped == "released":
            node.exit_code, node.daemoned = None, False
            self._finish(pod, "Succeeded", "")
        elif outcome.timed_out or pod.stopped:
            if stopped(pod.stopped):
                node.exit_code = None
            discard(self._world, node)
            self._finish(pod, "Failed", pod.stopped or OVERDUE)
        elif outcome.message or node.daemoned:
            node.daemoned = False
            self._finish(pod, "Failed", outcome.message)
        else:
            self._finish(pod, "Error" if missing else "Succeeded", missing)

    def _collected(self, pod: Pod) -> str:
        try:
            told = self._controller.reads_result(pod.job.call)
            return collect(self._world, pod.node, pod.template, result=told)
        except OSError as error:
            return f"wait: Error (exit code 64): {error}"

    def _members(self, pod: Pod, outcome: Outcome) -> None:
        for name, (phase, message, _code) in outcome.members.items():
            self._controller.member(pod.node, name, phase, message)

    def _finish(self, pod: Pod, phase: str, message: str) -> None:
        self._controller.enter(pod.job.call, phase, message)


def _limit(template: Data, job: Job) -> float | None:
    """Return how many seconds the pod has; raise `EngineError` for what is no duration."""
    del job
    limits = []
    if template.get("timeout"):
        try:
            limits.append(words.go_duration(str(template["timeout"])))
        except EngineError as error:
            raise EngineError(f"invalid timeout format. {error}") from None
    if template.get("activeDeadlineSeconds") is not None:
        limits.append(float(words.seconds(template["activeDeadlineSeconds"])))
    return min(limits, default=None)


def now() -> float:
    """Return the time by the clock that only goes forward."""
    return time.monotonic()
