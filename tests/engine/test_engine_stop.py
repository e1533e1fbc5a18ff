"""Nothing is left behind: not after Ctrl-C, not after SIGKILL of the engine itself."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

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


def wait_for(condition: "object") -> None:
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        if condition():  # type: ignore[operator]
            return
        time.sleep(0.05)
    pytest.fail("waited in vain")
