"""What the action runs, `ci/setup/run`, on real projects."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.conftest import Ended, Shop

SCRIPTS = Path(__file__).parents[2] / "ci" / "setup"


@dataclass(frozen=True)
class Job:
    """A shop on a runner: `argosy` is on the path, and there are files for outputs and summary."""

    shop: Shop
    runner: Path

    def run(self, command: str, **more: str) -> Ended:
        names = ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT")
        more.setdefault("RUNNER_TEMP", str(self.runner))
        files = {name: str(self.runner / name) for name in names}
        path = f"{self.runner}{os.pathsep}{os.environ['PATH']}"
        env = self.shop.environment(PATH=path, COMMAND=command, **files, **more)
        done = subprocess.run(
            [SCRIPTS / "run"],
            cwd=self.shop.root,
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
        return Ended(done.returncode, done.stdout, done.stderr)

    def read(self, name: str) -> str:
        return (self.runner / name).read_text("utf-8")


@pytest.fixture
def job(shop: Shop, tmp_path: Path) -> Job:
    runner = tmp_path / "runner"
    runner.mkdir()
    program = runner / "argosy"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m argosy "$@"\n', "utf-8")
    program.chmod(0o755)
    shop.commit()
    return Job(shop, runner)


def test_validate_annotates(job: Job) -> None:
    assert job.run("validate").status == 0
    job.shop.edit("run: echo again", "runn: echo again")
    ended = job.run("validate")
    assert ended.status == 1
    assert "::error file=pipelines/hello/pipeline.yaml" in ended.out


def test_publish_goes_on_after_one_that_is_held(job: Job) -> None:
    job.shop.edit("dev: {namespace: ml-dev}", "dev: {namespace: ml-dev, gitops: {repository: no}}",
                  job.shop.root / "argosy.yaml")  # fmt: skip
    job.shop.commit()
    ended = job.run("publish", ENVIRONMENTS="dev prod")
    assert ended.status == 4
    assert "✔ published prod" in ended.out
    assert "### prod\n    ✔ published prod" in job.read("GITHUB_STEP_SUMMARY")


@pytest.mark.parametrize(("command", "says"), [("publish", "name the environments"), ("rm", "is")])
def test_what_cannot_be_meant_is_an_annotation(job: Job, command: str, says: str) -> None:
    ended = job.run(command)
    assert ended.status == 2
    assert ended.out.startswith("::error::")
    assert says in ended.out


def test_inputs_are_words_and_never_code(job: Job, tmp_path: Path) -> None:
    evil = f"$(touch {tmp_path}/seen) `touch {tmp_path}/seen`; touch {tmp_path}/seen"
    assert job.run("publish", ENVIRONMENTS=evil).status == 2
    assert job.run("plan", ENVIRONMENTS=evil, BASE=evil).status == 2
    assert not (tmp_path / "seen").exists()


def test_the_installer_refuses_what_is_no_version(tmp_path: Path) -> None:
    env = {**os.environ, "VERSION": "1 --index-url=http://x", "PYTHON": sys.executable}
    done = subprocess.run(
        [SCRIPTS / "install"],
        env={**env, "RUNNER_TEMP": str(tmp_path), "GITHUB_PATH": str(tmp_path / "path")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, list(tmp_path.iterdir())) == (1, [])
    assert "::error::the version" in done.stdout
