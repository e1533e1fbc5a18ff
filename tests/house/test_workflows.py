"""The workflows of the project are clean, and their actions are pinned."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yaml"))
PATH = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])


@pytest.mark.parametrize("tool", [["actionlint"], ["zizmor", "--offline", "--quiet"]])
def test_a_linter_finds_nothing(tool: list[str]) -> None:
    found = shutil.which(tool[0], path=PATH)
    if found is None:
        pytest.skip(f"{tool[0]} is not installed")
    ended = subprocess.run(
        [found, *tool[1:], *map(str, WORKFLOWS)], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned_by_commit(path: Path) -> None:
    for line in path.read_text("utf-8").splitlines():
        if "uses:" in line:
            assert re.search(r"uses: \S+@[0-9a-f]{40} # v\d", line), line
