"""What `argosy completion` prints, in the shells themselves."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.flows import REPOSITORY, argosy, environment
from tests.scratch import write

SPEC = """\
apiVersion: argosy.dev/v1
kind: Pipeline
name: train-daily
steps: {a: {run: 'true', image: 'a:1'}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a project with a pipeline and a run, and an `argosy` beside it."""
    root = write(tmp_path / "project", SPEC, name="train-daily")
    (root / ".argosy").mkdir(exist_ok=True)
    program = tmp_path / "bin" / "argosy"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m argosy "$@"\n', "utf-8")
    program.chmod(0o755)
    return root


def completed(folder: Path, *words: str) -> list[str]:
    """Return what bash offers for the last of the words."""
    line = " ".join(f"'{word}'" for word in ("argosy", *words))
    script = (
        'eval "$(argosy completion bash)"\n'
        f"COMP_WORDS=({line}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))\n"
        '_argosy; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    path = os.pathsep.join([str(folder.parent / "bin"), os.environ["PATH"]])
    ended = subprocess.run(
        ["bash", "--norc", "-uc", script],
        cwd=folder,
        env=environment(PATH=path, PYTHONPATH=str(REPOSITORY)),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert not ended.stderr
    return ended.stdout.split()


def test_commands_options_and_choices_are_offered(folder: Path) -> None:
    assert "validate" in completed(folder, "")
    assert completed(folder, "val") == ["validate"]
    assert completed(folder, "-C", "somewhere", "expl") == ["explain"]
    assert completed(folder, "plan", "--exit") == ["--exit-code"]
    assert completed(folder, "plan", "--format", "") == ["text", "markdown", "json", "comment"]
    assert completed(folder, "run", "x", "--runtime", "s") == ["sandbox"]
    assert "compare" in completed(folder, "models", "")
    assert completed(folder, "render", "--output", "") == []


def test_names_of_the_project_are_offered(folder: Path) -> None:
    assert completed(folder, "render", "") == ["train-daily"]
    assert completed(folder, "plan", "--env", "") == ["dev"]
    assert completed(folder, "run", "--name", "") == []
    flow = "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {name: flow}\nspec:\n"
    flow += "  entrypoint: a\n  templates: [{name: a, container: {image: a, command: ['true']}}]\n"
    (folder / "flow.yaml").write_text(flow, "utf-8")
    assert argosy(folder, "run", "flow.yaml", "--name", "one")[0] == 0
    assert completed(folder, "logs", "") == ["one"]


def test_a_name_that_a_shell_would_run_is_not_offered(folder: Path) -> None:
    hostile = folder / "pipelines" / "$(touch pwned)"
    shutil.copytree(folder / "pipelines" / "train-daily", hostile)
    completed(folder, "render", "")
    assert not (folder / "pwned").exists()


def test_outside_of_a_project_nothing_is_said(tmp_path: Path) -> None:
    for kind in ("environments", "pipelines", "runs"):
        assert argosy(tmp_path, "completion", "--values", kind) == (0, "\n", "")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_is_one_of_its_shell(shell: str, tmp_path: Path) -> None:
    code, script, err = argosy(tmp_path, "completion", shell)
    assert (code, err) == (0, "")
    assert "--exit-code" in script or "-l exit-code" in script
    if shutil.which(shell):
        told = subprocess.run(
            [shell, "-n"], input=script, text=True, capture_output=True, check=False
        )
        assert (told.returncode, told.stderr) == (0, "")
