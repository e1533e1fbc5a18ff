"""The run: a ready queue over the graph, bounded by declared cpu and memory, to its end."""

import json
import os
import secrets
import select
import signal
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from argosy.engine import depends, graph, pod, quantity
from argosy.engine.expression import EvaluationError
from argosy.engine.failure import EngineError
from argosy.engine.graph import Graph
from argosy.engine.manifests import Manifests
from argosy.engine.nodes import BAD, Event, Node, Run
from argosy.engine.pod import Pod, World
from argosy.engine.process import guard
from argosy.engine.state import State
from argosy.engine.substitute import condition, substitute

_TICK = 0.2
_GRACE = 5.0


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

    @property
    def demand(self) -> tuple[float, float]:
        """The cpu and memory that it asks for."""
        return quantity.demand(self.template.get("container") or self.template["script"])


def machine() -> tuple[float, float]:
    """Return the cpu (cores) and memory (bytes) of this machine."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return float(cores or 1), float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))


def run(
    manifests: Manifests,
    *,
    name: str = "",
    parameters: Mapping[str, str],
    folder: Path,
    environment: Mapping[str, str],
    on_event: Callable[[Event], None],
    capacity: tuple[float, float] | None = None,
) -> Run:
    """Run `manifests` to its end below `folder`; raise `EngineError` when it cannot start."""
    name = name or f"{manifests.name}-{secrets.token_hex(3)[:5]}"
    place = folder / "runs" / name
    try:
        place.mkdir(parents=True)
    except FileExistsError:
        raise EngineError(f"a run called `{name}` exists", "choose another --name") from None
    except OSError as error:
        raise EngineError(f"{place} cannot be made: {error.strerror}") from None
    with State(folder / "runs.db") as state:
        engine = Engine(
            manifests, name, place, parameters, environment, on_event, state, capacity or machine()
        )
        return engine.run(folder / "secrets")


class Engine:
    """Executes one workflow; a single thread starts processes and waits for them."""

    def __init__(
        self,
        manifests: Manifests,
        name: str,
        place: Path,
        parameters: Mapping[str, str],
        environment: Mapping[str, str],
        on_event: Callable[[Event], None],
        state: State,
        capacity: tuple[float, float],
    ) -> None:
        self.manifests, self.name, self.place = manifests, name, place
        self.environment, self.on_event, self.state = environment, on_event, state
        self.capacity = capacity
        self.uid = str(uuid.uuid4())
        self.templates = {t["name"]: t for t in manifests.spec["templates"]}
        self.values = self._values(parameters)
        self.nodes: dict[str, Node] = {}
        self.graphs: list[Graph] = []
        self.jobs: list[Job] = []
        self.stopping = 0
        self.deadline: float | None = None

    def _values(self, parameters: Mapping[str, str]) -> dict[str, str]:
        declared = self.manifests.spec.get("arguments", {}).get("parameters", [])
        values = {
            "workflow.name": self.name,
            "workflow.uid": self.uid,
            "workflow.namespace": self.manifests.namespace,
            "workflow.status": "Running",
            "workflow.serviceAccountName": self.manifests.spec.get("serviceAccountName", "default"),
            "workflow.creationTimestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        }
        for parameter in declared:
            text = parameters.get(parameter["name"], parameter.get("value"))
            if text is None:
                raise EngineError(
                    f"parameter `{parameter['name']}` has no value",
                    f"give it one: -p {parameter['name']}=…",
                )
            values[f"workflow.parameters.{parameter['name']}"] = str(text)
        return values

    def run(self, secrets_folder: Path) -> Run:
        """Run the entrypoint, then the exit handler."""
        started = time.time()
        spec = self.manifests.spec
        if "activeDeadlineSeconds" in spec:
            self.deadline = time.monotonic() + spec["activeDeadlineSeconds"]
        self.world = World(
            self.uid,
            self.place,
            secrets_folder,
            {v["name"]: v for v in spec.get("volumes", ())},
            self.manifests.config_maps,
            self.values,
            self.environment,
        )
        self.state.start(self.name, self.uid, self.manifests.name, started)
        guardian, handlers = guard(self.uid), self._catch()
        try:
            root = self._loop(self.name, spec["entrypoint"])
            self._finish_values(root)
            if spec.get("onExit") and self.stopping < 2:
                self.deadline, interrupted = None, self.stopping
                self.stopping = 0
                self._loop(f"{self.name}.onExit", spec["onExit"])
                self.stopping = max(interrupted, self.stopping)
        finally:
            self._end_all()
            for number, handler in handlers.items():
                signal.signal(number, handler)
            if guardian.stdin:
                guardian.stdin.close()
            guardian.wait()
        phase = root.phase
        exit_node = self.nodes.get(f"{self.name}.onExit")
        if exit_node and exit_node.phase in BAD and phase == "Succeeded":
            phase = exit_node.phase
        finished = time.time()
        self.state.finish(self.uid, phase, finished)
        return Run(
            self.name,
            self.uid,
            phase,
            root.message,
            tuple(self.nodes.values()),
            started,
            finished,
            self.place,
            bool(self.stopping),
        )

    def _catch(self) -> dict[int, Any]:
        def stop(_number: int, _frame: object) -> None:
            self.stopping += 1

        return {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}

    def _finish_values(self, root: Node) -> None:
        failures = [
            {
                "displayName": n.display_name,
                "message": n.message,
                "templateName": n.template,
                "phase": n.phase,
                "podName": n.name,
                "finishedAt": _timestamp(n.finished),
            }
            for n in self.nodes.values()
            if n.phase in BAD
        ]
        self.values["workflow.status"] = root.phase
        self.values["workflow.failures"] = json.dumps(json.dumps(failures) if failures else "null")

    def _loop(self, name: str, template: str) -> Node:
        """Run `template` as node `name` to its end."""
        root = self._invoke(name, template, dict(self.values), {})
        while not root.done:
            self._advance()
            if root.done:
                break
            self._start_ready()
            self._wait()
            self._reap()
        return root

    def _invoke(
        self, name: str, template_name: str, values: dict[str, str], artifacts: dict[str, Path]
    ) -> Node:
        """Make the node of a template: a graph for a DAG, else a job in the queue."""
        template = self.templates.get(template_name)
        if template is None:
            raise EngineError(f"template `{template_name}` is not in the manifest")
        values = {**values, **self._inputs(template, values)}
        if "dag" in template:
            node = self._node(name, template_name, "DAG", "Running")
            self.graphs.append(Graph(node, template, values, artifacts))
            return node
        kind = "Retry" if "retryStrategy" in template else "Pod"
        node = self._node(name, template_name, kind, "Pending")
        self.jobs.append(Job(node, template, values, artifacts))
        return node

    def _inputs(self, template: Mapping[str, Any], values: Mapping[str, str]) -> dict[str, str]:
        found = {}
        for parameter in template.get("inputs", {}).get("parameters", ()):
            key = f"inputs.parameters.{parameter['name']}"
            text = values.get(key, parameter.get("value", parameter.get("default")))
            if text is None:
                raise EngineError(
                    f"template `{template['name']}` lacks input `{parameter['name']}`"
                )
            found[key] = text
        return found

    def _node(self, name: str, template: str, kind: str, phase: str, message: str = "") -> Node:
        node = Node(name, template, kind, message=message)
        self.nodes[name] = node
        self._enter(node, phase)
        return node

    def _enter(self, node: Node, phase: str, message: str = "") -> None:
        """Move a node to `phase`, tell it and store it."""
        now = time.time()
        node.phase, node.message = phase, message or node.message
        if phase == "Running" or node.done:
            node.started = node.started or now
        if node.done:
            node.finished = now
        self.state.record(self.uid, node)
        self.on_event(Event(now, node, phase))

    def _advance(self) -> None:
        """Start, skip or omit tasks, and end graphs, until nothing changes."""
        changed = True
        while changed:
            changed = False
            for current in list(self.graphs):
                changed |= self._close_groups(current)
                for task in [] if self.stopping else current.waiting():
                    self._begin(current, task)
                    changed = True
                ended = all(t["name"] in current.nodes for t in current.tasks) or self.stopping
                if ended and all(node.done for node in current.nodes.values()):
                    self.graphs.remove(current)
                    phase = "Failed" if self.stopping else current.phase()
                    message = "Stopped" if self.stopping else ""
                    self._enter(current.node, phase, message)
                    changed = True

    def _close_groups(self, current: Graph) -> bool:
        changed = False
        for name, members in current.groups.items():
            group = current.nodes[name]
            if not group.done and all(member.done for member in members):
                graph.gather(group, members)
                self._enter(group, group.phase)
                changed = True
        return changed

    def _begin(self, current: Graph, task: Mapping[str, Any]) -> None:
        name = f"{current.node.name}.{task['name']}"
        try:
            if not depends.holds(depends.text(task), current.nodes, current.groups):
                text = "omitted: depends condition not met"
                node = self._node(name, task["template"], "Skipped", "Omitted", text)
                current.nodes[task["name"]] = node
                return
            fan = graph.items(task, current.scope())
            if fan is None:
                current.nodes[task["name"]] = self._task(current, task, name, {})
            else:
                self._fan_out(current, task, name, fan)
        except (EngineError, EvaluationError) as error:
            node = self._node(name, task["template"], "Skipped", "Pending")
            self._enter(node, "Error", str(error))
            current.nodes[task["name"]] = node

    def _task(
        self, current: Graph, task: Mapping[str, Any], name: str, item: dict[str, str]
    ) -> Node:
        if "when" in task:
            proceeds, shown = condition(task["when"], {**current.scope(), **item})
            if not proceeds:
                text = f"when '{shown}' evaluated false"
                return self._node(name, task["template"], "Skipped", "Skipped", text)
        parameters, artifacts = current.arguments(task, item)
        inputs = {f"inputs.parameters.{key}": value for key, value in parameters.items()}
        return self._invoke(name, task["template"], {**self.values, **inputs}, artifacts)

    def _fan_out(self, current: Graph, task: Mapping[str, Any], name: str, fan: list[Any]) -> None:
        kind, phase = ("TaskGroup", "Running") if fan else ("Skipped", "Skipped")
        message = "" if fan else "Skipped, empty params"
        group = self._node(name, task["template"], kind, phase, message)
        current.nodes[task["name"]] = group
        if not fan:
            return
        current.groups[task["name"]] = [
            self._task(
                current,
                substitute(task, graph.item_values(item)),
                f"{name}({graph.item_name(index, item)})",
                graph.item_values(item),
            )
            for index, item in enumerate(fan)
        ]

    def _start_ready(self) -> None:
        now = time.monotonic()
        for job in self.jobs:
            if job.pod is None and job.not_before <= now and self._fits(job) and not self.stopping:
                self._start(job)
        for job in list(self.jobs) if self.stopping else ():
            self._cancel(job)

    def _fits(self, job: Job) -> bool:
        running = [other for other in self.jobs if other.pod]
        limit = self.manifests.spec.get("parallelism")
        if limit and len(running) >= limit:
            return False
        used = [other.demand for other in running]
        cpu, memory = job.demand
        free = (
            self.capacity[0] - sum(c for c, _ in used),
            self.capacity[1] - sum(m for _, m in used),
        )
        return not running or (cpu <= free[0] and memory <= free[1])

    def _start(self, job: Job) -> None:
        job.started = job.started or time.monotonic()
        node = job.node
        if node.type == "Retry":
            node = self._node(
                f"{job.node.name}({job.attempt})", job.node.template, "Pod", "Pending"
            )
            if job.node.phase != "Running":
                self._enter(job.node, "Running")
        self._enter(node, "Running")
        template, values = job.template, {**job.values, "retries": str(job.attempt)}
        limits = [template[k] for k in ("timeout", "activeDeadlineSeconds") if k in template]
        timeout = min((quantity.seconds(str(text)) for text in limits), default=None)
        try:
            job.pod = pod.launch(self.world, node, template, values, job.artifacts, timeout)
        except (EngineError, EvaluationError, OSError) as error:
            hint = getattr(error, "hint", "")
            self._ended(job, node, "Error", f"{error}{f' ({hint})' if hint else ''}")
            return
        if job.pod.process is None:
            self._ended(job, node, "Error", node.message)

    def _wait(self) -> None:
        """Sleep until a process ends, a deadline or a back-off passes, or a signal arrives."""
        running = [job.pod.process for job in self.jobs if job.pod and job.pod.process]
        if not running:
            due = min((job.not_before for job in self.jobs), default=0.0) - time.monotonic()
            time.sleep(min(max(due, 0.0), _TICK))
            return
        poller, handles = select.poll(), []
        for process in running:
            try:
                handles.append(os.pidfd_open(process.popen.pid))
            except (OSError, AttributeError):
                continue
            poller.register(handles[-1], select.POLLIN)
        try:
            poller.poll(_TICK * 1000 if handles else 20)
        finally:
            for handle in handles:
                os.close(handle)

    def _reap(self) -> None:
        expired = self.deadline is not None and time.monotonic() >= self.deadline
        for job in list(self.jobs):
            if job.pod is None or job.pod.process is None:
                if expired and job.pod is None:
                    self._cancel(job, "Step exceeded its deadline")
                continue
            process, node = job.pod.process, job.pod.node
            if expired and not process.timed_out:
                process.deadline = 0.0
            process.expire()
            code = process.poll()
            if code is None:
                continue
            process.sweep()
            node.exit_code = code
            if process.timed_out:
                text = "Pod was active on the node longer than the specified deadline"
                self._ended(job, node, "Failed", text)
            elif code:
                self._ended(job, node, "Failed", f"main: Error (exit code {code})")
            else:
                missing = self._collected(job.pod)
                self._ended(job, node, "Error" if missing else "Succeeded", missing)

    def _collected(self, ended: Pod) -> str:
        try:
            return pod.collect(self.world, ended)
        except OSError as error:
            return f"wait: Error (exit code 64): {error}"

    def _ended(self, job: Job, node: Node, phase: str, message: str) -> None:
        """End an attempt; try again, or end the job with it."""
        self._enter(node, phase, message)
        job.pod = None
        if node is job.node:
            self.jobs.remove(job)
            return
        strategy = job.template["retryStrategy"]
        again = phase in BAD and not self.stopping and self._retries(job, strategy, phase)
        if again:
            job.attempt += 1
            return
        self.jobs.remove(job)
        job.node.parameters, job.node.artifacts = node.parameters, node.artifacts
        job.node.exit_code, job.node.log = node.exit_code, node.log
        gave_up = phase in BAD and job.attempt > 0
        self._enter(job.node, phase, "No more retries left" if gave_up else message)

    def _retries(self, job: Job, strategy: Mapping[str, Any], phase: str) -> bool:
        policy = strategy.get("retryPolicy", "OnFailure")
        wanted = {"Always": BAD, "OnFailure": ("Failed",), "OnError": ("Error",)}.get(policy, BAD)
        if phase not in wanted or job.attempt >= int(strategy.get("limit", 2**31)):
            return False
        backoff = strategy.get("backoff", {})
        pause = quantity.seconds(str(backoff.get("duration", "0")))
        pause *= float(backoff.get("factor", 1)) ** job.attempt
        job.not_before = time.monotonic() + pause
        longest = backoff.get("maxDuration")
        spent = job.not_before - (job.started or 0.0)
        return longest is None or spent <= quantity.seconds(str(longest))

    def _cancel(self, job: Job, message: str = "Stopped") -> None:
        node = job.pod.node if job.pod else job.node
        if job.pod and job.pod.process:
            job.pod.process.stop(0.0 if self.stopping > 1 else _GRACE)
            node.exit_code = job.pod.process.poll()
        self.jobs.remove(job)
        for ended in {id(node): node, id(job.node): job.node}.values():
            self._enter(ended, "Failed", message)

    def _end_all(self) -> None:
        for job in self.jobs:
            if job.pod and job.pod.process:
                job.pod.process.stop(0.0)


def _timestamp(at: float | None) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at)) if at else ""
