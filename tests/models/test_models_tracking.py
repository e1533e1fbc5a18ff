"""Plain scripts and MLflow: what they log is in the right place, and has the right end."""

import contextlib
import importlib.util
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from argosy.models import rest, tracking
from argosy.models.store import client
from tests.patience import wait_until

REPOSITORY = Path(__file__).parents[2]
LOGS = "import mlflow; mlflow.log_metric('m', 3)"
HEAD = """\
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: {name: NAME}
spec:
  entrypoint: main
  templates:
  - name: main
    dag: {tasks: [TASKS]}
"""


@dataclass
class Server:
    """An MLflow server on loopback, which a test may stop and start again."""

    folder: Path
    port: int
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def uri(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        options = ("--backend-store-uri", f"sqlite:///{self.folder}/mlflow.db", "--workers", "1")
        places = ("--artifacts-destination", f"{self.folder}/artifacts", "--port", str(self.port))
        self.process = subprocess.Popen(
            [sys.executable, "-m", "mlflow", "server", *options, *places],
            cwd=self.folder,
            env={**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        wait_until(self._answers, "the server answers", patience=300, pause=0.2)

    def _answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{self.uri}/health"):
            return True
        return False

    def stop(self) -> None:
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        found = Server(tmp_path_factory.mktemp("server"), free.getsockname()[1])
    found.start()
    yield found
    found.stop()


def write(folder: Path, name: str, steps: Mapping[str, str], uri: str = "", more: str = "") -> None:
    """Write a workflow in which each step runs a Python script, all side by side."""
    tasks = ", ".join(f"{{name: {step}, template: {step}}}" for step in steps)
    text = HEAD.replace("NAME", name).replace("TASKS", tasks)
    for step, script in steps.items():
        container: dict[str, Any] = {"image": "a", "command": ["python", "-c", script]}
        if uri:
            container["env"] = [{"name": "MLFLOW_TRACKING_URI", "value": uri}]
        container["resources"] = {"requests": {"cpu": "10m"}}
        text += f"  - {json.dumps({'name': step, 'container': container})}\n"
    (folder / f"{name}.yaml").write_text(text + more, "utf-8")


def environment() -> dict[str, str]:
    """Return little of this environment, with this Python in front: steps need its MLflow."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    path = os.pathsep.join([str(Path(sys.executable).parent), kept["PATH"]])
    return {**kept, "PATH": path, "PYTHONPATH": str(REPOSITORY)}


def argosy(folder: Path, *arguments: str) -> tuple[int, str]:
    """Run `argosy ARGUMENTS`; return its exit code and what it said."""
    ended = subprocess.run(
        [sys.executable, "-m", "argosy", *arguments],
        cwd=folder,
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        text=True,
        timeout=300,
    )
    assert "Traceback" not in ended.stderr.replace("│ Traceback", "")
    return ended.returncode, ended.stdout + ended.stderr


def logged(uri: str, run: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the parent and, by step, the runs that MLflow has of a run."""
    with client(uri) as opened:
        experiments = [item.experiment_id for item in opened.search_experiments()]
        found = opened.search_runs(experiments, f"tags.`argosy.workflow` = '{run}'")
    parents = [item for item in found if item.data.tags.get("argosy.role") == "run"]
    steps = {item.data.tags["argosy.step"]: item for item in found if item not in parents}
    assert len(steps) + len(parents) == len(found)
    assert len(parents) <= 1
    return (vars(parents[0]) if parents else {}), steps


def test_scripts_log_into_a_run_of_their_step_and_its_end_is_told(
    server: Server, tmp_path: Path
) -> None:
    steps = {
        "good": f"{LOGS}; mlflow.log_param('p', 'x')",
        "bad": f"{LOGS}; raise SystemExit(3)",
        "shot": f"{LOGS}; import os; os.kill(os.getpid(), 9)",
        "within": "import mlflow\nwith mlflow.start_run(run_name='own'): mlflow.log_metric('m', 3)",
        "other": f"import mlflow; mlflow.set_experiment('else'); {LOGS}",
        "silent": "print('no word')",
    }
    if importlib.util.find_spec("sklearn"):
        steps["auto"] = (
            "import mlflow; mlflow.sklearn.autolog(log_models=False)\n"
            "from sklearn.linear_model import LogisticRegression\n"
            "LogisticRegression().fit([[0], [1]], [0, 1])"
        )
    write(tmp_path, "train", steps, server.uri)
    code, said = argosy(tmp_path, "run", "train.yaml", "--name", "one")
    assert code == 1, said
    parent, found = logged(server.uri, "one")
    assert set(found) == set(steps) - {"silent"}
    statuses = {step: run.info.status for step, run in found.items()}
    expected = dict.fromkeys(found, "FINISHED") | {"bad": "FAILED", "shot": "KILLED"}
    assert statuses == expected, said
    assert found["good"].data.metrics == {"m": 3}
    assert found["good"].data.params == {"p": "x"}
    assert found["within"].info.run_name == "own"
    assert all(run.info.end_time for run in found.values())
    with client(server.uri) as opened:
        ids = {item.name: item.experiment_id for item in opened.search_experiments()}
    train, other = ids["train"], ids["else"]
    assert {step for step, r in found.items() if r.info.experiment_id == other} == {"other"}
    assert parent["_info"].experiment_id == train
    assert (parent["_info"].run_name, parent["_info"].status) == ("one", "FAILED")
    for run in found.values():
        assert run.data.tags["mlflow.parentRunId"] == parent["_info"].run_id
    assert found["bad"].data.tags["argosy.exit_code"] == "3"
    assert found["bad"].data.tags["argosy.phase"] == "Failed"
    assert found["good"].data.tags["argosy.node"] == "one.good"


def test_steps_that_log_nothing_make_nothing(server: Server, tmp_path: Path) -> None:
    write(tmp_path, "quiet", {f"s{index}": "pass" for index in range(5)}, server.uri)
    code, said = argosy(tmp_path, "run", "quiet.yaml", "--name", "none")
    assert code == 0, said
    assert "MLflow" not in said
    assert logged(server.uri, "none") == ({}, {})
    assert list((tmp_path / ".argosy/tracking").iterdir()) == []


def test_each_attempt_has_a_run_of_its_own(server: Server, tmp_path: Path) -> None:
    script = f"{LOGS}; import os; raise SystemExit(not os.environ['N'] == '1')"
    write(tmp_path, "again", {"flaky": script}, server.uri)
    text = (tmp_path / "again.yaml").read_text("utf-8")
    text = text.replace('{"name": "flaky", ', '{"retryStrategy": {"limit": "2"}, "name": "flaky", ')
    own = '"env": [{"name": "N", "value": "{{retries}}"}, '
    (tmp_path / "again.yaml").write_text(text.replace('"env": [', own), "utf-8")
    code, said = argosy(tmp_path, "run", "again.yaml", "--name", "tries")
    assert code == 0, said
    parent, found = logged(server.uri, "tries")
    statuses = {step: run.info.status for step, run in found.items()}
    assert statuses == {"flaky(0)": "FAILED", "flaky(1)": "FINISHED"}
    assert parent["_info"].status == "FINISHED"


def test_M01_a_server_that_is_away_changes_no_end(tmp_path: Path) -> None:
    write(tmp_path, "away", {"a": "pass"}, "http://127.0.0.1:9")
    began = time.monotonic()
    code, said = argosy(tmp_path, "run", "away.yaml", "--name", "lone")
    assert code == 0, said
    assert "note: MLflow at http://127.0.0.1:9 does not answer" in said
    assert time.monotonic() - began < 60


def test_M01_a_server_that_dies_on_the_way_gets_the_end_later(
    server: Server, tmp_path: Path
) -> None:
    go = tmp_path / "go"
    script = f"{LOGS}\nimport os, pathlib, time\n"
    script += f"while not pathlib.Path({str(go)!r}).exists(): time.sleep(.1)\nos._exit(0)"
    write(tmp_path, "late", {"a": script}, server.uri)
    command = [sys.executable, "-m", "argosy", "run", "late.yaml", "--name", "late-1"]
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment(), stderr=subprocess.PIPE
    ) as process:
        try:
            _until_logged(server.uri)
            server.stop()
            go.touch()
            _, said = process.communicate(timeout=300)
        finally:
            process.kill()
        assert process.returncode == 0, said
    assert b"does not answer" in said
    assert b"gets its end with a later run" in said
    server.start()
    write(tmp_path, "next", {"a": "pass"}, server.uri)
    assert argosy(tmp_path, "run", "next.yaml")[0] == 0
    _, found = logged(server.uri, "late-1")
    assert [run.info.status for run in found.values()] == ["FINISHED"]


def _until_logged(uri: str) -> None:
    wait_until(lambda: _running(uri), "it has logged", pause=0.3)


def _running(uri: str) -> bool:
    with client(uri) as opened:
        found = opened.get_experiment_by_name("late")
        runs = opened.search_runs([found.experiment_id]) if found else []
        return any(run.data.metrics for run in runs)


def test_a_store_on_this_machine_serves_a_file_that_speaks_of_mlflow(tmp_path: Path) -> None:
    script = f"{LOGS}; mlflow.log_text('hello', 'note.txt')"
    write(tmp_path, "here", {"a": script, "b": script, "c": f"{LOGS}; raise SystemExit(1)"})
    code, said = argosy(tmp_path, "run", "here.yaml", "--name", "mine")
    assert code == 1, said
    uri = f"sqlite:///{tmp_path}/.argosy/mlflow.db"
    parent, found = logged(uri, "mine")
    statuses = {step: run.info.status for step, run in found.items()}
    assert statuses == {"a": "FINISHED", "b": "FINISHED", "c": "FAILED"}
    assert parent["_info"].status == "FAILED"
    folder = Path(found["a"].info.artifact_uri.removeprefix("file://"))
    assert folder.is_relative_to(tmp_path / ".argosy/mlartifacts/here")
    assert (folder / "note.txt").read_text("utf-8") == "hello"


def test_a_file_that_does_not_speak_of_mlflow_makes_no_store(tmp_path: Path) -> None:
    script = "import os; assert not [name for name in os.environ if 'FLOW' in name]"
    write(tmp_path, "bare", {"a": script})
    code, said = argosy(tmp_path, "run", "bare.yaml")
    assert code == 0, said
    assert not (tmp_path / ".argosy/mlflow.db").exists()


def test_what_a_server_refuses_is_no_traceback(server: Server) -> None:
    with pytest.raises(rest.RefusedError) as refused:
        rest.call(server.uri, "experiments/create", {"name": ""})
    assert refused.value.code
    assert tracking.prepare(server.uri, "Default") == ""
    assert not tracking.has_logged(server.uri, "no-such-uid")
