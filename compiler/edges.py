"""Edges → `depends`: when a task may start, given how the tasks before it ended.

Data that is needed and was skipped skips its reader too; mere order does not. A failure never
hides behind a step that was skipped: only Argo's `Omitted` with nothing failed before it counts.
"""

from collections.abc import Iterator, Mapping
from functools import cached_property
from graphlib import TopologicalSorter

from compiler import expression, lifecycle
from compiler.pipeline import Pipeline, Register, Select, Step
from compiler.record import record

MARK = "--fine"
_LONG = 600


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


@record
class Edges:
    """The `depends` of every step of `pipeline`, which has no cycle."""

    pipeline: Pipeline

    @cached_property
    def _reads(self) -> Mapping[str, tuple[str, ...]]:
        return {step.name: producers(self.pipeline, step) for step in self.pipeline.steps}

    @cached_property
    def _relaxed(self) -> Mapping[str, set[str]]:
        """The producers whose outputs have a default at a step, wherever it reads them."""
        return {step.name: self._with_default(step) for step in self.pipeline.steps}

    def _with_default(self, step: Step) -> set[str]:
        if all(entry.default is None for entry in step.inputs):
            return set()
        strict = {entry.step for entry in step.inputs if entry.default is None}
        strict.update(_read(self.pipeline, step))
        return {entry.step for entry in step.inputs} - strict

    @cached_property
    def _order(self) -> tuple[Step, ...]:
        """The steps, each after those that it waits for."""
        graph = {step.name: self._before(step) for step in self.pipeline.steps}
        return tuple(map(self.pipeline.step, TopologicalSorter(graph).static_order()))

    def _before(self, step: Step) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self._reads[step.name], *step.needs)))

    def depends(self, step: Step) -> str:
        """Return the condition under which each task of `step` may start; nothing for at once."""
        found: dict[str, None] = {}
        data = self._reads[step.name]
        for name in data:
            relaxed = name in self._relaxed[step.name]
            found |= dict.fromkeys([self.fine(name)] if relaxed else self._arrived(name))
        found |= {self.fine(name): None for name in step.needs if name not in data}
        return " && ".join(found)

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
        return f"{name}{MARK}.Succeeded" if name in self.marks else self._fine[name]

    def ended(self, name: str) -> str:
        """What `fine` stands for, in terms of the tasks of step `name` and those before it."""
        return self._fine[name]

    @cached_property
    def marks(self) -> Mapping[str, str]:
        """The steps whose `fine` is long, and it: who waits for them waits for one task instead."""
        waited = {name for step in self.pipeline.steps for name in self._before(step)}
        return {n: text for n, text in self._fine.items() if n in waited and len(text) > _LONG}

    @cached_property
    def _fine(self) -> Mapping[str, str]:
        found: dict[str, str] = {}

        def short(name: str) -> str:
            return f"{name}{MARK}.Succeeded" if len(found[name]) > _LONG else found[name]

        for step in self._order:
            calm = " && ".join(dict.fromkeys(short(name) for name in self._before(step)))
            terms = [_either(self._ends(step, task, calm)) for task in lifecycle.tasks(step)]
            found[step.name] = " && ".join(terms)
        return found

    def _ends(self, source: Step, task: str, calm: str) -> list[str]:
        ends = ["Succeeded"]
        ends += ["Failed", "Errored"] if source.tolerated else []
        ends += ["Skipped"] if source.when or source.fan.source else []
        found = [f"{task}.{end}" for end in ends]
        if any(self.skippable(name) for name in self._strict(source)):
            found.append(f"({task}.Omitted && {calm})")
        return found

    def _strict(self, step: Step) -> list[str]:
        relaxed = self._relaxed[step.name]
        return [name for name in self._reads[step.name] if name not in relaxed]

    def skippable(self, name: str) -> bool:
        """Whether step `name` may end without having run, and nothing having failed."""
        return name in self._skippable

    @cached_property
    def _skippable(self) -> set[str]:
        found: set[str] = set()
        for step in self._order:
            own = step.when or step.fan.source
            if own or not found.isdisjoint(self._strict(step)):
                found.add(step.name)
        return found


def _either(terms: list[str]) -> str:
    return terms[0] if len(terms) == 1 else f"({' || '.join(terms)})"
