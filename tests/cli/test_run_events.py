"""`argosy run --json`: every line by its schema, whatever a step prints and however it ends."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.flows import HEAD, environment, validator

WORKFLOW = (
    HEAD
    + """\
  templates:
  - name: main
    dag: {tasks: [{name: a, template: odd}]}
  - name: odd
    container: {image: a, command: [sh, -c, 'BODY']}
    outputs: {parameters: [{name: v, valueFrom: {path: /tmp/v}}]}
"""
)


def argosy(folder: Path, *arguments: str) -> tuple[int, list[dict[str, Any]], str]:
    """Return the exit code, the lines of stdout as data, each held against its schema, stderr."""
    process = subprocess.run(
        [sys.executable, "-m", "argosy", *arguments],
        cwd=folder,
        env=environment(),
        capture_output=True,
        check=False,
        timeout=120,
    )
    lines = [json.loads(line) for line in process.stdout.decode().splitlines()]
    for line in lines:
        validator("events").validate(line)
    return process.returncode, lines, process.stderr.decode()


@pytest.fixture
def flow(tmp_path: Path) -> Path:
    (tmp_path / ".argosy").mkdir()
    (tmp_path / ".argosy/mlflow.ready").touch()
    return tmp_path


def write(folder: Path, body: str) -> None:
    (folder / "flow.yaml").write_text(WORKFLOW.replace("BODY", body), "utf-8")


def test_a_run_is_a_stream_of_events(flow: Path) -> None:
    write(flow, "mkdir -p tmp; echo 7 > tmp/v")
    code, lines, talk = argosy(flow, "run", "flow.yaml", "--json", "--name", "r")
    assert code == 0
    assert lines[0]["event"] == "started"
    assert (lines[-1]["event"], lines[-1]["phase"], lines[-1]["exit_code"]) == (
        *("ended", "Succeeded", 0),
    )
    phases = [line["phase"] for line in lines if line.get("name") == "r.a"]
    assert phases[-2:] == ["Running", "Succeeded"]
    (value,) = {line["outputs"]["v"] for line in lines if line.get("outputs")}
    assert value == "7"
    assert talk == ""


def test_C04_binary_output_leaves_the_stream_valid(flow: Path) -> None:
    write(flow, r"mkdir -p tmp; head -c 3000 /dev/urandom | tee tmp/v; exit 1")
    code, lines, _ = argosy(flow, "run", "flow.yaml", "--json")
    assert code == 1
    assert lines[-1]["phase"] == "Failed"
    write(flow, r"mkdir -p tmp; head -c 3000 /dev/urandom > tmp/v")
    assert argosy(flow, "run", "flow.yaml", "--json")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["run", "flw.yaml", "--json"], 2, "no pipeline and no path"),
        (["run", "flow.yaml", "--json", "-p", "x=1"], 2, "no such parameter"),
        (["run", "--json"], 2, "TARGET"),
        (["run", "flow.yaml", "--json", "--nmae", "x"], 2, "--nmae"),
        (["rnu", "--json"], 2, "no command `rnu`"),
        (["run", "broken.yaml", "--json"], 1, "expected node content"),
    ],
)
def test_C04_an_error_is_one_document_too(
    flow: Path, arguments: list[str], code: int, said: str
) -> None:
    write(flow, "true")
    (flow / "broken.yaml").write_text("a: [", "utf-8")
    status, lines, talk = argosy(flow, *arguments)
    assert status == code
    (line,) = lines
    validator("failure").validate(line)
    assert said in line["message"]
    assert line["exit_code"] == code
    assert said in talk


def test_P04_a_reader_that_goes_away_ends_the_run_quietly(flow: Path) -> None:
    write(flow, "sleep 60")
    with subprocess.Popen(
        [sys.executable, "-m", "argosy", "run", "flow.yaml", "--json"],
        cwd=flow,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        said = process.stderr.read().decode()
        assert process.wait(60) == 141
    assert said == ""
