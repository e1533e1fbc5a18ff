"""`select`: of the combinations of a matrix, keep the one whose metric is best."""

import math
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from argosy.models.failure import ModelInputError
from compiler.record import record


@record
class Candidate:
    """One combination: its task, its place on the matrix, its values by name."""

    task: str
    axes: tuple[tuple[str, str], ...]
    values: Mapping[str, str]

    def score(self, by: str) -> float | None:
        """Return the metric as a number, None when the candidate has none."""
        try:
            number = float(self.values.get(by, ""))
        except ValueError:
            return None
        return None if math.isnan(number) else number


def candidates(
    arguments: Sequence[str], names: Sequence[str], environment: Mapping[str, str]
) -> tuple[Candidate, ...]:
    """Return the candidates of `task:axis=value,…` arguments, with values from the environment."""
    found = []
    for index, argument in enumerate(arguments):
        task, _, axes = argument.partition(":")
        pairs = [pair.partition("=") for pair in axes.split(",") if pair]
        values = {
            name: environment.get(f"ARGOSY_VALUE_{index}_{variable(name)}", "") for name in names
        }
        found.append(Candidate(task, tuple((axis, value) for axis, _, value in pairs), values))
    return tuple(found)


def variable(name: str) -> str:
    """Return `name` in the letters of environment variables."""
    return re.sub(r"[^A-Z0-9]", "_", name.upper())


def best(found: Sequence[Candidate], by: str, mode: str) -> int:
    """Return the index of the best candidate; of equals the first.

    Raises `ModelInputError` when no candidate has a number.
    """
    sign = 1 if mode == "max" else -1
    scored = [(sign * s, -i) for i, c in enumerate(found) if (s := c.score(by)) is not None]
    if not scored:
        seen = ", ".join(f"{c.task}: {c.values.get(by) or 'nothing'}" for c in found)
        raise ModelInputError(f"no candidate has a number for `{by}`", f"found {seen}")
    return -max(scored)[1]


def write(folder: Path, index: int, chosen: Candidate, artifacts: Sequence[str]) -> None:
    """Write the values and artifacts of the chosen candidate below `folder`/outputs."""
    values = folder / "outputs" / "values"
    values.mkdir(parents=True, exist_ok=True)
    pairs = {**chosen.values, **{f"matrix-{axis}": value for axis, value in chosen.axes}}
    for name, text in {**pairs, "selected": chosen.task}.items():
        (values / name).write_text(text, "utf-8")
    for name in artifacts:
        source, target = folder / "inputs" / str(index) / name, folder / "outputs/artifacts" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(source, target, symlinks=True)
        elif source.is_file():
            shutil.copy2(source, target)
        else:
            raise ModelInputError(f"artifact `{name}` of `{chosen.task}` did not arrive")


def lines(found: Sequence[Candidate], index: int, by: str) -> list[str]:
    """Return a line for each candidate, the chosen one marked."""
    width = max(len(candidate.task) for candidate in found)
    return [
        f"{'*' if i == index else ' '} {c.task:{width}}  {by} {c.values.get(by) or 'missing'}"
        for i, c in enumerate(found)
    ]
