"""RULES: passes over a Pipeline, each of which yields what it finds wrong."""

from collections.abc import Callable, Iterator

from compiler.pipeline import Pipeline
from compiler.problems import Problem
from compiler.rules import caching, checkpoints, graph, names, placement, schedule

RULES: tuple[Callable[[Pipeline], Iterator[Problem]], ...] = (
    graph.cycles,
    graph.outputs,
    graph.registrations,
    names.tasks,
    names.calls,
    names.code,
    names.variables,
    names.reserved,
    caching.keys,
    checkpoints.folders,
    checkpoints.calls,
    placement.spot,
    placement.volumes,
    placement.queues,
    schedule.crons,
    schedule.days,
    schedule.parameters,
)

WARNINGS: tuple[Callable[[Pipeline], Iterator[Problem]], ...] = (schedule.clock_changes,)


def check(pipeline: Pipeline) -> list[Problem]:
    """Return everything that any rule finds."""
    return [problem for rule in RULES for problem in rule(pipeline)]


def warn(pipeline: Pipeline) -> list[Problem]:
    """Return what is worth knowing of a pipeline that breaks no rule."""
    return [problem for rule in WARNINGS for problem in rule(pipeline)]
