"""What a step costs that does nothing: everything around it, the journal included."""

import sys
from collections.abc import Iterator
from operator import itemgetter
from pathlib import Path

from bench import runners
from bench.pairs import Finding, Runs, Side, finding, peak, rounds

FEW, MANY, WIDE = 21, 201, 1000
SHORT, LONG, LIMIT = 1000, 10_000, 150.0
GOALS = {"doit": 1.0, "snakemake": 0.3, "kfp.local": 0.1}
_FORGETFUL = ("env", "XDG_CACHE_HOME=/dev/null")  # what is known of a manifest is kept there
SLOW = ("snakemake", "kfp.local")


def run(folder: Path, number: int) -> Iterator[Finding]:
    """Yield the cost of a start, of a step in a chain and in a fan-out, and how both grow."""
    yield from _start(folder / "start", number)
    for kind, count in (("chain", MANY), ("fan", WIDE)):
        yield from _steps(folder / kind, kind, count, max(number // 2, 2))
    yield from _growth(folder / "growth")


def _start(folder: Path, number: int) -> Iterator[Finding]:
    command, place = _ours(folder / "one", ("chain", 1))
    commands: Runs = {
        "argosy run, one step": (command, place),
        "argosy run, never run before": ((*_FORGETFUL, *command), place),
        "bare": (runners.bare(_made(folder / "bare"), ("chain", 1)), folder / "bare"),
    }
    costs = rounds(commands, number)
    for case in list(commands)[:-1]:
        about = (case, "asyncio, one process", 2.0)
        yield finding(about, costs, itemgetter(case), itemgetter("bare"))


def _steps(folder: Path, kind: str, count: int, number: int) -> Iterator[Finding]:
    commands: Runs = {
        "argosy-1": _ours(folder / "one", (kind, 1)),
        "argosy": _ours(folder / "all", (kind, count)),
    }
    python = runners.peers()
    if python is None:
        print("no peers: `make bench` installs them", file=sys.stderr)
        return
    for name, write in runners.PEERS.items():
        for key, steps in ((f"{name}-1", 1), (name, _count(name, count))):
            place = _made(folder / key)
            commands[key] = ((str(python), *write(place, (kind, steps))), place)
    costs = rounds(commands, number)
    for name, goal in GOALS.items():
        case = (f"a step, {kind} of {count}", f"the same in {name}", goal)
        yield finding(case, costs, _each("argosy", count), _each(name, _count(name, count)))


def _count(name: str, count: int) -> int:
    """How many steps a peer gets: of those that are slow, enough to tell what one costs."""
    return FEW if name in SLOW else count


def _growth(folder: Path) -> Iterator[Finding]:
    commands: Runs = {
        str(count): _ours(folder / str(count), ("chain", count)) for count in (1, SHORT, LONG)
    }
    case = (f"a step of {LONG:,}", f"a step of {SHORT:,}", 1.2)
    yield finding(case, rounds(commands, 2), _each(str(LONG), LONG), _each(str(SHORT), SHORT))
    yield peak(f"{LONG:,} steps, peak memory", commands[str(LONG)], LIMIT)


def _ours(folder: Path, shape: runners.Shape) -> tuple[tuple[str, ...], Path]:
    return tuple(runners.argosy(_made(folder), shape)), folder


def _each(many: str, count: int) -> Side:
    """Return what a further step costs: the difference of two runs, by how many more there are."""
    one = "1" if many.isdigit() else f"{many}-1"
    return lambda costs: (costs[many] - costs[one]) / (count - 1)


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
