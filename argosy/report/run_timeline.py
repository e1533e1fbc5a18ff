"""When steps could have started, and the chain of steps that the length of a run hangs on."""

from collections.abc import Sequence

from argosy.report.run_tree import Unit


class Clock:
    """Ends of units, looked up once each; all times in seconds since the epoch."""

    def __init__(self, roots: Sequence[Unit]) -> None:
        self._roots = roots
        self._last: dict[int, Unit | None] = {}

    def ready(self, step: Unit) -> float | None:
        """Return when the last that `step` waits for had ended; None if it waits for nothing."""
        last = [self.last(unit) for unit in step.waited_for()]
        ends = [unit.node.finished for unit in last if unit and unit.node and unit.node.finished]
        return max(ends, default=None)

    def last(self, unit: Unit) -> Unit | None:
        """Return the step in `unit` that ended last."""
        if id(unit) not in self._last:
            ended = [step for step in unit.steps() if step.node and step.node.finished]
            self._last[id(unit)] = max(ended, key=_end, default=None)
        return self._last[id(unit)]

    def critical(self) -> list[Unit]:
        """Return the chain that ends with the last step: each waited longest for the one before.

        A run is as long as these steps and their waits; to shorten others does not shorten it.
        """
        chain: list[Unit] = []
        step = max(filter(None, map(self.last, self._roots)), key=_end, default=None)
        while step is not None and step not in chain:
            chain.insert(0, step)
            step = max(filter(None, map(self.last, step.waited_for())), key=_end, default=None)
        return chain


def _end(unit: Unit) -> float:
    return (unit.node.finished if unit.node else None) or 0.0
