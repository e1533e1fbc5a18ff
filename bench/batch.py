"""What more costs: a further pipeline of a thousand, a further step of five thousand."""

import shutil
import sys
from collections.abc import Iterator
from operator import itemgetter
from pathlib import Path

from bench.pairs import ARGOSY, ROOT, Finding, Runs, Side, finding, rounds
from bench.workload import write

RENDER = (ARGOSY, "render", "--env", "prod", "-o", "-")
MANY, LONG, SHORT = 1000, 1250, 250


def pipelines(folder: Path, number: int) -> Iterator[Finding]:
    """Yield the cost of each further pipeline of 1,000, in one process."""
    one, many = write(folder / "one", 1, 1), write(folder / "many", MANY, 1)
    commands: Runs = {"one": (RENDER, one), "many": (RENDER, many)}
    commands |= _peers(folder, {"one": (1, 1), "many": (MANY, 1)})
    costs = rounds(commands, max(number // 2, 2))
    for peer, target in (("hera", 0.2), ("helm", 1.0)):
        if f"{peer}-one" in commands:
            yield finding(
                ("each further pipeline of 1,000", f"the same in {peer}", target),
                costs,
                _each("many", "one", MANY - 1),
                _each(f"{peer}-many", f"{peer}-one", MANY - 1),
            )


def steps(folder: Path, number: int) -> Iterator[Finding]:
    """Yield the cost of one pipeline of 5,001 steps, and of its steps against those of 1,001."""
    long, short = write(folder / "long", 1, LONG), write(folder / "short", 1, SHORT)
    one = write(folder / "one", 1, 1)
    commands: Runs = {"long": (RENDER, long), "short": (RENDER, short), "one": (RENDER, one)}
    commands |= _peers(folder, {"long": (1, LONG)})
    costs = rounds(commands, max(number // 2, 2))
    if "helm-long" in commands:
        yield finding(
            ("one pipeline of 5,001 steps", "helm template", 1.0),
            costs,
            itemgetter("long"),
            itemgetter("helm-long"),
        )
    yield finding(
        ("a step of 5,001", "a step of 1,001", 1.2),
        costs,
        _each("long", "one", 4 * LONG - 4),
        _each("short", "one", 4 * SHORT - 4),
    )


def _each(many: str, one: str, further: int) -> Side:
    """Return what one more costs: the difference of two runs, by how many more there are."""
    return lambda costs: (costs[many] - costs[one]) / further


def _peers(folder: Path, sizes: dict[str, tuple[int, int]]) -> Runs:
    found: Runs = {}
    for name, (count, diamonds) in sizes.items():
        hera = (sys.executable, str(ROOT / "bench/hera_diamonds.py"), str(count), str(diamonds))
        found[f"hera-{name}"] = (hera, folder)
        if shutil.which("helm"):
            chart = ("helm", "template", "x", str(ROOT / "bench/chart"))
            sizes_given = f"pipelines={count},diamonds={diamonds}"
            found[f"helm-{name}"] = ((*chart, "--set", sizes_given), folder)
    return found
