"""What a plan costs: 1,000 published pipelines, ten of them changed, against doing all of it."""

import shutil
import subprocess
from collections.abc import Iterator
from operator import itemgetter
from pathlib import Path

from bench.pairs import ARGOSY, Finding, finding, measure
from bench.workload import spec, write

COUNT, CHANGED, DIAMONDS = 1_000, 10, 4
PLAN = (ARGOSY, "plan", "--env", "prod")
_IDENTITY = ("-c", "user.name=bench", "-c", "user.email=bench@example.com")


def run(folder: Path, number: int) -> Iterator[Finding]:
    """Yield a plan that remembers, and one against a revision, against one that does neither."""
    project = write(folder / "project", COUNT, DIAMONDS)
    (project / ".gitignore").write_text("cache\n.argosy\n", "utf-8")
    for command in (("init", "-q"), ("add", "-A"), (*_IDENTITY, "commit", "-qm", "first")):
        subprocess.run(["git", *command], cwd=project, check=True)
    measure((ARGOSY, "publish", "--env", "prod"), project)
    measure(PLAN, project)
    costs = [_round(project, turn) for turn in range(min(number, 3))]
    for case, ours in (("with a memory", "ours"), ("against a revision", "base")):
        named = (f"plan of 1,000, 10 changed, {case}", "rendering, comparing all", 1 / 20)
        yield finding(named, costs, itemgetter(ours), itemgetter("all"))


def _round(project: Path, turn: int) -> dict[str, float]:
    for number in range(turn, COUNT, COUNT // CHANGED):
        text = spec(f"p{number}", DIAMONDS).replace("20000", str(30000 + turn))
        (project / "pipelines" / f"p{number}" / "pipeline.yaml").write_text(text, "utf-8")
    ours = measure(PLAN, project)
    shutil.rmtree(project / "cache")
    base = measure((*PLAN, "--base", "HEAD"), project)
    shutil.rmtree(project / "cache", ignore_errors=True)
    whole = measure(PLAN, project)
    subprocess.run(["git", "checkout", "-q", "--", "."], cwd=project, check=True)
    measure(PLAN, project)
    return {"ours": ours, "base": base, "all": whole}
