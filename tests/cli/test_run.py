"""`argosy run`: targets, parameters, live lines, failures and interrupts."""

import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.patience import wait_until

if TYPE_CHECKING:
    from tests.cli.conftest import Shop

# a store that is never asked: the pipelines here register nothing
MLFLOW = "sqlite:////nonexistent/mlflow.db"


@pytest.fixture
def quick(shop: "Shop") -> "Shop":
    """The shop with an MLflow of its own, so that no local store is made."""
    shop.edit("{namespace: ml-dev}", '{namespace: ml-dev, mlflow: {uri: "http://[::1]:9"}}',
              shop.root / "argosy.yaml")  # fmt: skip
    return shop


def test_a_pipeline_by_name_tells_each_change_and_sums_up(quick: "Shop") -> None:
    source = quick.commit()
    ended = quick.argosy("run", "hello", "--env", "dev", "--name", "first")
    assert ended.status == 0, ended
    assert "✔ run first Succeeded in " in ended.out
    lines = [line.split(None, 1)[1] for line in ended.err.splitlines() if "s  " in line[:12]]
    assert lines[0].startswith("● greet")
    assert any(line.startswith("✔ greet") and "said=world" in line for line in lines)
    assert source[:10] in ended.err
    assert (quick.root / ".argosy" / "runs" / "first" / "logs").is_dir()


def test_parameters_reach_the_steps_and_are_never_code(quick: "Shop") -> None:
    quick.commit()
    odd = 'x"; touch /tmp/owned; echo "$HOME `id`'
    ended = quick.argosy("run", "hello", "--env", "dev", "-p", f"who={odd}", "--name", "odd")
    assert ended.status == 0
    logs = [p.read_text() for p in (quick.root / ".argosy/runs/odd/logs").iterdir()]
    assert f"hello {odd}\n" in logs


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["whom=you"], "did you mean `who`?"),
        (["who"], "write -p who=VALUE"),
        (["who=a", "who=b"], "given twice"),
        (["colour=gren"], "did you mean `green`?"),
        (["times=two"], "`two` is no integer"),
        (["times=0"], "0 is less than the minimum 1"),
        (["times=10"], "10 is more than the maximum 9"),
        (["share=nan"], "`nan` is no number"),
        (["tag=x"], "does not match v[0-9]+"),
        (["who={{workflow.name}}"], "`{{` in a value"),
        (["who=$(HOME)"], "`$(` in a value"),
        (["who=$$"], "`$$` in a value"),
        (["argosy-source=abc"], "no such parameter"),
    ],
)
def test_parameters_that_are_refused(quick: "Shop", given: list[str], said: str) -> None:
    options = [part for pair in given for part in ("-p", pair)]
    ended = quick.argosy("run", "hello", "--env", "dev", *options)
    assert (ended.status, ended.out) == (2, "")
    assert said in ended.err
    assert not (quick.root / ".argosy" / "runs").exists()


def test_limits_hold_for_what_is_published_too(quick: "Shop") -> None:
    quick.commit()
    assert quick.argosy("publish", "--env", "dev").status == 0
    ended = quick.argosy("run", "hello", "--env", "dev", "--published", "-p", "times=10")
    assert ended.status == 2
    assert "more than the maximum 9" in ended.err


def test_a_failing_step_shows_the_end_of_its_log(quick: "Shop") -> None:
    quick.edit("echo again", "echo it broke; exit 3")
    ended = quick.argosy("run", "hello", "--env", "dev")
    assert ended.status == 1
    assert "✖ run hello-" in ended.out
    assert "  │ it broke" in ended.err
    assert "exit code 3" in ended.err
    assert "whole log: .argosy/runs/" in ended.err


def test_what_is_published_is_what_runs(quick: "Shop") -> None:
    none = quick.argosy("run", "hello", "--env", "dev", "--published")
    assert none.status == 2
    assert "argosy publish --env dev" in none.err
    source = quick.commit()
    quick.argosy("publish", "--env", "dev")
    quick.edit("echo again", "exit 1")
    ended = quick.argosy("run", "hello", "--env", "dev", "--published")
    assert ended.status == 0, ended
    assert f"of source {source[:10]}" in ended.err
    assert (quick.root / ".argosy/published/dev/hello/workflowtemplate.yaml").exists()
    unknown = quick.argosy("run", "hallo", "--env", "dev", "--published")
    assert unknown.status == 2
    assert "did you mean `hello`?" in unknown.err


def test_a_checkout_of_the_gitops_repository_runs(quick: "Shop", tmp_path: Path) -> None:
    source = quick.commit()
    quick.argosy("publish", "--env", "dev")
    quick.git("clone", "-q", ".argosy/gitops.git", str(tmp_path / "work"))
    folder = tmp_path / "work" / "envs" / "dev" / "hello"
    shutil.rmtree(quick.root / ".argosy" / "runs", ignore_errors=True)
    ended = quick.argosy("run", "envs/dev/hello", cwd=tmp_path / "work")
    assert ended.status == 0, ended
    assert f"of source {source[:10]}" in ended.err
    assert (tmp_path / "work" / ".argosy" / "runs").is_dir()
    assert folder.is_dir()


def test_a_target_that_is_nothing(quick: "Shop") -> None:
    typo = quick.argosy("run", "hallo", "--env", "dev")
    assert typo.status == 2
    assert "did you mean `hello`?" in typo.err
    assert quick.argosy("run", "no/such/path").status == 1
    (quick.root / "text.yaml").write_bytes(b"\xff\xfe{")
    assert quick.argosy("run", "./text.yaml").status == 1


REFUSED = """apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: {name: w}
spec:
  entrypoint: a
  templates:
  - {name: a, container: {image: i, command: [echo, "{{inputs.parameters.x}}"]}}
  - {name: a, container: {imagee: i, command: [echo, "{{item}}"]}}
"""


def test_a_manifest_that_argo_would_not_take_shows_every_mistake(tmp_path: Path) -> None:
    (tmp_path / "w.yaml").write_text(REFUSED, "utf-8")
    command = [sys.executable, "-m", "argosy", "run", "w.yaml"]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert ended.stdout == ""
    heads = [line.split(" templates")[0] for line in ended.stderr.splitlines() if "error[" in line]
    assert heads == [
        "w.yaml:7:54: error[AR953 argo-refuses]",
        "w.yaml:8:12: error[AR953 argo-refuses]",
        "w.yaml:8:27: error[AR953 argo-refuses]",
        "w.yaml:8:55: error[AR954 argo-differs]",
    ]
    assert "help: did you mean `image`?" in ended.stderr
    assert 'echo, "{{item}}"]}}\n' in ended.stderr
    assert ended.stderr.endswith("see: argosy explain AR953 AR954\n")
    assert [path.name for path in tmp_path.iterdir()] == ["w.yaml"]


def test_two_runs_of_one_name_do_not_mix(quick: "Shop") -> None:
    quick.argosy("run", "hello", "--env", "dev", "--name", "same")
    ended = quick.argosy("run", "hello", "--env", "dev", "--name", "same")
    assert ended.status == 1
    assert "another --name" in ended.err


def test_ctrl_c_ends_the_steps_and_exits_130(quick: "Shop") -> None:
    quick.edit("echo again", "echo waiting; sleep 300")
    with subprocess.Popen(
        [sys.executable, "-m", "argosy", "run", "hello", "--env", "dev", "--name", "long"],
        cwd=quick.root,
        env=quick.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            _until_waiting(quick.root / ".argosy" / "runs" / "long" / "logs")
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 130, err
    assert "Traceback" not in err
    assert "✖ run long Failed" in out
    assert _inside(quick.root) == []


def _until_waiting(logs: Path) -> None:
    def waits() -> bool:
        return any("waiting" in path.read_text("utf-8") for path in logs.glob("*repeat*"))

    wait_until(waits, "the step waits")


def _inside(folder: Path) -> list[str]:
    """Return the command lines of the processes whose current folder is below `folder`."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").readlink().is_relative_to(folder):
                found.append((process / "cmdline").read_text("utf-8"))
        except OSError:
            continue
    return found


def test_what_only_a_cluster_has_is_said(quick: "Shop") -> None:
    quick.edit("    run: echo again", "    run: echo again\n    hardware: {gpu: 1}")
    quick.commit()
    ended = quick.argosy("run", "hello", "--env", "dev", "--name", "gpu")
    assert ended.status == 0, ended
    assert "note: `repeat` gets no nvidia.com/gpu 1 on this machine\n" in ended.err


def test_a_store_that_is_made_first_says_that_it_takes_a_while(shop: "Shop") -> None:
    (shop.root / ".argosy/mlflow.lock").mkdir(parents=True)  # so that none can be made
    making = shop.argosy("run", "hello", "--env", "dev")
    assert "making an MLflow store, once" in making.err
    (shop.root / ".argosy/mlflow.ready").write_text("hello\n", "utf-8")
    assert "making" not in shop.argosy("run", "hello", "--env", "dev").err
