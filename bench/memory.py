"""What a memory saves: 10,000 pipelines rendered again, none or ten of them changed."""

from collections.abc import Iterator
from operator import itemgetter
from pathlib import Path

from bench.pairs import ARGOSY, Finding, finding, measure, peak
from bench.workload import spec, write

COUNT, CHANGED, LIMIT = 10_000, 10, 400.0
RENDER = (ARGOSY, "render", "--env", "prod")


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
    yield peak("10,000 pipelines, peak memory", (RENDER, write(folder / "again", COUNT, 1)), LIMIT)


def _after_a_change(project: Path, turn: int) -> float:
    for number in range(turn, COUNT, COUNT // CHANGED):
        text = spec(f"p{number}", 1).replace("20000", str(30000 + turn))
        (project / "pipelines" / f"p{number}" / "pipeline.yaml").write_text(text, "utf-8")
    return measure(RENDER, project)
