"""The run: a ready queue over the graph, bounded by declared cpu and memory, to its end."""

import json
import secrets
import signal
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from argosy.engine import arguments, fields, graph, journal
from argosy.engine.adoption import Known
from argosy.engine.clock import Clock
from argosy.engine.failure import EngineError
from argosy.engine.graph import Graph
from argosy.engine.language import (
    EvaluationError,
    SubstitutionError,
    condition,
    depends,
    holds,
    substitute,
)
from argosy.engine.ledger import Ledger
from argosy.engine.manifests import Bundle
from argosy.engine.manifests.admission import admit
from argosy.engine.nodes import BAD, Event, Node, Run
from argosy.engine.opening import describe, machine
from argosy.engine.pods.volumes import of_workflow
from argosy.engine.pods.world import World
from argosy.engine.queue import Job, Queue
from argosy.engine.runtime import choice


def run(
    manifests: Bundle,
    *,
    name: str = "",
    parameters: Mapping[str, str],
    folder: Path,
    environment: Mapping[str, str],
    on_event: Callable[[Event], None],
    capacity: tuple[float, float] | None = None,
    as_argo: bool = False,
    runtime: choice.Kind = "process",
    kube_context: str = "",
    known: Mapping[str, Node] | None = None,
    again: bool = False,
    workspace: str = "",
    options: Mapping[str, Any] | None = None,
) -> Run:
    """Run `manifests` to its end below `folder`; raise `EngineError` when it cannot start.

    `runtime` is one of `choice.KINDS`. Nodes that are `known` by their names are taken as they
    ended. `again` goes on with the run `name`, which has no engine. `workspace` names the
    environment, `options` are kept as they are.
    """
    fields.refuse_unsupported(manifests.spec)
    choices: dict[str, Any] = {"as_argo": as_argo, "kube_context": kube_context}
    manifests = admit(manifests, parameters, runtime=runtime, **choices).bundle
    name = name or f"{manifests.name}-{secrets.token_hex(3)[:5]}"
    clock = Clock()
    described = describe(
        manifests, name, parameters, tuple(sorted(environment)), clock.now(), workspace, options
    )
    values = arguments.resolve(manifests, parameters, name, described.uid)
    opening = journal.reopen(folder, name) if again else journal.create(folder, described)
    with opening as opened:
        uid = opened.description.uid
        values = {**values, "workflow.uid": uid}
        place, secret, maps = opened.folder, folder / "secrets", manifests.config_maps
        more: dict[str, Any] = {"name": name, "runtime": runtime, "kube_context": kube_context}
        more |= {"namespace": manifests.namespace, "secret_objects": manifests.secrets}
        more["faults"] = manifests.faults
        volumes = of_workflow(manifests.spec, place, name)
        world = World(uid, place, secret, volumes, maps, values, environment, **more)
        ledger = Ledger(opened, clock, on_event)
        limit = manifests.spec.get("parallelism") or graph.width(manifests.spec)
        begun = choice.opened(runtime, uid, folder)
        queue = Queue(ledger, world, begun, capacity or machine(), limit)
        return Engine(manifests, name, world, ledger, queue, Known(known or {})).run()


class Engine:
    """Executes one workflow; a single thread starts processes and waits for them."""

    def __init__(
        self,
        manifests: Bundle,
        name: str,
        world: World,
        ledger: Ledger,
        queue: Queue,
        known: Known,
    ) -> None:
        self.manifests, self.name, self.known = manifests, name, known
        self.world, self.ledger, self.queue = world, ledger, queue
        self.values = dict(world.values)
        # a cache key is evaluated nowhere else than where there is a cache
        self.templates = {
            t["name"]: {key: value for key, value in t.items() if key != "memoize"}
            for t in manifests.spec["templates"]
        }
        self.graphs: list[Graph] = []

    def run(self) -> Run:
        """Run the entrypoint, then the exit handler."""
        clock, spec, uid = self.ledger.clock, self.manifests.spec, self.world.uid
        started, opened = self.ledger.journal.description.started, self.ledger.journal
        if "activeDeadlineSeconds" in spec:
            self.queue.deadline = time.monotonic() + spec["activeDeadlineSeconds"]
        handlers = self._catch()
        try:
            root = self._loop(self.name, spec["entrypoint"])
            self._finish_values(root)
            phase, stopped = self._exit(root), bool(self.queue.stopping)
        finally:
            self.queue.runtime.close()
            for number, handler in handlers.items():
                signal.signal(number, handler)
        finished = clock.now()
        opened.finish(phase, root.message, finished)
        nodes = tuple(self.ledger.nodes.values())
        return Run(
            self.name,
            uid,
            phase,
            root.message,
            nodes,
            started,
            finished,
            self.world.folder,
            stopped,
            self.queue.signal,
        )

    def _exit(self, root: Node) -> str:
        """Run the exit handler; return the phase of the whole."""
        handler = self.manifests.spec.get("onExit")
        if not handler or self.queue.stopping > 1:
            return root.phase
        stopped, self.queue.stopping, self.queue.deadline = self.queue.stopping, 0, None
        ended = self._loop(f"{self.name}.onExit", handler)
        self.queue.stopping = max(stopped, self.queue.stopping)
        return ended.phase if ended.phase in BAD and root.phase == "Succeeded" else root.phase

    def _catch(self) -> dict[int, Any]:
        def stop(number: int, _frame: object) -> None:
            self.queue.stopping, self.queue.signal = self.queue.stopping + 1, number

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
            for n in self.ledger.nodes.values()
            if n.phase in BAD
        ]
        self.values["workflow.status"] = root.phase
        self.values["workflow.duration"] = f"{(root.finished or 0.0) - (root.started or 0.0):.6f}"
        self.values["workflow.failures"] = json.dumps(json.dumps(failures) if failures else "null")

    def _loop(self, name: str, template: str) -> Node:
        """Run `template` as node `name` to its end."""
        root = self._invoke(name, template, dict(self.values), {})
        while not root.done:
            self._advance()
            if root.done:
                break
            # what has ended is on record before anything that depends on it starts
            self.ledger.journal.flush()
            for request in self.ledger.journal.requests():
                self.queue.stopping += {"stop": 1, "terminate": 2}.get(request.kind, 0)
            self.queue.start_ready()
            self.queue.wait()
            self.queue.reap()
        return root

    def _invoke(
        self,
        name: str,
        template_name: str,
        values: dict[str, str],
        artifacts: dict[str, Path],
        within: Graph | None = None,
    ) -> Node:
        """Make the node of a template: a graph for a DAG, else a job in the queue."""
        template = self.templates.get(template_name)
        if template is None:
            raise EngineError(f"template `{template_name}` is not in the manifest")
        values = {**values, **self._inputs(template, values)}
        if "dag" in template:
            node = self.ledger.add(name, template_name, "DAG", "Running")
            lanes = within.lanes_of(node) if within else ()
            self.graphs.append(Graph(node, template, values, artifacts, lanes=lanes))
            return node
        if "steps" in template:
            return self.ledger.add(name, template_name, "Steps", "Succeeded")
        if (adopted := self._adopted(name)) is not None:
            return adopted
        kind = "Retry" if "retryStrategy" in template else "Pod"
        node = self.ledger.add(name, template_name, kind, "Pending")
        lanes = within.lanes_of(node) if within else ()
        self.queue.jobs.append(Job(node, template, values, artifacts, lanes=lanes))
        return node

    def _adopted(self, name: str) -> Node | None:
        """Return the node of this name as it ended before; None when it has to run."""
        for node in self.known.take(name):
            self.ledger.adopt(node)
        return self.ledger.nodes.get(name)

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

    def _advance(self) -> None:
        """Start, skip or omit tasks, and end graphs, until nothing changes."""
        changed = True
        while changed:
            changed = False
            for current in list(self.graphs):
                changed |= self._close_groups(current)
                for task in [] if self.queue.stopping else current.waiting():
                    self._begin(current, task)
                    changed = True
                ended = (
                    all(t["name"] in current.nodes for t in current.tasks) or self.queue.stopping
                )
                if ended and all(node.waited for node in current.nodes.values()):
                    self.graphs.remove(current)
                    self.queue.release([node for node in current.nodes.values() if node.daemoned])
                    self._end(current)
                    changed = True

    def _end(self, ended: Graph) -> None:
        """Give a DAG its phase, and what it puts out if it went well."""
        if self.queue.stopping:
            self.ledger.enter(ended.node, "Failed", "Stopped")
            return
        phase, message = ended.phase(), ""
        if phase == "Succeeded":
            try:
                ended.node.parameters, ended.node.artifacts = ended.outputs()
            except (EngineError, EvaluationError, SubstitutionError) as error:
                phase, message = "Error", str(error)
        self.ledger.enter(ended.node, phase, message)

    def _close_groups(self, current: Graph) -> bool:
        changed = False
        for name, members in current.groups.items():
            group = current.nodes[name]
            if not group.done and all(member.done for member in members):
                graph.gather(group, members)
                self.ledger.enter(group, group.phase)
                changed = True
        return changed

    def _begin(self, current: Graph, task: Mapping[str, Any]) -> None:
        name = f"{current.node.name}.{task['name']}"
        if (adopted := self._adopted(name)) is not None:
            current.nodes[task["name"]] = adopted
            return
        try:
            if not holds(depends.text(task), current.results()):
                text = "omitted: depends condition not met"
                node = self.ledger.add(name, task["template"], "Skipped", "Omitted", text)
                current.nodes[task["name"]] = node
                return
            fan = graph.items(task, current.scope())
            if fan is None:
                current.nodes[task["name"]] = self._task(current, task, name, {})
            else:
                self._fan_out(current, task, name, fan)
        except (EngineError, EvaluationError, SubstitutionError) as error:
            node = self.ledger.add(name, task["template"], "Skipped", "Pending")
            self.ledger.enter(node, "Error", str(error))
            current.nodes[task["name"]] = node

    def _task(
        self, current: Graph, task: Mapping[str, Any], name: str, item: dict[str, str]
    ) -> Node:
        if "when" in task:
            proceeds, shown = condition(task["when"], {**current.scope(), **item})
            if not proceeds:
                text = f"when '{shown}' evaluated false"
                return self.ledger.add(name, task["template"], "Skipped", "Skipped", text)
        parameters, artifacts = current.arguments(task, item)
        inputs = {f"inputs.parameters.{key}": value for key, value in parameters.items()}
        return self._invoke(name, task["template"], {**self.values, **inputs}, artifacts, current)

    def _fan_out(self, current: Graph, task: Mapping[str, Any], name: str, fan: list[Any]) -> None:
        kind, phase = ("TaskGroup", "Running") if fan else ("Skipped", "Skipped")
        message = "" if fan else "Skipped, empty params"
        group = self.ledger.add(name, task["template"], kind, phase, message)
        current.nodes[task["name"]] = group
        if not fan:
            return
        scope, given = current.scope(), [graph.item_values(item) for item in fan]
        expanded = [substitute(task, {**scope, **values}) for values in given]
        graph.refuse_unresolved(expanded)
        current.groups[task["name"]] = [
            self._task(current, one, f"{name}({graph.item_name(index, item)})", values)
            for index, (item, one, values) in enumerate(zip(fan, expanded, given))
        ]


def _timestamp(at: float | None) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at)) if at else ""
