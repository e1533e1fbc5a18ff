"""What is started from the local page: an engine that tries again, MLflow's own page."""

import json
import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

from argosy.engine import journal
from argosy.models.store import prepare_local
from tests.patience import wait_until
from tests.ui.test_ui import ROOT, Page, begun, served

WORKFLOW = """\
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: {name: again}
spec:
  entrypoint: main
  templates:
  - name: main
    dag:
      tasks:
      - {name: first, template: say}
      - {name: second, template: look, depends: first}
  - name: say
    container: {image: "a:1", command: [sh, -c, "echo said"]}
  - name: look
    container: {image: "a:1", command: [sh, -c, "test -e FLAG"]}
"""


def test_failed_steps_are_tried_again(tmp_path: Path) -> None:
    flag, file = tmp_path / "flag", tmp_path / "workflow.yaml"
    file.write_text(WORKFLOW.replace("FLAG", str(flag)), "utf-8")
    words = [sys.executable, "-m", "argosy", "run", str(file), "--name", "r"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    ended = subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, check=False)
    assert ended.returncode == 1, ended
    flag.touch()
    with served(tmp_path) as page:
        page.enter()
        assert 'data-deed="retry"' in page.ask("GET", "/runs/r").text
        answered = page.ask("POST", "/runs/r/retry", {})
        assert answered.status == 200, answered.text
        state = tmp_path / ".argosy"
        wait_until(lambda: journal.load(state, "r").phase == "Succeeded", "it succeeds")
        refused = page.ask("POST", "/runs/r/retry", {})
        assert refused.status == 409
        assert "retry r" in json.loads(refused.text)["error"]


def test_mlflow_is_started_on_request_and_goes_with_the_page(tmp_path: Path) -> None:
    state = tmp_path / ".argosy"
    state.mkdir()
    begun(state, "r").close()
    with served(tmp_path) as page:
        page.enter()
        assert "no MLflow store yet" in page.ask("POST", "/mlflow", {}).text
        prepare_local(state)
        address = _ready(page)
        with urllib.request.urlopen(address, timeout=60) as answer:
            assert answer.status == 200
        assert json.loads(page.ask("POST", "/mlflow", {}).text)["url"] == address
        # however the page ends: nothing can be done at SIGKILL
        page.process.send_signal(signal.SIGKILL)
        page.process.wait(60)
    wait_until(lambda: not _serving(state), "MLflow is gone", lambda: _serving(state))


def _ready(page: Page) -> str:
    def url() -> str:
        answered = page.ask("POST", "/mlflow", {})
        assert answered.status == 200, answered.text
        found = json.loads(answered.text)
        return str(found["url"]) if found["ready"] else ""

    return wait_until(url, "MLflow is ready", pause=0.2)


def _serving(state: Path) -> list[str]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().decode("utf-8", "replace")
        except OSError:
            continue
        if "mlflow" in words and str(state) in words:
            found.append(words)
    return found
