"""The queue: pods that wait, run or are to be tried again, bounded by declared cpu and memory."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from argosy.engine import retry
from argosy.engine.failure import EngineError
from argosy.engine.lane import Lane
from argosy.engine.language import EvaluationError, SubstitutionError, substitute
from argosy.engine.language.durations import seconds
from argosy.engine.ledger import Ledger
from argosy.engine.nodes import BAD, Node
from argosy.engine.pods import demand
from argosy.engine.pods.group import Group, Outcome
from argosy.engine.pods.outputs import collect, discard
from argosy.engine.pods.pod import prepare
from argosy.engine.pods.world import World
from argosy.engine.runtime.launch import Ended, Runtime

_TICK = 0.2
_GRACE = 5.0


@dataclass
class Pod:
    """A started pod: its node, the template as it was run, its containers."""

    node: Node
    template: Mapping[str, Any]
    group: Group
    stopped: bool = False


@dataclass
class Job:
    """A leaf template to be run at `node`, attempt after attempt."""

    node: Node
    template: Mapping[str, Any]
    values: dict[str, str]
    artifacts: dict[str, Path]
    attempt: int = 0
    not_before: float = 0.0
    started: float | None = None
    pod: Pod | None = None
    lanes: tuple[Lane, ...] = ()

    @property
    def demand(self) -> tuple[float, float]:
        """The cpu and memory that it asks for."""
        return demand.total(self.template)


class Queue:
    """Starts what fits and ends what has ended; `stopping` counts the signals to stop."""

    def __init__(
        self,
        ledger: Ledger,
        world: World,
        runtime: Runtime,
        capacity: tuple[float, float],
        parallelism: int | None,
    ) -> None:
        self.ledger, self.world, self.runtime = ledger, world, runtime
        self.ended: list[Ended] = []
        self.capacity, self.parallelism = capacity, parallelism
        self.jobs: list[Job] = []
        self.deadline: float | None = None
        self.stopping = self.signal = 0

    def start_ready(self) -> None:
        now = time.monotonic()
        for job in self.jobs:
            if job.pod is None and job.not_before <= now and self._fits(job) and not self.stopping:
                self._start(job)
        for job in list(self.jobs) if self.stopping else ():
            self._cancel(job)

    def _fits(self, job: Job) -> bool:
        running = [other for other in self.jobs if other.pod]
        limit = self.parallelism
        if (limit and len(running) >= limit) or not all(lane.free() for lane in job.lanes):
            return False
        running = [other for other in running if not other.node.daemoned]
        used = [other.demand for other in running]
        cpu, memory = job.demand
        free = (
            self.capacity[0] - sum(c for c, _ in used),
            self.capacity[1] - sum(m for _, m in used),
        )
        return not running or (cpu <= free[0] and memory <= free[1])

    def _start(self, job: Job) -> None:
        job.started = job.started or time.monotonic()
        for lane in job.lanes:
            lane.enter()
        node = job.node
        if node.type == "Retry":
            node = self.ledger.add(
                f"{job.node.name}({job.attempt})", job.node.template, "Pod", "Pending"
            )
            if job.node.phase != "Running":
                self.ledger.enter(job.node, "Running")
        self.ledger.enter(node, "Running")
        template, values = job.template, {**job.values, "retries": str(job.attempt)}
        limits = [template[k] for k in ("timeout", "activeDeadlineSeconds") if k in template]
        timeout = min((seconds(str(text)) for text in limits), default=None)
        try:
            ended = self._launch(job, node, values, timeout)
        except (EngineError, EvaluationError, SubstitutionError, OSError) as error:
            hint = getattr(error, "hint", "")
            self._ended(job, node, "Error", f"{error}{f' ({hint})' if hint else ''}")
            return
        node.daemoned = bool(template.get("daemon"))
        if ended and job.pod:
            self._reap(job, job.pod, ended)

    def _launch(
        self, job: Job, node: Node, values: dict[str, str], timeout: float | None
    ) -> Outcome | None:
        """Start the pod of an attempt; return its outcome when nothing of it could start."""
        values = {**values, "pod.name": node.name}
        template = substitute(job.template, values)
        reads = template.get("script") or "outputs.result" in str(template)
        launches = prepare(
            self.world, node, template, values, job.artifacts, timeout=timeout, result=bool(reads)
        )
        job.pod = Pod(node, template, Group(launches, template))
        return job.pod.group.begin(self.runtime)

    def wait(self) -> None:
        """Sleep until a process ends, a deadline or a back-off passes, or a signal arrives."""
        due = [job.not_before - time.monotonic() for job in self.jobs if job.pod is None]
        self.ended += self.runtime.wait(min([max(pause, 0.0) for pause in due] + [_TICK]))

    def reap(self) -> None:
        expired = self.deadline is not None and time.monotonic() >= self.deadline
        for job in list(self.jobs) if expired else ():
            if job.pod is None:
                self._cancel(job, "Step exceeded its deadline")
            elif not job.pod.stopped:
                job.pod.stopped = True
                job.pod.group.stop(self.runtime, _GRACE)
        ended, self.ended = self.ended, []
        running = {key: job for job in self.jobs if job.pod for key in job.pod.group.keys}
        for each in ended:
            owner = running.get(each.key)
            if owner and owner.pod and (outcome := owner.pod.group.note(each, self.runtime)):
                self._reap(owner, owner.pod, outcome)

    def _reap(self, job: Job, finished: Pod, ended: Outcome) -> None:
        node = finished.node
        node.exit_code = ended.code
        missing = self._collected(finished)
        if ended.timed_out or finished.stopped:
            text = "Pod was active on the node longer than the specified deadline"
            discard(self.world, node)
            self._ended(job, node, "Failed", text)
        elif job.node.daemoned or ended.message:
            self._ended(job, node, "Failed", ended.message)
        else:
            self._ended(job, node, "Error" if missing else "Succeeded", missing)

    def _collected(self, ended: Pod) -> str:
        try:
            return collect(self.world, ended.node, ended.template)
        except OSError as error:
            return f"wait: Error (exit code 64): {error}"

    def _ended(self, job: Job, node: Node, phase: str, message: str) -> None:
        """End an attempt; try again, or end the job with it."""
        self.ledger.enter(node, phase, message)
        job.pod = None
        if node is job.node:
            self.jobs.remove(job)
            return
        strategy = job.template["retryStrategy"]
        refused = self._refused(job, node, strategy) if phase in BAD else message
        if phase in BAD and refused is None:
            job.attempt += 1
            return
        self.jobs.remove(job)
        job.node.parameters, job.node.artifacts = node.parameters, node.artifacts
        job.node.exit_code, job.node.log = node.exit_code, node.log
        self.ledger.enter(job.node, phase, refused or message)

    def _refused(self, job: Job, node: Node, strategy: Mapping[str, Any]) -> str | None:
        """Return why there is no further attempt, as Argo says it; None when there is one."""
        if self.stopping:
            return ""
        backoff = strategy.get("backoff", {})
        pause = seconds(str(backoff.get("duration", "0")))
        pause *= float(backoff.get("factor", 1)) ** job.attempt
        job.not_before = time.monotonic() + pause
        if longest := backoff.get("maxDuration"):
            spent = job.not_before - (job.started or 0.0)
            if spent > seconds(str(longest)):
                return "Backoff would exceed max duration limit"
        return retry.refusal(strategy, node, job.attempt)

    def _cancel(self, job: Job, message: str = "Stopped") -> None:
        node = job.pod.node if job.pod else job.node
        if job.pod:
            node.exit_code = self._stop(job.pod, 0.0 if self.stopping > 1 else _GRACE)
        self.jobs.remove(job)
        for ended in {id(node): node, id(job.node): job.node}.values():
            self.ledger.enter(ended, "Failed", message)

    def release(self, daemons: list[Node]) -> None:
        """End the daemons of a graph that has ended."""
        for job in [job for job in self.jobs if any(job.node is node for node in daemons)]:
            if job.pod:
                self._stop(job.pod, _GRACE)
            self.jobs.remove(job)
            self.ledger.enter(job.node, "Succeeded", "")

    def _stop(self, pod: Pod, grace: float) -> int | None:
        """End a pod and return the exit code of its main container."""
        pod.group.stop(self.runtime, grace)
        while True:
            for each in [e for e in self.ended if e.key in pod.group.keys]:
                self.ended.remove(each)
                if outcome := pod.group.note(each, self.runtime):
                    return outcome.code
            self.ended += self.runtime.wait(_TICK)
            if self.stopping > 1:
                pod.group.stop(self.runtime, 0.0)
