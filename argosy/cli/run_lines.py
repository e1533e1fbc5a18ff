"""A run as lines, one for each change worth one."""

from argosy.cli import terminal
from argosy.cli.run_words import MARKS, outputs, taken
from argosy.engine.nodes import BAD, Event, Node
from argosy.report.diagnostics import plain
from compiler.convention import SETTLED


class Lines:
    """Writes to stderr; times are seconds since the first change."""

    def __init__(self) -> None:
        self.run, self.began = "", 0.0
        self.retried: set[str] = set()
        self.told: dict[str, tuple[str, str]] = {}

    def __call__(self, event: Event) -> None:
        """Tell of a change, if it is one for people."""
        node = event.node
        if not self.run:
            self.run, self.began = node.name, event.at
        if node.type == "Retry":
            self.retried.add(node.name)
        if self._shown(node, event.phase):
            terminal.talk(f"{event.at - self.began:7.1f}s  {_line(event, self.run)}")

    def _shown(self, node: Node, phase: str) -> bool:
        work = node.type == "Pod" or (node.type != "DAG" and node.template != SETTLED)
        work = work or (phase == "Pending" and bool(node.message))
        if phase in ("Pending", "Running"):
            told, self.told[node.name] = self.told.get(node.name), (phase, node.message)
            news = told != (phase, node.message) and (phase == "Running" or bool(node.message))
            attempt = node.type == "Pod" and node.name.rpartition("(")[0] in self.retried
            return work and news and not attempt
        attempt = node.type == "Pod" and node.name.rpartition("(")[0] in self.retried
        return work and phase in (BAD if attempt else MARKS)


def _line(event: Event, run: str) -> str:
    node, phase = event.node, event.phase
    words = (
        node.within(run),
        "" if phase in ("Running", "Pending") else phase,
        taken(node),
        node.message,
        outputs(node),
    )
    return f"{MARKS[phase]} {plain('  '.join(word for word in words if word))}"
