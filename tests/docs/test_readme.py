"""The README says what is so: its commands exist, its pipeline is valid, its diagnostic is real."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from compiler.project import load_project
from compiler.render import render, validate

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"```(\w*)\n(.*?)```", README, re.DOTALL)


def argosy(*arguments: str, folder: Path = ROOT) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "argosy", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def project(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "pipelines", tmp_path / "pipelines")
    shutil.copy(ROOT / "argosy.yaml", tmp_path)
    return tmp_path


def test_every_command_of_the_readme_parses() -> None:
    commands = set(re.findall(r"^argosy (\w+)", README, re.MULTILINE))
    assert len(commands) >= 6
    help_text = argosy("--help").stdout
    assert commands <= set(re.findall(r"^\s+(\w+)", help_text, re.MULTILINE))


def test_what_the_readme_asks_of_a_repository_is_answered(project: Path) -> None:
    shutil.copytree(ROOT / "components", project / "components")
    shutil.copy(ROOT / ".gitignore", project)
    identity = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")
    for words in (("init", "-q", "-b", "main"), ("add", "-A"), (*identity, "commit", "-qm", "x")):
        subprocess.run(["git", *words], cwd=project, check=True)
    subprocess.run(
        ["git", "update-ref", "refs/remotes/origin/main", "HEAD"], cwd=project, check=True
    )
    asked = r"^argosy ((?:plan|backfill|bootstrap|policy) [^#\n]*)"
    lines = re.findall(asked, README, re.MULTILINE)
    assert {line.split()[0] for line in lines} == {"plan", "backfill", "bootstrap", "policy"}
    for line in lines:
        said = argosy(*line.split(), folder=project)
        assert said.returncode == 0, f"{line}: {said.stderr}"


def test_the_pipeline_of_the_readme_is_valid(project: Path) -> None:
    body = next(body for kind, body in BLOCKS if kind == "yaml")
    (project / "pipelines/digits/pipeline.yaml").write_text(body, "utf-8")
    assert len(render(load_project(project), "dev", ["digits"], verified=True)) == 2


def test_the_steps_that_the_readme_begins_at_are_there(project: Path) -> None:
    named = re.findall(r"^argosy run (\w+) --env (\w+) (--from|--only) (\S+)", README, re.MULTILINE)
    assert named
    for pipeline, environment, option, step in named:
        words = ("run", pipeline, "--env", environment, option, step, "--dry-run")
        said = argosy(*words, folder=project).stderr
        assert f"no step `{step}`" not in said, said
        assert (
            f"no step `{step}x`"
            in argosy(*words[:-2], f"{step}x", words[-1], folder=project).stderr
        )


def test_the_diagnostic_of_the_readme_is_real(project: Path) -> None:
    spec = project / "pipelines/digits/pipeline.yaml"
    text = spec.read_text("utf-8").replace("ingest.outputs.data}", "ingest.outputs.dta}")
    spec.write_text(text, "utf-8")
    shown = next(body for kind, body in BLOCKS if "error[" in body)
    ended = argosy("validate", "digits", folder=project)
    assert ended.returncode == 1
    assert ended.stdout.startswith(shown)


def test_every_file_that_is_linked_exists() -> None:
    for page in ROOT.glob("*.md"):
        for link in re.findall(r"\]\(([^)#]+)\)", page.read_text("utf-8")):
            assert link.startswith("http") or (ROOT / link).exists(), f"{page.name}: {link}"


def test_exit_codes_of_readme_and_help_agree() -> None:
    said = re.search(r"Exit codes: (.*?)\.", README, re.DOTALL)
    assert said
    numbers = re.findall(r"(\d+) [a-z]", said[1])
    assert numbers == ["0", "1", "2", "3", "4", "5", "70", "130"]
    assert all(number in argosy("--help").stdout for number in numbers)


@pytest.mark.parametrize("path", sorted((ROOT / ".github").rglob("*.yaml")), ids=str)
def test_workflows_call_targets_that_exist(path: Path) -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8").replace("$(VENV)", ".venv")
    for target in re.findall(r"make ([\w./-]+)", path.read_text("utf-8")):
        assert re.search(rf"^{re.escape(target)}:", makefile, re.MULTILINE), target


def test_the_words_of_the_readme_are_valid(project: Path) -> None:
    spec = next(body for kind, body in BLOCKS if kind == "yaml" and "checkpoint" in body)
    head = "apiVersion: argosy.dev/v1\nkind: Pipeline\nname: digits\n"
    image = f"defaults: {{image: 'a@sha256:{'0' * 64}'}}\n"
    (project / "pipelines/digits/pipeline.yaml").write_text(head + image + spec, "utf-8")
    assert validate(load_project(project), ["digits"]) == ()
    assert len(render(load_project(project), "prod", ["digits"], verified=True)) == 3
