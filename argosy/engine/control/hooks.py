"""Lifecycle hooks of a task or step: what runs beside it and after it, and when it is over."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from argosy.engine.control import inputs, text, words
from argosy.engine.control.call import Call, Frame
from argosy.engine.failure import EngineError
from argosy.engine.nodes import Node

if TYPE_CHECKING:
    from argosy.engine.control.controller import Controller

Data = Mapping[str, Any]


class Hooks:
    """The hooks of one node; `over` is called once the node and all its hooks have ended.

    `scope` gives what their expressions and arguments may name, at the time of the call. `failed`
    takes an error that ends the whole in which the node stands. An expression that cannot be
    computed leaves its `error`, and the node in Error; `broken` then ends what runs.
    """

    def __init__(
        self,
        controller: "Controller",
        declared: Data,
        node: Node,
        frame: Frame | None,
        scope: Callable[[], Mapping[str, Any]],
        over: Callable[[], None],
        failed: Callable[[str], None],
    ) -> None:
        self._controller, self._declared, self._node = controller, declared, node
        self._frame, self._scope = frame, scope
        self._over, self._failed = over, failed
        self._calls: dict[str, Call] = {}
        self._ending = self._told = False
        self.error = ""
        self.broken: Callable[[str], None] = lambda error: controller.work.release(node, error)

    def running(self) -> None:
        """Begin the hooks whose expressions hold while the node runs, now or later."""
        if len(self._declared) > ("exit" in self._declared):
            self._controller.watch.begin(self, self._look)
            self._look()

    def _look(self) -> None:
        if self._node.done:
            self._controller.watch.end(self)
            return
        try:
            self._begin_those_that_hold(quietly=True)
        except EngineError as error:
            self._break(str(error))

    def _break(self, error: str) -> None:
        """End the node for an expression that cannot be computed."""
        self._controller.watch.end(self)
        self.error = error
        self.broken(error)

    def finish(self) -> None:
        """Begin the hooks that belong to the end of the node; tell when all have ended."""
        self._ending = True
        self._controller.watch.end(self)
        if self.error:
            self._node.exit_code = None  # that of the signal that ended it
        if self._declared and not self.error:
            try:
                self._begin_those_that_hold(quietly=False)
                self._exit()
            except EngineError as error:
                self.error = str(error)
        if self.error:
            self._controller.ledger.enter(self._node, "Error", self.error)
        self._check()

    def entered(self, call: Call) -> None:
        """A hook went on; see `Owner`."""
        if call.settled:
            self._check()

    def refused(self, call: Call, error: str) -> None:
        """A hook could not be executed; see `Owner`."""
        del call
        if not error.endswith("not found"):
            self._failed(error)
        self._check()

    def _begin_those_that_hold(self, *, quietly: bool) -> None:
        self._controller.age()
        for name, hook in self._declared.items():
            if name == "exit" or name in self._calls:
                continue
            place = f"{self._node.name}.hooks.{name}"
            if not hook.get("expression"):
                if quietly:
                    continue
                raise EngineError(f"Expression required for hook {place}")
            if words.holds(hook["expression"], self._scope()):
                self._begin(name, place, hook)

    def _exit(self) -> None:
        hook = self._declared.get("exit")
        if hook is None or "exit" in self._calls:
            return
        if not hook.get("expression") or words.holds(hook["expression"], self._scope()):
            self._begin("exit", f"{self._node.name}.onExit", hook)

    def _begin(self, name: str, place: str, hook: Data) -> None:
        scope = self._scope()
        handed = words.substitute(hook.get("arguments") or {}, scope)
        self._controller.refuse_text(text.task(hook), handed, scope)
        given = inputs.arguments(handed, scope)
        call = Call(place, hook, self, given, self._frame, hooked=True)
        self._calls[name] = call
        self._controller.execute(call)

    def _check(self) -> None:
        if self._ending and not self._told and all(c.settled for c in self._calls.values()):
            self._told = True
            self._over()


def declared(holder: Data) -> dict[str, Any]:
    """Return the hooks of a task or step, with the older `onExit` among them."""
    found = dict(holder.get("hooks") or {})
    if holder.get("onExit"):
        found.setdefault("exit", {"template": holder["onExit"]})
    return found
