"""Rules of values: a matrix of a sensible size, and no secret in plain sight."""

import re
from collections.abc import Iterator

from compiler.parameters import FORBIDDEN
from compiler.pipeline import Pipeline
from compiler.problems import Location, Problem

_COMBINATIONS = 256
_SECRETS = re.compile(
    r"AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36}|xox[abpr]-[A-Za-z0-9-]{10,}"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----|hf_[A-Za-z0-9]{34}|AIza[0-9A-Za-z_-]{35}"
)


def matrices(pipeline: Pipeline) -> Iterator[Problem]:
    """A matrix has at most 256 combinations, each with values that arrive as written."""
    for step in pipeline.steps:
        count = len(step.fan.combinations)
        if count > _COMBINATIONS:
            message = f"the matrix has {count} combinations; at most {_COMBINATIONS}"
            yield Problem("large-matrix", message, step.at, "drop an axis, or split the step")
        for _, value in {pair for combination in step.fan.combinations for pair in combination}:
            marks = FORBIDDEN if step.fan.namespace == "each" else (*FORBIDDEN, ",", ":", "=")
            if found := [mark for mark in marks if mark in value and not step.fan.source]:
                message = f"`{found[0]}` in matrix value `{value}` would be changed on the way"
                yield Problem("bad-matrix", message, step.at, "use a short name for it")


def secrets(pipeline: Pipeline) -> Iterator[Problem]:
    """What looks like a credential is never rendered."""
    hint = "store it as a Kubernetes secret and refer to it under `secrets:`; then revoke this one"
    for step in pipeline.members:
        given = [(argument.name, argument.text) for argument in step.arguments or ()]
        for name, value in (*step.env, *given):
            if _SECRETS.search(value):
                yield Problem("secret", f"`{name}` holds what looks like a secret", step.at, hint)
    folder = pipeline.at.file.rpartition("/")[0]
    for file in pipeline.code:
        for number, line in enumerate(file.content.decode("utf-8", "replace").split("\n"), 1):
            if match := _SECRETS.search(line):
                path = file.origin or f"{folder}/{file.path}"
                at = Location(path, number, match.start() + 1, len(match[0]))
                yield Problem("secret", "this looks like a secret", at, hint)
