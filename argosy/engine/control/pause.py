"""`suspend`: a pause that ends by itself, or when somebody answers."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from argosy.engine.control import inputs, text, words
from argosy.engine.control.call import Job
from argosy.engine.failure import EngineError
from argosy.engine.nodes import Node

if TYPE_CHECKING:
    from argosy.engine.control.controller import Controller

Data = Mapping[str, Any]


class Pause:
    """One suspended node; what it puts out is supplied by whom answers, or has a default."""

    def __init__(self, controller: "Controller", job: Job, node: Node) -> None:
        self._controller, self._job, self.node = controller, job, node

    def begin(self) -> None:
        """Begin to wait."""
        job = self._job
        try:
            body: Data = inputs.replaced(job.body, job)
            self._controller.refuse_text(text.body(job.body), body, job.scope)
            duration = (body["suspend"] or {}).get("duration")
            pause = words.seconds(duration) if duration else None
        except EngineError as error:
            self._controller.refuse(job.call, str(error))
            return
        if pause is not None:
            self._controller.timers.later(pause, self.over)

    def over(self) -> None:
        """The time is over: every output that was not supplied has its default."""
        if not self.node.done:
            self.answer({})

    def answer(self, supplied: Mapping[str, str]) -> None:
        """Go on with what was supplied."""
        declared = (self._job.body.get("outputs") or {}).get("parameters") or ()
        for parameter in declared:
            name, source = parameter["name"], parameter.get("valueFrom") or {}
            if name in supplied:
                self.node.parameters[name] = supplied[name]
            elif source.get("default") is not None:
                self.node.parameters[name] = words.shown(source["default"])
            else:
                said = f"raw output parameter '{name}' has not been set"
                said += " and does not have a default value"
                self._controller.refuse(self._job.call, said)
                return
        self._controller.enter(self._job.call, "Succeeded")

    def reject(self, message: str) -> None:
        """Go on with a no."""
        self._controller.enter(self._job.call, "Failed", message)


class Pauses:
    """All suspended nodes of a run, by name."""

    def __init__(self) -> None:
        self._pauses: dict[str, Pause] = {}

    def add(self, pause: Pause) -> None:
        """Take in a pause that begins."""
        self._pauses[pause.node.name] = pause

    def reject(self, message: str) -> None:
        """End all of them."""
        for pause in self._waiting():
            pause.reject(message)

    def answer(self, node: str, supplied: Mapping[str, str], *, yes: bool) -> None:
        """Answer the node of that name, every one when none is named."""
        for pause in self._waiting():
            if node not in ("", pause.node.name, pause.node.display_name):
                continue
            if yes:
                pause.answer(supplied)
            else:
                pause.reject(supplied.get("message", "rejected"))

    def _waiting(self) -> list[Pause]:
        return [pause for pause in self._pauses.values() if not pause.node.done]
