"""Edges → `depends`: when a task may start, given how the tasks before it ended.

Data that is needed and was skipped skips its reader too; mere order does not. A failure never
hides behind a step that was skipped: only Argo's `Omitted` with nothing failed before it counts.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from compiler import expression, lifecycle
from compiler.pipeline import Pipeline, Register, Select, Step


def producers(pipeline: Pipeline, step: Step) -> tuple[str, ...]:
    """Return the steps whose outputs `step` consumes, in reading order."""
    return tuple(dict.fromkeys([*(entry.step for entry in step.inputs), *_read(pipeline, step)]))


def _read(pipeline: Pipeline, step: Step) -> Iterator[str]:
    """Yield the steps that `step` reads otherwise than by its inputs."""
    yield from (r.output[0] for r in step.references if r.namespace == "steps")
    if step.fan.source and step.fan.source.namespace == "steps":
        yield step.fan.source.output[0]
    if step.when:
        names = [name for name, _ in expression.names(step.when)]
        yield from (name.split(".")[1] for name in names if name.startswith("steps."))
    if isinstance(step.action, Select | Register):
        yield step.action.source
    if isinstance(step.action, Register):
        yield from (entry.step for entry in lifecycle.producer(pipeline, step.action).inputs)


@dataclass(frozen=True)
class Edges:
    """The `depends` of every step of `pipeline`, which has no cycle."""

    pipeline: Pipeline
    _fine: dict[str, str] = field(default_factory=dict, init=False, repr=False)

    def depends(self, step: Step) -> str:
        """Return the condition under which each task of `step` may start; nothing for at once."""
        found: dict[str, None] = {}
        relaxed = self._relaxed(step)
        data = producers(self.pipeline, step)
        for name in data:
            terms = [self.fine(name)] if name in relaxed else self._arrived(name)
            found |= dict.fromkeys(terms)
        found |= {self.fine(name): None for name in step.needs if name not in data}
        return " && ".join(found)

    def _relaxed(self, step: Step) -> set[str]:
        """The producers whose outputs have a default at `step`, wherever it reads them."""
        strict = {entry.step for entry in step.inputs if entry.default is None}
        strict.update(_read(self.pipeline, step))
        return {entry.step for entry in step.inputs} - strict

    def _arrived(self, name: str) -> list[str]:
        """What must hold for the outputs of step `name` to be there."""
        source = self.pipeline.step(name)
        tasks = lifecycle.tasks(source)
        if not source.fan.many or not (source.tolerated or source.when):
            return [f"{task}.Succeeded" for task in tasks]
        some = [f"{task}.Succeeded" for task in tasks]
        some += [f"{task}.AnySucceeded" for task in tasks if source.fan.source]
        return [_either(some), self.fine(name)]

    def fine(self, name: str) -> str:
        """What holds when step `name` ended in a way that lets others go on."""
        if name not in self._fine:
            source = self.pipeline.step(name)
            terms = [_either(self._ends(source, task)) for task in lifecycle.tasks(source)]
            self._fine[name] = " && ".join(terms)
        return self._fine[name]

    def _ends(self, source: Step, task: str) -> list[str]:
        ends = ["Succeeded"]
        ends += ["Failed", "Errored"] if source.tolerated else []
        ends += ["Skipped"] if source.when or source.fan.source else []
        found = [f"{task}.{end}" for end in ends]
        if any(self.skippable(name) for name in self._strict(source)):
            before = dict.fromkeys((*producers(self.pipeline, source), *source.needs))
            calm = " && ".join(dict.fromkeys(self.fine(name) for name in before))
            found.append(f"({task}.Omitted && {calm})")
        return found

    def _strict(self, step: Step) -> list[str]:
        relaxed = self._relaxed(step)
        return [name for name in producers(self.pipeline, step) if name not in relaxed]

    def skippable(self, name: str) -> bool:
        """Whether step `name` may end without having run, and nothing having failed."""
        step = self.pipeline.step(name)
        if step.when or step.fan.source:
            return True
        return any(self.skippable(before) for before in self._strict(step))


def _either(terms: list[str]) -> str:
    return terms[0] if len(terms) == 1 else f"({' || '.join(terms)})"
