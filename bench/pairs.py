"""Paired runs of two commands: A B A B …, and the ratio of each pair."""

import os
import resource
import statistics
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Cost:
    """What one run took: wall clock and processor, in seconds."""

    wall: float
    cpu: float


@dataclass(frozen=True)
class Ratio:
    """The median of paired ratios and its quartiles; medians of both sides in seconds."""

    median: float
    low: float
    high: float
    ours: float
    peer: float


def measure(command: Sequence[str], folder: Path) -> Cost:
    """Run `command` once; raise `CalledProcessError` with its output when it fails."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    subprocess.run(command, cwd=folder, capture_output=True, check=True, env=_environment())
    wall = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Cost(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}


def compare(ours: Sequence[str], peer: Sequence[str], folder: Path, pairs: int) -> Ratio:
    """Return the ratio of processor time of `ours` to `peer` over `pairs` alternating runs."""
    measure(ours, folder), measure(peer, folder)
    costs = [(measure(ours, folder).cpu, measure(peer, folder).cpu) for _ in range(pairs)]
    low, median, high = statistics.quantiles([a / b for a, b in costs], n=4)
    middle = [statistics.median(side) for side in zip(*costs)]
    return Ratio(median, low, high, middle[0], middle[1])
