"""The workflows that `argosy init` writes: their scripts, run in order as a runner does."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli.conftest import Ended, Shop

_EXPRESSION = re.compile(r"\$\{\{ *([^}]*?) *\}\}")


@dataclass
class Runner:
    """A checkout, a path with `argosy` first, and the files of a job."""

    shop: Shop
    folder: Path
    programs: dict[str, str] = field(default_factory=dict)

    def job(self, workflow: str, context: Mapping[str, str]) -> Ended:
        """Run the scripts of the one job of a workflow, up to the first that fails."""
        text = (self.shop.root / ".github" / "workflows" / f"argosy-{workflow}.yaml").read_text(
            "utf-8"
        )
        (job,) = yaml.safe_load(text)["jobs"].values()
        ended = Ended(0, "", "")
        for step in job["steps"]:
            # what is installed is what is tested
            if "run" not in step or step.get("name") == "Install Argosy" or ended.status:
                continue
            more = self._step(step, context)
            ended = Ended(more.status, ended.out + more.out, ended.err + more.err)
        return ended

    def _step(self, step: Mapping[str, Any], context: Mapping[str, str]) -> Ended:
        def value(match: re.Match[str]) -> str:
            return context[match[1]]

        said = {k: _EXPRESSION.sub(value, v) for k, v in step.get("env", {}).items()}
        path = f"{self.folder}{os.pathsep}{os.environ['PATH']}"
        files = {
            "RUNNER_TEMP": str(self.folder),
            "GITHUB_STEP_SUMMARY": str(self.folder / "summary"),
            "GITHUB_REPOSITORY": "acme/shop",
        }
        env = self.shop.environment(PATH=path, **files, **said)
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", step["run"]],
            cwd=self.shop.root,
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
        return Ended(done.returncode, done.stdout, done.stderr)

    def program(self, name: str, script: str) -> None:
        path = self.folder / name
        path.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
        path.chmod(0o755)


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    """A repository of `argosy init`, committed, with a GitOps repository that is there."""
    place = Shop(tmp_path)
    place.git("init", "-q", "--bare", "-b", "main", "gitops.git")
    ended = place.argosy("init", "shop", "--gitops", f"file://{tmp_path}/gitops.git")
    assert ended.status == 0, ended.err
    shop = Shop(tmp_path / "shop")
    shop.commit("Begin")
    folder = tmp_path / "runner"
    folder.mkdir()
    made = Runner(shop, folder)
    made.program("argosy", f'exec "{sys.executable}" -m argosy "$@"')
    return made


def gitops(runner: Runner, *arguments: str) -> str:
    return runner.shop.git("-C", str(runner.shop.root.parent / "gitops.git"), *arguments)


def test_publish_publishes_both_environments(runner: Runner) -> None:
    ended = runner.job("publish", {"secrets.GITOPS_TOKEN": "s3cr3t-canary"})
    assert ended.status == 0, ended.err
    found = gitops(runner, "ls-tree", "-r", "--name-only", "main").splitlines()
    assert "envs/dev/hello/workflowtemplate.yaml" in found
    assert "envs/prod/hello/cronworkflow.yaml" in found
    assert "s3cr3t-canary" not in ended.out + ended.err
    again = runner.job("publish", {"secrets.GITOPS_TOKEN": "s3cr3t-canary"})
    assert again.out.count("✔ unchanged") == 2
