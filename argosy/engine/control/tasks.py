"""A DAG at work: which task may start, and how the whole has ended (Argo's dag.go)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from argosy.engine import language
from argosy.engine.control import fan, hooks, inputs, outputs, text, words
from argosy.engine.control.call import Arguments, Call, Job, frame
from argosy.engine.control.hooks import Hooks
from argosy.engine.control.plan import plan
from argosy.engine.control.results import Kin, Results, gather
from argosy.engine.failure import EngineError
from argosy.engine.language import EvaluationError, Layers, depends
from argosy.engine.nodes import BAD, Node

if TYPE_CHECKING:
    from argosy.engine.control.controller import Controller

Data = Mapping[str, Any]


class Tasks:
    """One DAG; `nodes` are those of its tasks, by name, a TaskGroup for one that fans out."""

    def __init__(self, controller: "Controller", job: Job, node: Node) -> None:
        self._controller, self._job, self._node = controller, job, node
        self._body: Data = inputs.planned(job.body, job)
        self._plan = plan(self._body["dag"])
        self.frame = frame(job, self._body, node, self._halt)
        self.nodes: dict[str, Node] = {}
        self._calls: dict[str, list[Call]] = {}
        self._hooks: dict[str, Hooks] = {}
        self._closed: set[str] = set()
        self._left = set(self._plan.targets)
        self._fatal = ""

    def begin(self) -> None:
        """Begin the tasks that wait for nothing."""
        for name in self._plan.needed:
            self._consider(name)
        self._check()

    def entered(self, call: Call) -> None:
        """A task, or an item of one, went on; see `Owner`."""
        name = call.key
        if name in self._closed or call.node is None:
            return
        if not call.settled:
            if call.node.phase == "Running" and call.node is self.nodes.get(name):
                self._hooked(name).running()
            return
        members = self._calls[name]
        if self.nodes.get(name) is call.node or name not in self.nodes:
            self.nodes[name] = call.node
            self._settled(name)
        elif all(member.settled for member in members):
            self._end_group(name)

    def refused(self, call: Call, error: str) -> None:
        """A task could not be executed; see `Owner`."""
        if call.node is not None:
            said = f"task '{call.name}' errored: {error}"
            self._controller.ledger.enter(call.node, "Error", said)
        self.entered(call)

    def results(self, task: str = "") -> Mapping[str, Any]:
        """Return the scope of a task: its ancestors, and itself; that of the whole for none."""

        def sees(name: str) -> bool:
            return not task or name == task or self._precedes(name, task)

        return Layers(self._job.scope, Results("tasks", self.nodes, self._controller.kin, sees))

    def _precedes(self, name: str, task: str) -> bool:
        after, ahead, seen = self._plan.after, [task], {task}
        while ahead:
            before = after[ahead.pop()]
            if name in before:
                return True
            ahead += [each for each in before if each not in seen]
            seen.update(before)
        return False

    def _consider(self, name: str) -> None:
        if name in self.nodes or name in self._calls or self._barred:
            return
        if all(each in self._closed for each in self._plan.after[name]):
            self._calls[name] = []
            self._begin(name)

    @property
    def _barred(self) -> bool:
        return bool(self._fatal or self._controller.ending.asked or self.frame.broken)

    def _begin(self, name: str) -> None:
        task, place = self._plan.tasks[name], f"{self._node.name}.{name}"
        adopted = self._controller.adopted(place)
        if adopted is not None:
            self.nodes[name] = adopted
            self._close(name)
            return
        try:
            if not self._holds(name):
                said = "omitted: depends condition not met"
                self._skip(name, place, task, "Omitted", said)
                return
            resolved, scope = self._resolved(name, task)
            if fan.expands(resolved):
                self._fan_out(name, place, resolved, scope)
            else:
                self._one(name, place, resolved, scope)
        except EngineError as error:
            self._skip(name, place, task, "Error", str(error))

    def _holds(self, name: str) -> bool:
        try:
            return language.holds(self._plan.logic[name], _Statuses(self))
        except EvaluationError as error:
            raise EngineError(str(error)) from None

    def _resolved(self, name: str, task: Data) -> tuple[Data, Mapping[str, Any]]:
        """Put into a task what its ancestors have come to (resolveDependencyReferences)."""
        for each in self._plan.after[name]:
            kin = self._controller.kin.get(self.nodes[each].name)
            if kin and kin.trouble:
                raise EngineError(kin.trouble)
        scope = self.results(name)
        return words.substitute(task, scope), scope

    def _skip(self, name: str, place: str, task: Data, phase: str, said: str) -> None:
        node = self._controller.add(self.frame, place, task, "Skipped", phase, said)
        self.nodes[name] = node
        self._settled(name)

    def _one(self, name: str, place: str, task: Data, scope: Mapping[str, Any]) -> None:
        tagged = words.tagged(task)
        if tagged:
            self._refuse_text(name, {"when": task.get("when", "")}, scope)
        call = self._called(name, place, task, scope)
        if tagged and call.node is None:
            self._refuse_text(name, text.task(task), scope)
        self._calls[name].append(call)
        if call.node is not None:
            self.nodes[name] = call.node
            self._settled(name)
            return
        self._controller.execute(call)
        if call.node is not None and name not in self._closed:
            self.nodes[name] = call.node

    def _refuse_text(self, name: str, replaced: Data, scope: Mapping[str, Any]) -> None:
        if words.tagged(replaced):
            listed = self._job.body["dag"]["tasks"]
            written: Data = next((task for task in listed if task["name"] == name), {})
            self._controller.refuse_text(text.of(written, replaced), replaced, scope)

    def _called(self, name: str, place: str, task: Data, scope: Mapping[str, Any]) -> Call:
        """Return the call of a task or item; one whose condition does not hold has a node."""
        when = task.get("when")
        call = Call(place, task, self, Arguments(), self.frame, "tasks", key=name)
        if when and not words.condition(when):
            said = f"when '{when}' evaluated false"
            call.node = self._controller.add(self.frame, place, task, "Skipped", "Skipped", said)
            return call
        call.arguments = inputs.arguments(task.get("arguments") or {}, scope)
        return call

    def _fan_out(self, name: str, place: str, task: Data, scope: Mapping[str, Any]) -> None:
        found = fan.expand(task)
        if not found:
            self._skip(name, place, task, "Skipped", "Skipped, empty params")
            return
        group = self._controller.add(self.frame, place, task, "TaskGroup", "Running")
        self.nodes[name] = group
        kin = self._controller.kin.setdefault(place, Kin())
        members = self._calls[name]
        for member, one in found:
            try:
                call = self._called(name, f"{self._node.name}.{member}", one, scope)
            except EngineError as error:
                call = Call(f"{self._node.name}.{member}", one, self, Arguments(), self.frame)
                call.node = self._controller.add(
                    self.frame, call.name, one, "Skipped", "Error", str(error)
                )
            members.append(call)
        for call in members:
            if call.node is None:
                self._controller.execute(call)
        kin.members = [call.node for call in members if call.node is not None]
        if all(call.settled for call in members):
            self._end_group(name)

    def _end_group(self, name: str) -> None:
        group, calls = self.nodes[name], self._calls[name]
        if group.done:
            return
        kin = self._controller.kin[group.name]
        kin.members = [call.node for call in calls if call.node is not None]
        bad = [node.phase for node in kin.members if node.phase in BAD]
        gather(kin)
        self._controller.ledger.enter(group, bad[-1] if bad else "Succeeded")
        self._settled(name)

    def _hooked(self, name: str) -> Hooks:
        if name not in self._hooks:
            declared = hooks.declared(self._plan.tasks[name])
            self._hooks[name] = Hooks(
                self._controller,
                declared,
                self.nodes[name],
                self.frame,
                lambda: self.results(name),
                lambda: self._close(name),
                self._abort,
            )
        return self._hooks[name]

    def _settled(self, name: str) -> None:
        if self.nodes[name].phase in ("Skipped", "Omitted") or self._controller.ending.asked:
            self._close(name)
        else:
            self._hooked(name).finish()

    def _abort(self, error: str) -> None:
        self._fatal = self._fatal or error

    def _close(self, name: str) -> None:
        self._closed.add(name)
        self._left.discard(name)
        for other in self._plan.before[name]:
            if other in self._plan.wanted:
                self._consider(other)
        self._controller.turns.append(self._check)

    def _check(self) -> None:
        """End the DAG when nothing of it is left to do."""
        if self._node.done:
            return
        if (self._barred or not self._left) and len(self._closed) == len(self._calls):
            self._end()

    def _halt(self, said: str) -> None:
        controller = self._controller
        controller.release(self.frame)
        controller.kin.setdefault(self._node.name, Kin()).flow = ("Failed",)
        controller.enter(self._job.call, "Failed", said)

    def _end(self) -> None:
        controller, call = self._controller, self._job.call
        controller.release(self.frame)
        if controller.ending.asked:
            controller.enter(call, "Failed")
            return
        kin = controller.kin.setdefault(self._node.name, Kin())
        troubles = (controller.kin.get(n.name, kin).trouble for n in self.nodes.values())
        error = self._fatal or next((t for t in troubles if t), "")
        if error:
            controller.refuse(call, error)
            return
        phase = self._phase()
        kin.flow = tuple(p for name in self._plan.targets for p in self._flow(name))
        if phase == "Succeeded":
            try:
                outputs.fill(self._node, self._body.get("outputs") or {}, self.results())
            except EngineError as problem:
                controller.refuse(call, str(problem))
                return
        controller.enter(call, phase)

    def _phase(self) -> str:
        """Return the phase of a DAG that has ended (Argo's assessDAGPhase)."""
        result = "Succeeded"
        for name in self._plan.targets:
            bad = [phase for phase in self._flow(name) if phase in BAD]
            own = self.nodes[name]
            if own.phase in BAD:
                bad = [own.phase]
            if own.type != "TaskGroup" and own.phase == "Succeeded":
                bad = []
            tolerated = self._plan.tasks[name].get("continueOn") or {}
            kept = [p for p in bad if not tolerated.get("failed" if p == "Failed" else "error")]
            if kept:
                result = kept[-1]
                break
        return result

    def _flow(self, name: str) -> tuple[str, ...]:
        """Return the phases that reach what depends on a task: of its last nodes, or before it."""
        node = self.nodes[name]
        kin = self._controller.kin.get(node.name)
        if node.phase in ("Skipped", "Omitted"):
            found = [phase for each in self._plan.after[name] for phase in self._flow(each)]
            return tuple(dict.fromkeys(found)) or ("Succeeded",)
        if node.type == "TaskGroup" and kin:
            return tuple(dict.fromkeys(m.phase for m in kin.members if m.phase != "Skipped"))
        if kin and kin.flow:
            return kin.flow
        return (node.phase,)


class _Statuses:
    """How the tasks of a DAG have ended, as `depends` sees it."""

    def __init__(self, tasks: Tasks) -> None:
        self._tasks = tasks

    def __getitem__(self, task: str) -> Mapping[str, bool]:
        node = self._tasks.nodes[task]
        kin = self._tasks._controller.kin.get(node.name)
        members = [m.phase for m in kin.members] if kin and node.type == "TaskGroup" else []
        return depends.results(node.phase, daemoned=node.daemoned, members=members)
