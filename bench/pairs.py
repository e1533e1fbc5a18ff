"""Rounds of several commands: A B C A B C …, and ratios within each round."""

import os
import resource
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
ARGOSY = str(Path(sys.executable).parent / "argosy")
BARE = (sys.executable, "-c", "pass")
_TOO_LARGE = b"too-large"
_PEAK = (
    "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True, "
    "stdout=subprocess.DEVNULL); print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
)
Command = Sequence[str]
Costs = Mapping[str, float]
Side = Callable[[Costs], float]
Runs = dict[str, tuple[Command, Path]]


@dataclass(frozen=True)
class Finding:
    """The median of the ratios of all rounds and its quartiles, beside its target.

    `ours` and `peer` are medians: seconds of processor time, or what `unit` says.
    """

    case: str
    against: str
    target: float
    median: float
    low: float
    high: float
    ours: float
    peer: float
    unit: str = "s"

    @property
    def held(self) -> bool:
        """Whether the ratio is what it must be."""
        return self.median <= self.target

    def line(self) -> str:
        """Return the finding as a line of text."""
        amounts = f"{self.ours:8.3f} {self.unit} against {self.peer:8.3f} {self.unit}"
        ratio = f"ratio {self.median:6.3f} ({self.low:.3f}-{self.high:.3f})"
        verdict = "held" if self.held else "MISSED"
        return (
            f"{self.case:34} {amounts} {self.against:24} {ratio}  target {self.target:g} {verdict}"
        )


def measure(command: Command, folder: Path) -> float:
    """Run `command` once in `folder`; return its processor time in seconds.

    Raise `CalledProcessError` with its output when it fails. What is written whole, and then
    refused for being larger than what Argo can store, counts.
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "", "XDG_CACHE_HOME": f"{folder}/cache"}
    ended = subprocess.run(command, cwd=folder, capture_output=True, env=environment, check=False)
    if _TOO_LARGE not in ended.stderr:
        ended.check_returncode()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def rounds(commands: Runs, number: int) -> list[Costs]:
    """Run all `commands`, by name, in turn; return the costs of each of `number` rounds."""
    for command, folder in commands.values():
        measure(command, folder)
    return [
        {name: measure(command, folder) for name, (command, folder) in commands.items()}
        for _ in range(number)
    ]


def finding(
    case: tuple[str, str, float], costs: Sequence[Costs], ours: Side, peer: Side
) -> Finding:
    """Return what rounds say of a case (name, peer, target)."""
    ratios = [ours(cost) / peer(cost) for cost in costs]
    low, median, high = statistics.quantiles(ratios, n=4) if len(ratios) > 1 else ratios * 3
    mine, theirs = (statistics.median(map(side, costs)) for side in (ours, peer))
    return Finding(*case, median, low, high, mine, theirs)


def peak(case: str, run: tuple[Command, Path], limit: float) -> Finding:
    """Return the most memory that a process of a command takes, against `limit` megabytes."""
    command, folder = run
    told = (sys.executable, "-c", _PEAK, *command)
    ended = subprocess.run(told, cwd=folder, capture_output=True, text=True, check=True)
    most = int(ended.stdout) / 1024
    share = most / limit
    return Finding(case, "the most allowed", 1.0, share, share, share, most, limit, "MB")
