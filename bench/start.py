"""What a start costs: one command, one pipeline, in a process of its own."""

import shutil
import sys
from collections.abc import Iterator
from operator import itemgetter
from pathlib import Path

from bench.pairs import ARGOSY, BARE, ROOT, Finding, Runs, finding, rounds
from bench.workload import write


def run(folder: Path, number: int) -> Iterator[Finding]:
    """Yield `--help`, `validate` and a cold render against a bare interpreter, Hera and Helm."""
    project = write(folder / "project", 1, 1)
    render = (ARGOSY, "render", "p0", "--env", "prod", "-o", "-")
    commands: Runs = {
        "bare": (BARE, project),
        "help": ((ARGOSY, "--help"), project),
        "validate": ((ARGOSY, "validate", "p0", "--env", "prod"), project),
        "render": (render, project),
        "hera": ((sys.executable, str(ROOT / "bench/hera_diamonds.py"), "1", "1"), project),
    }
    if shutil.which("helm"):
        commands["helm"] = (("helm", "template", "x", str(ROOT / "bench/chart")), project)
    costs = rounds(commands, number)
    cases = [
        ("argosy --help", "help", "bare", 3.0),
        ("argosy validate", "validate", "bare", 10.0),
        ("argosy render, 5 steps", "render", "hera", 0.15),
        ("argosy render, 5 steps", "render", "helm", 1.5),
    ]
    names = {"bare": "python -c pass", "hera": "the same in Hera", "helm": "helm template"}
    for case, ours, peer, target in cases:
        if peer in commands:
            yield finding((case, names[peer], target), costs, itemgetter(ours), itemgetter(peer))
