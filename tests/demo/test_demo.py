"""The demo, told once: it checks its own claims, so that only its end is left to see."""

import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]


def _demo(folder: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "demo", str(folder)],
        cwd=REPOSITORY,
        capture_output=True,
        check=False,
        text=True,
        timeout=600,
    )


def test_the_story_is_told_to_its_end(tmp_path: Path) -> None:
    told = _demo(tmp_path / "demo")
    assert told.returncode == 0, told.stdout[-3000:] + told.stderr
    assert "Traceback" not in told.stdout + told.stderr
    assert [f"━━ {number}." in told.stdout for number in range(1, 9)] == [True] * 8
    summary = told.stdout.split("━━ 8.")[1]
    for text in ("source repository", "(3 commits)", "MLflow store", "All as told", "argosy plan"):
        assert text in summary
    trees = [line.split()[-1] for line in told.stdout.splitlines() if line.startswith("  tree ")]
    assert len(trees[-1]) == 40


def test_a_folder_that_is_not_a_demos_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text("mine", "utf-8")
    told = _demo(tmp_path)
    assert told.returncode == 1
    assert "holds what no demo wrote" in told.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["notes.md"]
