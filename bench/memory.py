"""What a memory saves: 10,000 pipelines rendered again, none or ten of them changed."""

import subprocess
import sys
from collections.abc import Iterator
from operator import itemgetter
from pathlib import Path

from bench.pairs import ARGOSY, Finding, finding, measure
from bench.workload import spec, write

COUNT, CHANGED, LIMIT = 10_000, 10, 400.0
RENDER = (ARGOSY, "render", "--env", "prod")
_PEAK = (
    "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True, "
    "stdout=subprocess.DEVNULL); print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
)


def run(folder: Path, _number: int) -> Iterator[Finding]:
    """Yield two renderings that remember against the one that has nothing to remember."""
    project = write(folder / "project", COUNT, 1)
    everything = measure(RENDER, project)
    measure(RENDER, project)
    unchanged = [{"ours": measure(RENDER, project), "all": everything} for _ in range(3)]
    changed = [{"ours": _after_a_change(project, turn), "all": everything} for turn in range(3)]
    for case, costs, target in (
        ("10,000 pipelines, none changed", unchanged, 1 / 40),
        ("10,000 pipelines, 10 changed", changed, 1 / 25),
    ):
        yield finding((case, "rendering all", target), costs, itemgetter("ours"), itemgetter("all"))
    yield _peak(write(folder / "again", COUNT, 1))


def _after_a_change(project: Path, turn: int) -> float:
    for number in range(turn, COUNT, COUNT // CHANGED):
        text = spec(f"p{number}", 1).replace("20000", str(30000 + turn))
        (project / "pipelines" / f"p{number}" / "pipeline.yaml").write_text(text, "utf-8")
    return measure(RENDER, project)


def _peak(project: Path) -> Finding:
    """Return the most memory that rendering all of them takes, against what it may."""
    command = [sys.executable, "-c", _PEAK, *RENDER]
    ended = subprocess.run(command, cwd=project, capture_output=True, text=True, check=True)
    peak = int(ended.stdout) / 1024
    share = peak / LIMIT
    case = "10,000 pipelines, peak memory"
    return Finding(case, "the most allowed", 1.0, share, share, share, peak, LIMIT, "MB")
