"""A workflow from its first call to its exit handler (Argo's operate)."""

import json
from collections.abc import Mapping
from typing import Any

from argosy.engine.control import hooks, inputs, locks, text
from argosy.engine.control.call import Call
from argosy.engine.control.controller import Controller
from argosy.engine.control.hooks import Hooks
from argosy.engine.control.results import timestamp
from argosy.engine.control.root import Root, root_call
from argosy.engine.failure import EngineError
from argosy.engine.nodes import BAD, Node

Data = Mapping[str, Any]
_EXIT = "error in exit template execution : "


class Workflow:
    """One workflow; `root` is the node of its entrypoint."""

    def __init__(self, controller: Controller, spec: Data) -> None:
        self._controller, self._spec = controller, spec
        self._hooks: Hooks | None = None
        self._over = False

    def run(self) -> tuple[str, str]:
        """Run it to its end; return phase and message."""
        try:
            return self._run()
        finally:
            self._controller.locks.close()

    def _run(self) -> tuple[str, str]:
        controller, spec = self._controller, self._spec
        if fault := controller.bundle.faults.get(""):
            return "Error", fault
        try:
            self._label()
        except EngineError as error:
            return "Error", str(error)
        if spec.get("activeDeadlineSeconds") is not None:
            controller.timers.later(float(spec["activeDeadlineSeconds"]), controller.ending.expire)
        given = inputs.arguments(spec.get("arguments") or {}, controller.values)
        root = root_call(controller.name, {"template": spec["entrypoint"]}, given)
        if spec.get("synchronization"):
            wanted = locks.declared(spec, controller.values)
            waits = controller.locks.take("", wanted, lambda: self._begin(root))
            if waits and controller.adopted(root.name) is None:
                controller.hold(root, waits)
        else:
            self._begin(root)
        controller.loop(lambda: (root.settled or _refused(root) != "") and controller.work.idle)
        phase, message = _end(root, "error in entry template execution: ")
        if phase in BAD and controller.ending.strategy:
            message = controller.ending.said
        self._note(phase)
        self._end_hooks()
        if self._hooks is not None and self._hooks.error:
            phase, message = "Error", self._hooks.error
            self._note(phase)
        return self._exit(phase, message)

    def _label(self) -> None:
        written = self._spec.get("workflowMetadata")
        if written:
            from argosy.engine.control import metadata

            controller = self._controller
            labels = controller.bundle.labels
            controller.values |= metadata.values(written, controller.values, labels)

    def _begin(self, root: Call) -> None:
        self._controller.execute(root)
        self._begin_hooks(root)

    def _begin_hooks(self, root: Call) -> None:
        beside = {n: hook for n, hook in hooks.declared(self._spec).items() if n != "exit"}
        if beside and root.node is not None:
            controller = self._controller
            self._hooks = Hooks(
                controller, beside, root.node, None, lambda: controller.values, self._done, _ignored
            )
            self._hooks.broken = controller.ending.fail
            self._hooks.running()

    def _end_hooks(self) -> None:
        if self._hooks is not None and not self._controller.ending.asked:
            self._hooks.finish()
            self._controller.loop(lambda: self._over)

    def _done(self) -> None:
        self._over = True

    def _note(self, phase: str) -> None:
        """Let the exit handler see how the work has ended."""
        controller = self._controller
        failures = [_failure(controller, n) for n in controller.ledger.nodes.values()
                    if n.phase in BAD]  # fmt: skip
        controller.age()
        controller.values |= {
            "workflow.status": phase,
            "workflow.failures": json.dumps(json.dumps(failures) if failures else "null"),
        }

    def _exit(self, phase: str, message: str) -> tuple[str, str]:
        controller, handler = self._controller, hooks.declared(self._spec).get("exit")
        if handler is None or controller.ending.strategy == "Terminate":
            return phase, message
        asked = controller.ending.rest()
        try:
            handed = controller.replaced(handler.get("arguments") or {})
            controller.refuse_text(text.task(handler), handed, controller.values)
            given = inputs.arguments(handed, controller.values)
        except EngineError as error:
            return "Error", f"{_EXIT}{error}"
        ending = root_call(f"{controller.name}.onExit", handler, given, hooked=True)
        controller.execute(ending)
        controller.loop(lambda: (ending.settled or _refused(ending) != "") and controller.work.idle)
        controller.ending.asked = max(asked, controller.ending.asked)
        ended, said = _end(ending, _EXIT)
        if _refused(ending) or (ended in BAD and phase == "Succeeded"):
            return ended, said
        return phase, message


def _refused(call: Call) -> str:
    owner = call.owner
    return owner.error if isinstance(owner, Root) else ""


def _end(call: Call, refused: str) -> tuple[str, str]:
    error = _refused(call)
    if error:
        return "Error", f"{refused}{error}"
    node = call.node
    return (node.phase, node.message) if node is not None else ("Error", "")


def _ignored(_error: str) -> None:
    return None


def _failure(controller: Controller, node: Node) -> dict[str, str]:
    pod = controller.pod_name(node.name, {"name": node.template, "container": {}})
    return {
        "displayName": node.display_name,
        "message": node.message,
        "templateName": node.template,
        "phase": node.phase,
        "podName": pod["pod.name"],
        "finishedAt": timestamp(node.finished),
    }
