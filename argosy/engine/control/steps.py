"""Steps at work: one group after the other (Argo's steps.go)."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from argosy.engine.control import fan, hooks, identity, inputs, outputs, text, words
from argosy.engine.control.call import Arguments, Call, Job, frame
from argosy.engine.control.hooks import Hooks
from argosy.engine.control.results import ITEMS, Kin, Results, gather
from argosy.engine.failure import EngineError
from argosy.engine.language import Layers
from argosy.engine.nodes import BAD, Node

if TYPE_CHECKING:
    from argosy.engine.control.controller import Controller

Data = Mapping[str, Any]


class Steps:
    """One template of steps; `nodes` are those of its steps, by name."""

    def __init__(self, controller: "Controller", job: Job, node: Node) -> None:
        self._controller, self._job, self._node = controller, job, node
        self._body: Data = inputs.planned(job.body, job)
        self.frame = frame(job, self._body, node, self._halt)
        self.nodes: dict[str, Node] = {}
        self._groups: list[Any] = list(self._body["steps"] or ())
        self._index = -1
        self._group: Node | None = None
        self._calls: list[Call] = []
        self._hooks: dict[str, Hooks] = {}
        self._open: set[str] = set()
        self._fatal = self._deemed = ""

    def begin(self) -> None:
        """Begin the next group, or end."""
        self._index += 1
        if self._index >= len(self._groups):
            self._succeed()
            return
        place = f"{self._node.name}[{self._index}]"
        self._calls, self._hooks, self._open = [], {}, set()
        group = self._controller.add(self.frame, place, {}, "StepGroup", "Running")
        self._group = group
        try:
            calls = list(self._resolved(place, self._scope()))
        except EngineError as error:
            self._end(group, "Error", str(error))
            return
        self._calls = calls
        self._open = {call.name for call in calls}
        for call in calls:
            if call.node is None:
                self._controller.execute(call)
            else:
                self._open.discard(call.name)
        self._check()

    def entered(self, call: Call) -> None:
        """A step went on; see `Owner`."""
        if call.name not in self._open or call.node is None:
            return
        if call.settled:
            if call.node.phase == "Skipped" or self._controller.ending.asked:
                self._close(call.name)
            else:
                self._hooked(call).finish()
        elif call.node.phase == "Running":
            self._hooked(call).running()

    def refused(self, call: Call, error: str) -> None:
        """A step could not be executed; see `Owner`."""
        self._deemed = f"step group deemed errored due to child {call.name} error: {error}"
        self._close(call.name)

    def results(self) -> Mapping[str, Any]:
        """Return what may be named of the steps so far."""
        return Results("steps", self.nodes, self._controller.kin)

    def _scope(self) -> Mapping[str, Any]:
        return Layers(self._job.scope, self.results())

    def _resolved(self, place: str, scope: Mapping[str, Any]) -> Iterator[Call]:
        """Yield a call for each step and item; those that are skipped have a node already."""
        steps = self._groups[self._index]
        resolved = [self._one_resolved(step, scope) for step in steps]
        written = self._job.body["steps"][self._index]
        for (step, given), own in zip(resolved, written, strict=True):
            if not fan.expands(step):
                yield self._one(f"{place}.{step['name']}", step, given, own, scope)
                continue
            found = fan.expand(step)
            if not found:
                said = "Skipped, empty params"
                call = Call(f"{place}.{step['name']}", step, self, Arguments(), self.frame)
                call.key = step["name"]
                call.node = self._controller.add(
                    self.frame, call.name, step, "Skipped", "Skipped", said
                )
                yield call
            for name, one in found:
                arguments = inputs.arguments(one.get("arguments") or {}, scope)
                yield self._called(f"{place}.{name}", step["name"], one, arguments)

    def _one_resolved(self, step: Data, scope: Mapping[str, Any]) -> tuple[Data, Any]:
        """Put into a step what may be named before it (Argo's resolveReferences)."""
        found = words.substitute(step, scope)
        try:
            proceeds = words.condition(found.get("when") or "")
        except EngineError as error:
            if not fan.expands(found):
                raise EngineError(f"Failed to resolve references: {error}") from None
            proceeds = True
        if not proceeds:
            return found, Arguments()
        try:
            return found, inputs.arguments(found.get("arguments") or {}, scope)
        except EngineError as error:
            said = f"Failed to resolve references: unable to resolve references: {error}"
            raise EngineError(said) from None

    def _one(self, place: str, step: Data, given: Any, written: Data, scope: Data) -> Call:
        """Return the call of a step that is no list; in Error when a tag of it stays text."""
        refuse, key = self._controller.refuse_text, step["name"]
        try:
            refuse(written.get("when"), step.get("when"), scope)
            call = self._called(place, key, step, given)
            if call.node is None:
                refuse(text.task(written), text.task(step), scope)
        except EngineError as error:
            call = Call(place, step, self, given, self.frame, "steps", key=key)
            call.node = self._controller.add(
                self.frame, place, step, "Skipped", "Error", str(error)
            )
        return call

    def _called(self, place: str, key: str, step: Data, given: Any) -> Call:
        call = Call(place, step, self, given, self.frame, "steps", key=key)
        when = step.get("when")
        if when and not words.condition(when):
            said = f"when '{when}' evaluated false"
            call.node = self._controller.add(self.frame, place, step, "Skipped", "Skipped", said)
        return call

    def _hooked(self, call: Call) -> Hooks:
        if call.name not in self._hooks:
            assert call.node is not None  # noqa: S101 - only called steps have hooks
            own = {**self.nodes, call.key: call.node}
            scope = Layers(self._job.scope, Results("steps", own, self._controller.kin))
            own_hooks = self._hooks[call.name] = Hooks(
                self._controller,
                hooks.declared(call.holder),
                call.node,
                self.frame,
                lambda: scope,
                lambda: self._close(call.name),
                self._abort,
            )
            own_hooks.broken = lambda error: self._break(call.node, error)
        return self._hooks[call.name]

    def _break(self, node: Node | None, error: str) -> None:
        self._deemed = self._deemed or error
        if node is not None:
            self._controller.work.release(node, error)

    def _abort(self, error: str) -> None:
        self._fatal = self._fatal or error

    def _close(self, name: str) -> None:
        self._open.discard(name)
        self._controller.turns.append(self._check)

    def _check(self) -> None:
        group = self._group
        if group is None or group.done or self._open:
            return
        if self._fatal:
            self._controller.ledger.enter(group, "Error", self._fatal)
            self._controller.refuse(self._job.call, self._fatal)
        elif self._deemed:
            self._end(group, "Error", self._deemed)
        else:
            failed = next((call for call in self._calls if _fails(call)), None)
            if failed is not None:
                identity_of = identity.node_id(self._controller.name, failed.name)
                self._end(group, "Failed", f"child '{identity_of}' failed")
            else:
                self._gather()
                self._controller.ledger.enter(group, "Succeeded")
                self._controller.turns.append(self.begin)

    def _gather(self) -> None:
        """Note what the steps of the group have come to, for those after it."""
        members: dict[str, list[Call]] = {}
        for call in self._calls:
            members.setdefault(call.key, []).append(call)
        for key, calls in members.items():
            nodes = [call.node for call in calls if call.node is not None]
            if len(calls) == 1 and calls[0].name.endswith(f".{key}"):
                self.nodes[key] = nodes[0]
                continue
            group = Node(f"{self._node.name}[{self._index}].{key}", "", ITEMS, "Succeeded")
            kin = self._controller.kin.setdefault(group.name, Kin())
            kin.members = nodes
            gather(kin)
            self.nodes[key] = group
            self._fatal = self._fatal or kin.trouble

    def _halt(self, said: str) -> None:
        if self._group is not None:
            self._end(self._group, "Failed", said)

    def _end(self, group: Node, phase: str, said: str) -> None:
        controller = self._controller
        controller.ledger.enter(group, phase, said)
        controller.kin.setdefault(self._node.name, Kin()).flow = ("Failed",)
        controller.release(self.frame)
        controller.enter(self._job.call, "Failed", said)

    def _succeed(self) -> None:
        controller, call = self._controller, self._job.call
        controller.release(self.frame)
        if self._fatal:
            controller.refuse(call, self._fatal)
            return
        flow = [c.node.phase for c in self._calls if c.node and c.node.phase != "Skipped"]
        kin = controller.kin.setdefault(self._node.name, Kin())
        kin.flow = tuple(dict.fromkeys(flow)) or ("Succeeded",)
        try:
            outputs.fill(self._node, self._body.get("outputs") or {}, self._scope())
        except EngineError as error:
            controller.refuse(call, str(error))
            return
        controller.enter(call, "Succeeded")


def _fails(call: Call) -> bool:
    if call.node is None or call.node.phase not in BAD:
        return False
    tolerated = call.holder.get("continueOn") or {}
    return not tolerated.get("failed" if call.node.phase == "Failed" else "error")
