"""Lifecycle hooks that wait for their expressions: looked at after each change of any node.

Argo evaluates them whenever it reconciles a workflow, which an event brings about and never time
alone: `asFloat(workflow.duration) > 60` begins with the first event after a minute.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from argosy.engine.nodes import Event

if TYPE_CHECKING:
    from argosy.engine.control.controller import Controller


class Watch:
    """Calls `looks` in a turn of its own after events of the run; without any it costs nothing."""

    def __init__(self, controller: "Controller") -> None:
        self._controller = controller
        self._looks: dict[int, Callable[[], None]] = {}
        self._listens = self._due = False

    def begin(self, key: object, look: Callable[[], None]) -> None:
        """Call `look` from now on, until `end` is told the same `key`."""
        self._looks[id(key)] = look
        if not self._listens:
            self._listens, ledger = True, self._controller.ledger
            before = ledger.on_event

            def note(event: Event) -> None:
                before(event)
                self._note()

            ledger.on_event = note

    def end(self, key: object) -> None:
        """Call it no more."""
        self._looks.pop(id(key), None)

    def _note(self) -> None:
        if self._looks and not self._due:
            self._due = True
            self._controller.turns.append(self._look)

    def _look(self) -> None:
        self._due = False
        for look in list(self._looks.values()):
            look()
