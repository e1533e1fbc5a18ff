"""`argosy runs`, `logs`, `why` and `clean`: what can be told of runs afterwards, and meanwhile."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from argosy.engine.cachestore import CacheStore, Result
from tests.cli.flows import HEAD, argosy, data, environment, validator

WORKFLOW = (
    HEAD
    + """\
  arguments: {parameters: [{name: low, value: "1"}]}
  templates:
  - name: main
    dag:
      tasks:
      - {name: measure, template: measure}
      - name: big
        template: fine
        depends: measure.Succeeded
        when: "{{tasks.measure.outputs.parameters.size}} > 10"
      - {name: flaky, template: bad, depends: measure}
      - {name: after, template: fine, depends: flaky.Succeeded}
      - name: each
        template: item
        withItems: [x, z]
        arguments: {parameters: [{name: i, value: "{{item}}"}]}
  - name: measure
    container:
      image: a
      workingDir: /work
      command:
      - sh
      - -c
      - |
        printf 'one\\033[31m red\\033[0m\\n  5%%\\r 10%%\\rdone\\n'
        echo 7 > size
    outputs: {parameters: [{name: size, valueFrom: {path: /work/size}}]}
  - name: fine
    container: {image: a, command: ["true"]}
  - name: bad
    retryStrategy: {limit: "1", retryPolicy: OnFailure}
    container: {image: a, command: [sh, -c, "echo broke; exit 3"]}
  - name: item
    inputs: {parameters: [{name: i}]}
    container: {image: a, command: [echo, "item {{inputs.parameters.i}}"]}
"""
)


@pytest.fixture(scope="module")
def flow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a folder in which two runs have ended, `one-a` and `one-b`."""
    folder = tmp_path_factory.mktemp("flow")
    (folder / "flow.yaml").write_text(WORKFLOW, "utf-8")
    (folder / ".argosy").mkdir()
    (folder / ".argosy/mlflow.ready").touch()
    for name in ("one-a", "one-b"):
        assert argosy(folder, "run", "flow.yaml", "--name", name)[0] == 1
    return folder


def test_runs_lists_the_newest_first(flow: Path) -> None:
    code, out, err = argosy(flow, "runs")
    assert code == 0
    assert [line.split()[1] for line in out.splitlines()] == ["one-b", "one-a"]
    assert err == "next: argosy retry one-b\n"
    assert argosy(flow, "runs", "--limit", "1")[2].startswith("there are more: argosy runs --all")
    assert argosy(flow, "runs", "--phase", "succeeded")[1] == "no such runs\n"
    assert argosy(flow, "runs", "--phase", "odd")[0] == 2
    found = data(flow, "runs", "--pipeline", "flow", schema="runs")
    assert [run["name"] for run in found["runs"]] == ["one-b", "one-a"]
    assert found["runs"][0]["phase"] == "Failed"


def test_logs_are_cleaned_for_display_and_raw_on_demand(flow: Path) -> None:
    assert argosy(flow, "logs", "measure")[1] == "one red\ndone\n"
    assert argosy(flow, "logs", "one-a", "measure", "--raw")[1].startswith("one\x1b[31m red")
    code, out, err = argosy(flow, "logs")
    assert code == 0
    assert "flaky(0) │ broke\n" in out
    assert "flaky(1) │ broke\n" in out
    assert "each(0:x) │ item x\n" in out
    assert err == "run one-b: Failed; next: argosy why one-b STEP\n"


def test_a_word_for_a_step_means_its_attempts_and_members(flow: Path) -> None:
    assert argosy(flow, "logs", "flaky")[1] == "flaky(0) │ broke\nflaky(1) │ broke\n"
    assert argosy(flow, "logs", "one-b", "each")[1] == "each(0:x) │ item x\neach(1:z) │ item z\n"
    assert argosy(flow, "logs", "--json", "flaky(1)")[1].count("\n") == 1


def test_logs_as_data(flow: Path) -> None:
    _, out, _ = argosy(flow, "logs", "one-a", "--json")
    for line in out.splitlines():
        validator("log").validate(json.loads(line))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["one"], "`one` begins the names of 2 runs"),
        (["one-c", "measure"], "there is no run `one-c`"),
        (["one-c", "measure"], "did you mean `one-"),
        (["mesure"], "did you mean `measure`?"),
        (["one-a", "mesure"], "did you mean `measure`?"),
        (["one-a", "b", "c"], "a run and a step"),
    ],
)
def test_C03_a_mistyped_name_says_what_was_meant(flow: Path, words: list[str], said: str) -> None:
    for command in ("logs", "why"):
        code, out, err = argosy(flow, command, *words)
        assert (code, out) == (2, "")
        assert said in err


def test_a_pipelines_name_means_its_last_run(flow: Path) -> None:
    assert "of run one-b: Succeeded" in argosy(flow, "why", "flow", "measure")[1]


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ("measure", ["it depends on no other step", "it succeeded in "]),
        (
            "big",
            [
                "it depends on `measure.Succeeded`: measure Succeeded",
                "`{{tasks.measure.outputs.parameters.size}} > 10` read `7 > 10`: false",
                "(measure: size = 7)",
            ],
        ),
        (
            "flaky",
            [
                "attempt 1: Failed: ended with exit code 3",
                "attempt 2: Failed",
                "it may be tried again: limit 1, policy OnFailure",
                "it failed: ",
            ],
        ),
        ("after", ["it depends on `flaky.Succeeded`, which cannot come true: flaky Failed"]),
        ("flow", ["flaky(1): ended with exit code 3"]),
    ],
)
def test_why_says_it_with_the_values(flow: Path, step: str, said: list[str]) -> None:
    words = ["one-a"] if step == "flow" else ["one-a", step]
    code, out, _ = argosy(flow, "why", *words)
    assert code == 0
    for text in said:
        assert text in out
    found = data(flow, "why", *words, schema="why")
    assert found["reasons"]


def test_logs_follow_a_run_to_its_end(tmp_path: Path) -> None:
    text = WORKFLOW.replace("echo broke;", "echo broke; sleep 1; echo late;")
    (tmp_path / "flow.yaml").write_text(text, "utf-8")
    (tmp_path / ".argosy").mkdir()
    (tmp_path / ".argosy/mlflow.ready").touch()
    with subprocess.Popen(
        [sys.executable, "-m", "argosy", "run", "flow.yaml", "--name", "long", "--json"],
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert "started" in process.stdout.readline()
        assert any("Running" in line for line in iter(process.stdout.readline, ""))
        code, out, err = argosy(tmp_path, "logs", "-f")
        process.stdout.read()
    assert code == 0
    assert "flaky(0) │ late\n" in out
    assert "flaky(1) │ late\n" in out
    assert err.startswith("run long: Failed")


def test_clean_asks_or_is_told(tmp_path: Path) -> None:
    (tmp_path / "f.yaml").write_text(WORKFLOW, "utf-8")
    (tmp_path / ".argosy").mkdir()
    (tmp_path / ".argosy/mlflow.ready").touch()
    assert argosy(tmp_path, "clean", "--keep", "1")[1] == "nothing to remove\n"
    for name in ("a", "b"):
        argosy(tmp_path, "run", "f.yaml", "--name", name)
    assert "which runs?" in argosy(tmp_path, "clean")[2]
    code, _, err = argosy(tmp_path, "clean", "--keep", "1")
    assert code == 2
    assert "1 run would be removed" in err
    assert "--yes" in err
    would = data(tmp_path, "clean", "--keep", "1", "--dry-run", schema="cleaned")
    assert ([run["name"] for run in would["runs"]], would["dry_run"]) == (["a"], True)
    assert argosy(tmp_path, "clean", "--older-than", "30d", "--yes")[1].startswith("0 runs removed")
    assert argosy(tmp_path, "clean", "--keep", "1", "--yes")[1].startswith("1 run removed")
    assert [run["name"] for run in data(tmp_path, "runs", schema="runs")["runs"]] == ["b"]
    assert not (tmp_path / ".argosy/runs/a").exists()
    assert argosy(tmp_path, "clean", "--older-than", "30y")[0] == 2


def test_clean_empties_the_cache_of_results(tmp_path: Path) -> None:
    (tmp_path / "model").write_bytes(b"x" * 2048)
    store = CacheStore(tmp_path / ".argosy/cache")
    store.put("c", "k", Result("r", "r.a", 1.0, artifacts={"m": tmp_path / "model"}))
    would = data(tmp_path, "clean", "--cache", "--dry-run", schema="cleaned")
    assert (would["bytes"], would["runs"]) == (2048, [])
    argosy(tmp_path, "clean", "--cache", "--older-than", "1d")
    assert store.get("c", "k")
    assert argosy(tmp_path, "clean", "--cache")[0] == 0
    assert store.get("c", "k") is None


def test_where_nothing_ran(tmp_path: Path) -> None:
    assert argosy(tmp_path, "runs")[1] == "no runs yet\n"
    for command in ("logs", "why"):
        code, _, err = argosy(tmp_path, command)
        assert code == 2
        assert "there are no runs yet" in err
    assert not (tmp_path / ".argosy").exists()


STEPS = """\
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: {name: rows}
spec:
  entrypoint: main
  templates:
  - name: main
    steps:
    - - {name: first, template: fine}
    - - {name: flaky, template: bad}
  - name: fine
    container: {image: a, command: ["true"]}
  - name: bad
    retryStrategy: {limit: "1"}
    container: {image: a, command: [sh, -c, "exit 3"]}
"""


def test_groups_of_steps_are_read_back_and_one_failure_is_told_once(tmp_path: Path) -> None:
    (tmp_path / "rows.yaml").write_text(STEPS, "utf-8")
    code, _, err = argosy(tmp_path, "run", "rows.yaml", "--name", "r")
    assert code == 1
    assert err.count("error: flaky(1): main: Error (exit code 3)") == 1
    assert "error: flaky(0)" not in err
    assert "attempt 2: Failed" in argosy(tmp_path, "why", "r", "flaky")[1]
    assert argosy(tmp_path, "report", "r")[0] == 0
