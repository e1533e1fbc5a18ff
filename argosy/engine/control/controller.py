"""The controller: what Argo's workflow controller decides, for one workflow, event by event.

A single thread: calls are executed, what they wait for comes back as turns, timers and ends of
processes, and each owner (a DAG, steps, attempts, hooks) goes on when a call of its own did.
"""

from collections import deque
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from argosy.engine.adoption import Known
from argosy.engine.cachestore import CacheStore
from argosy.engine.control import data, identity, inputs, locks, memo, outputs, text, words
from argosy.engine.control.call import DEEPEST, TOO_DEEP, Call, Frame, Job
from argosy.engine.control.ending import Ending
from argosy.engine.control.failfast import note
from argosy.engine.control.locks import Locks
from argosy.engine.control.pause import Pause, Pauses
from argosy.engine.control.tasks import Tasks
from argosy.engine.control.timers import Timers
from argosy.engine.control.watch import Watch
from argosy.engine.control.work import Work
from argosy.engine.failure import EngineError
from argosy.engine.ledger import Ledger
from argosy.engine.manifests import Bundle
from argosy.engine.nodes import DONE, Node
from argosy.engine.pods.world import World, safe
from argosy.engine.runtime.launch import Runtime

if TYPE_CHECKING:
    from argosy.engine.control.memo import Memo
    from argosy.engine.control.results import Kin

Data = Mapping[str, Any]
_SOON = 0.02  # seconds after which what runs is on record: most that ends sooner is written once
_TICK = 0.2  # seconds after which requests of other processes are looked at


class Controller:
    """Runs calls to their ends; `values` are the run's own names, `kin` what belongs to a node."""

    def __init__(
        self,
        bundle: Bundle,
        world: World,
        ledger: Ledger,
        runtime: Runtime,
        values: dict[str, Any],
        capacity: tuple[float, float],
        known: Known,
        *,
        caching: bool = True,
        as_argo: bool = False,
    ) -> None:
        self.bundle, self.name, self.world, self.ledger = bundle, world.name, world, ledger
        self.values, self._known = values, known
        self.kin: dict[str, Kin] = {}
        self.daemons: list[Node] = []
        self.turns: deque[Callable[[], None]] = deque()
        self.ending = Ending(self, str(bundle.spec.get("shutdown") or ""))
        limit = bundle.spec.get("parallelism")
        self.work = Work(self, world, runtime, capacity, int(limit) if limit else None)
        self.timers, state = Timers(), world.secrets.parent
        self.watch = Watch(self)
        later = self.timers.later
        self.locks = Locks(bundle.namespace, bundle.config_maps, state / "locks", later)
        self._memos: dict[str, Memo] = {}
        self._store, self._caching = CacheStore(state / "cache"), caching
        self._as_argo = as_argo
        self.pauses = Pauses()
        self._jobs: dict[int, Job] = {}

    def loop(self, done: Callable[[], bool]) -> None:
        """Go on until `done`, or nothing is left to wait for."""
        journal = self.ledger.journal
        while not self._drained(done):
            if self.work.waits:
                if journal.owes:
                    # what has ended is on record before anything that depends on it starts
                    journal.flush(ends=True)
                self.work.start()
            if self.turns:
                continue
            if not self.work.wait(self.timers.pause(_SOON)):
                journal.flush()
                self.work.wait(self.timers.pause(_TICK))
            self.ending.look()

    def execute(self, call: Call) -> None:
        """Execute a call (Argo's executeTemplate): its node, and all that follows from it."""
        if call.barred:
            return
        try:
            scope = call.frame.templates if call.frame else None
            template = self.bundle.resolve(call.holder, scope)
            inputs.refuse(template, self.bundle.faults)
            held = call.node is not None
            call.node = call.node or self.adopted(call.name)
            if call.node is not None and not held:
                self._see(call, template.body, call.node)
                self.turns.append(lambda: call.owner.entered(call))
                return
            job = inputs.job(call, template, self.name, self.values, self.bundle.config_maps)
            if job.inputs:
                self.refuse_text(inputs.defaults(job), list(job.inputs.values()), job.outer)
        except EngineError as error:
            call.node = self.add(call.frame, call.name, call.holder, "Skipped", "Pending")
            call.node.hooked = call.hooked
            self.refuse(call, error.message)
            return
        if call.depth >= DEEPEST:
            call.node = self.add(call.frame, call.name, call.holder, "Skipped", "Error", TOO_DEEP)
            self.turns.append(lambda: call.owner.entered(call))
            return
        gate = call.frame.gate if call.frame and not call.hooked else None
        if gate is None:
            self._synchronize(job)
        else:
            call.gated = gate
            gate.enter(lambda: self._synchronize(job))

    def hold(self, call: Call, message: str) -> None:
        """Let a call be seen whose workflow waits for a lock."""
        template = self.bundle.resolve(call.holder, None)
        kind = inputs.kind(template.body)
        call.node = self.add(call.frame, call.name, call.holder, kind, "Pending", message)

    def start(self, job: Job) -> None:
        """Start what a template does; the first attempt where it is to be tried again."""
        call, body = job.call, job.body
        if self.ending.asked and ("steps" in body or "dag" in body):
            self._node(job, inputs.kind({**body, "retryStrategy": None}), "Pending")
            self.enter(call, "Failed", self.ending.unborn)
        elif "steps" in body:
            from argosy.engine.control.steps import Steps

            Steps(self, job, self._node(job, "Steps", "Running")).begin()
        elif "dag" in body:
            Tasks(self, job, self._node(job, "DAG", "Running")).begin()
        elif "suspend" in body:
            self._suspend(job)
        elif self.ending.late or self.ending.strategy:
            self._node(job, "Pod", "Pending")
            self.enter(call, "Failed", self.ending.late or self.ending.unborn)
        elif "data" in body:
            data.begin(self, job, self._node(job, "Pod", "Running"))
        else:
            self.work.add(job, self._node(job, "Pod", "Pending"))

    def adopted(self, name: str) -> Node | None:
        """Return the node of that name as it ended before; None when it has to run."""
        for node in self._known.take(name):
            self.ledger.adopt(node)
        return self.ledger.nodes.get(name)

    def add(
        self, frame: Frame | None, name: str, holder: Data, kind: str, phase: str, message: str = ""
    ) -> Node:
        """Make a node that is no call's."""
        reference = holder.get("templateRef") or {}
        template = holder.get("template") or reference.get("template") or ""
        node = Node(name, template, kind, message=message)
        node.parent = frame.node.name if frame else ""
        self.ledger.begin(node, phase)
        return node

    def member(self, pod: Node, name: str, phase: str, message: str) -> None:
        """Make or change the node of a container of a containerSet."""
        full = f"{pod.name}.{name}"
        node = self.ledger.nodes.get(full) or Node(full, pod.template, "Container")
        node.parent, node.message = pod.name, message
        self.ledger.begin(node, phase)

    def enter(self, call: Call, phase: str, message: str = "") -> None:
        """Move the node of a call to another phase, and tell its owner."""
        node = call.node
        if node is None or node.phase in DONE:
            return
        self.age()
        self.ledger.enter(node, phase, message)
        if phase in DONE:
            self._ended(call, node)
        self.turns.append(lambda: call.owner.entered(call))

    def refuse(self, call: Call, error: str) -> None:
        """End a call that could not be executed."""
        if call.node is not None:
            self.ledger.enter(call.node, "Error", error)
            self._ended(call, call.node)
        self.turns.append(lambda: call.owner.refused(call, error))

    def release(self, frame: Frame) -> None:
        """End the daemons that stand in a frame, and those below it."""
        for node in [node for node in self.daemons if node.parent == frame.node.name]:
            self.daemons.remove(node)
            self.work.release(node)

    def reads_result(self, call: Call) -> bool:
        """Whether anybody reads what a step writes to its standard output."""
        return call.frame is not None and call.key in call.frame.read

    def replaced(self, value: Any) -> Any:
        """Return plain data with the run's own names put in."""
        return words.substitute(value, self.values)

    def refuse_text(self, written: Any, replaced: Any, scope: Data) -> None:
        """Raise `EngineError` for a tag that stayed text, unless that is to be as with Argo."""
        if not self._as_argo:
            text.refuse(written, replaced, scope)

    def age(self) -> None:
        """Let the run's own names say how long it has run."""
        spent = self.ledger.clock.now() - self.ledger.journal.description.started
        self.values["workflow.duration"] = f"{spent:.6f}"

    def node_id(self, name: str) -> str:
        """Return the id of a node."""
        return identity.node_id(self.name, name)

    def pod_name(self, name: str, body: Data) -> dict[str, str]:
        """Return the tag of a pod's name, for a template that has a pod."""
        if not any(kind in body for kind in inputs.PODS):
            return {}
        return {"pod.name": identity.pod_name(self.name, name, body.get("name", ""))}

    def _synchronize(self, job: Job) -> None:
        call = job.call
        try:
            declared = locks.declared(job.body, job.scope)
            self.refuse_text(job.body.get("synchronization"), declared, job.scope)
            self._jobs[id(call)] = job
            waits = (
                self.locks.take(call.name, declared, lambda: self._begin(job)) if declared else ""
            )
        except EngineError as error:
            call.node = call.node or self._node(job, "Skipped", "Pending")
            self.refuse(call, error.message)
            return
        if not declared:
            self._begin(job)
        elif waits:
            node = self._node(job, inputs.kind(job.body), "Pending")
            self.ledger.enter(node, "Pending", waits)

    def _begin(self, job: Job) -> None:
        """Begin a call that holds its locks: from memory, in attempts, or at once."""
        call = job.call
        if call.barred:
            self.locks.leave(call.name)
            return
        try:
            cache = memo.memo(self._store, job)
        except EngineError as error:
            call.node = call.node or self._node(job, "Skipped", "Pending")
            self.refuse(call, error.message)
            return
        if cache is not None:
            kept = self.world.folder / "artifacts" / safe(call.name)
            found = cache.found(self.ledger.clock.now(), kept) if self._caching else None
            if found is not None:
                node = self._node(job, "Pod", "Pending")
                memo.keep(found, node)
                node.memory = cache.why
                self.enter(call, "Succeeded")
                return
            self._memos[call.name] = cache
        strategy = job.body.get("retryStrategy", self.bundle.spec.get("retryStrategy"))
        if strategy is not None:
            from argosy.engine.control.attempts import Attempts

            node = self._node(job, "Retry", "Running")
            Attempts(self, call, job, node, strategy).begin()
        else:
            self.start(job)

    def _node(self, job: Job, kind: str, phase: str) -> Node:
        """Make the node of a call, or take up the one that has waited for a lock."""
        call = job.call
        if call.node is not None:
            call.node.message, call.node.type, call.node.inputs = "", kind, dict(job.inputs)
            self.ledger.enter(call.node, phase)
            return call.node
        node = Node(job.name, job.body.get("name", ""), kind)
        node.parent = call.frame.node.name if call.frame else ""
        node.inputs, node.hooked = dict(job.inputs), call.hooked
        call.node = node
        self._jobs[id(call)] = job
        self.ledger.begin(node, phase)
        if phase == "Running":
            self.turns.append(lambda: call.owner.entered(call))
        return node

    def _suspend(self, job: Job) -> None:
        node = self._node(job, "Suspend", "Running")
        if self.ending.late or self.ending.strategy:
            self.enter(job.call, "Failed", self.ending.late or self.ending.said)
            return
        pause = Pause(self, job, node)
        self.pauses.add(pause)
        pause.begin()

    def _ended(self, call: Call, node: Node) -> None:
        if call.ended:
            return
        call.ended = True
        job = self._jobs.pop(id(call), None)
        self.locks.leave(call.name)
        if call.gated is not None:
            gate, call.gated = call.gated, None
            self.turns.append(gate.leave)
        self._see(call, job.body if job else {}, node)
        cache = self._memos.pop(call.name, None)
        if cache is not None and node.phase == "Succeeded" and node.name == call.name:
            cache.keep(self.name, node, self.ledger.clock.now())
        node.memory = cache.why if cache is not None else node.memory

    def _see(self, call: Call, body: Data, node: Node) -> None:
        """Let the whole workflow see what a node puts out under a global name."""
        if node.phase == "Succeeded":
            self.values |= outputs.global_names(body, node)
        note(self, call.frame, node)

    def _drained(self, done: Callable[[], bool]) -> bool:
        """Take all turns; return whether that was all."""
        while True:
            self.timers.fire()
            if not self.turns:
                return done()
            self.turns.popleft()()
            self.ending.look()  # templates that call themselves may never come to an end
