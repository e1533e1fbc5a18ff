"""Rules of the graph: no cycle, and a registration that has something to register."""

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

from compiler.edges import Edges, producers
from compiler.pipeline import Pipeline, Register, Step
from compiler.problems import Problem, Related


def cycles(pipeline: Pipeline) -> Iterator[Problem]:
    """No step waits for itself, however far around (V-rules of the DAG)."""
    graph = {step.name: {*producers(pipeline, step), *step.needs} for step in pipeline.steps}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        chain = list(reversed(error.args[1]))
        at = pipeline.step(chain[0]).at
        message = f"steps wait for each other: {' → '.join(chain)}"
        edges = tuple(_edge(pipeline, *pair) for pair in pairwise(chain))
        yield Problem("cycle", message, at, "remove one of these edges", related=edges)


def _edge(pipeline: Pipeline, later: str, earlier: str) -> Related:
    step = pipeline.step(later)
    why = "needs" if earlier in step.needs else "reads an output of"
    return Related(f"`{later}` {why} `{earlier}`", step.at)


def outputs(pipeline: Pipeline) -> Iterator[Problem]:
    """What the pipeline puts out is there when it has ended well."""
    if not pipeline.outputs or any(cycles(pipeline)):
        return
    edges = Edges(pipeline)
    for entry in pipeline.outputs:
        source = pipeline.step(entry.step)
        doubtful = source.tolerated or edges.skippable(source.name)
        if doubtful and entry.default is None and not source.fan.many:
            message = f"output `{entry.name}` may not be there: `{source.name}` may not have run"
            hint = "add a step that always runs and puts out a file in either case"
            if entry.type != "artifact":
                hint = f"write {{from: …, default: …}}: what stands in for `{entry.output}`"
            yield Problem("doubtful-output", message, entry.at or pipeline.at, hint)


def registrations(pipeline: Pipeline) -> Iterator[Problem]:
    """Two registrations of one model in a run would race for its alias."""
    seen: dict[str, Step] = {}
    for step in pipeline.steps:
        if isinstance(step.action, Register):
            first = seen.setdefault(step.action.model, step)
            if first is not step:
                message = f"model `{step.action.model}` is registered by `{first.name}` already"
                hint, related = "give it a name of its own", (Related("first here", first.at),)
                yield Problem("registered-twice", message, step.at, hint, related=related)
