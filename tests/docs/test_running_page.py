"""docs/running.md shows what commands say: each is run, and what it says compared."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
_FIGURES = (
    (r"\d+(?:\.\d+)?(?:s|m\d\ds)(?= |:|$)", "0.1s"),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d", "2026-11-25 05:00"),
    (r"removed, [\d.]+ \w+$", "removed, 1 KiB"),
)


def test_every_command_says_what_the_page_shows(tmp_path: Path) -> None:
    text = (ROOT / "docs/running.md").read_text("utf-8")
    for name, body in re.findall(r"^```yaml (\S+)\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        (tmp_path / name).write_text(body, "utf-8")
    blocks = re.findall(r"^```console\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    shown = [entry for block in blocks for entry in re.split(r"^\$ ", block, flags=re.MULTILINE)]
    commands = [entry.split("\n", 1) for entry in shown if entry]
    assert len(commands) > 8
    for command, expected in commands:
        assert _figured(_said(command, tmp_path)) == _figured(expected), command


def _said(command: str, folder: Path) -> str:
    script = f'argosy() {{ "{sys.executable}" -m argosy "$@"; }}\n{command}'
    kept = {name: os.environ[name] for name in ("PATH",) if name in os.environ}
    env = {**kept, "PYTHONPATH": str(ROOT), "HOME": str(folder), "LC_ALL": "C.UTF-8"}
    ended = subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        env={**env, "COLUMNS": "120"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=120,
    )
    return ended.stdout.decode()


def _figured(text: str) -> str:
    for pattern, figure in _FIGURES:
        text = re.sub(pattern, figure, text, flags=re.MULTILINE)
    return text
