"""Nothing is left behind: not after Ctrl-C, not after SIGKILL of the engine itself."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from argosy.engine import journal
from argosy.engine.failure import EngineError
from argosy.engine.nodes import Node
from tests.engine.processes import wait_for

MANIFEST = """
apiVersion: argoproj.io/v1alpha1
kind: WorkflowTemplate
metadata: {name: w}
spec:
  entrypoint: a
  templates:
  - name: a
    container:
      image: none
      command: [sh, -c, "setsid sleep 300 & echo $! > %s; trap '' TERM; sleep 300"]
"""
DRIVER = """
import sys
from pathlib import Path
from argosy.engine.manifests import load
from argosy.engine.run import run
ended = run(load(Path(sys.argv[1])), parameters={}, folder=Path(sys.argv[2]), environment={},
            on_event=lambda event: None)
print(ended.phase, ended.interrupted)
"""


@pytest.mark.parametrize(
    ("signals", "said"),
    [
        ([signal.SIGINT], "Failed True"),
        ([signal.SIGTERM], "Failed True"),
        ([signal.SIGINT, signal.SIGINT], "Failed True"),
        ([signal.SIGKILL], ""),
    ],
)
def test_the_steps_end_with_the_engine(
    signals: list[signal.Signals], said: str, tmp_path: Path
) -> None:
    pid = tmp_path / "pid"
    (tmp_path / "w.yaml").write_text(MANIFEST % pid)
    engine = subprocess.Popen(
        [sys.executable, "-c", DRIVER, str(tmp_path / "w.yaml"), str(tmp_path / "state")],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    wait_for(lambda: pid.exists() and pid.read_text().strip() != "")
    child = pid.read_text().strip()
    for number in signals:
        os.kill(engine.pid, number)
        time.sleep(0.3)
    output, _ = engine.communicate(timeout=30)
    assert output.strip() == said
    wait_for(lambda: gone(child))


def gone(pid: str) -> bool:
    try:
        return "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return True


def test_a_retry_that_waits_for_its_next_attempt_can_be_stopped(tmp_path: Path) -> None:
    wait = "  - name: a\n    retryStrategy: {limit: 3, backoff: {duration: 1h}}\n"
    (tmp_path / "w.yaml").write_text(
        MANIFEST.replace("  - name: a\n", wait) % (tmp_path / "pid; exit 1; ")
    )
    state = tmp_path / "state"
    engine = subprocess.Popen(
        [sys.executable, "-c", DRIVER, str(tmp_path / "w.yaml"), str(state)],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    wait_for(lambda: any("Backoff" in n.message for run in runs(state) for n in nodes(state, run)))
    os.kill(engine.pid, signal.SIGTERM)
    output, _ = engine.communicate(timeout=30)
    assert output.strip() == "Failed True"
    ended = nodes(state, runs(state)[0])
    assert [n.message for n in ended if n.type == "Retry"] == ["Stopped with strategy 'Stop'"]


def runs(state: Path) -> list[str]:
    return [run.name for run in journal.runs(state)]


def nodes(state: Path, run: str) -> tuple[Node, ...]:
    with contextlib.suppress(EngineError):  # its record is being made
        return journal.load(state, run).nodes
    return ()
