"""Rules of values: a matrix of a sensible size."""

from collections.abc import Iterator

from compiler.parameters import FORBIDDEN
from compiler.pipeline import Pipeline
from compiler.problems import Problem


def matrices(pipeline: Pipeline) -> Iterator[Problem]:
    """The values of a matrix arrive as written."""
    for step in pipeline.steps:
        for _, value in {pair for combination in step.fan.combinations for pair in combination}:
            marks = FORBIDDEN if step.fan.namespace == "each" else (*FORBIDDEN, ",", ":", "=")
            if found := [mark for mark in marks if mark in value and not step.fan.source]:
                message = f"`{found[0]}` in matrix value `{value}` would be changed on the way"
                yield Problem("bad-matrix", message, step.at, "use a short name for it")
