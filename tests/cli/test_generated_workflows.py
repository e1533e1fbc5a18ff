"""The workflows that `argosy init` writes: their scripts, run in order as a runner does."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from tests.cli.conftest import Ended, Shop
from tests.hosts import github_api
from tests.hosts.server import TOKEN, Forge, Request, serving

ROOT = Path(__file__).parents[2]

UPLOAD = "actions/upload-artifact@b7c566a772e6b6bfb58ed0dc250532a479d7789f"
_EXPRESSION = re.compile(r"\$\{\{ *([^}]*?) *\}\}")


@dataclass
class Runner:
    """A checkout, a path with `argosy` first, and the files of a job."""

    shop: Shop
    folder: Path
    variables: dict[str, str] = field(default_factory=dict)
    outcomes: dict[str, str] = field(default_factory=dict)

    def job(self, workflow: str, context: Mapping[str, str]) -> Ended:
        """Run the scripts of the one job of a workflow; after one that fails, those that say so."""
        text = (self.shop.root / ".github" / "workflows" / f"argosy-{workflow}.yaml").read_text(
            "utf-8"
        )
        (job,) = yaml.safe_load(text)["jobs"].values()
        ended, self.outcomes = Ended(0, "", ""), {}
        for step in job["steps"]:
            self.outcomes[step.get("id", step.get("name", step.get("uses")))] = "skipped"
            if not self._due(step.get("if", ""), failed=bool(ended.status)):
                continue
            status = 0
            # what is installed is what is tested
            if "run" in step and step.get("name") != "Install Argosy":
                more = self._step(step, context)
                status = more.status
                ended = Ended(ended.status or status, ended.out + more.out, ended.err + more.err)
            outcome = "failure" if status else "success"
            self.outcomes[step.get("id", step.get("name", step.get("uses")))] = outcome
        return ended

    def _due(self, condition: str, *, failed: bool) -> bool:
        """Answer a condition of a step as GitHub does, as far as ours go."""
        text = _EXPRESSION.sub(r"\1", condition)
        if "cancelled()" not in text and failed:
            return False
        for part in filter(None, text.split(" && ")):
            found = re.fullmatch(r"steps\.(\w+)\.outcome (==|!=) '(\w+)'", part)
            assert found or part == "!cancelled()", part
            if found and (self.outcomes[found[1]] == found[3]) != (found[2] == "=="):
                return False
        return True

    def _step(self, step: Mapping[str, Any], context: Mapping[str, str]) -> Ended:
        """Run a script as GitHub does, with the variables that it sets for every job."""

        def value(match: re.Match[str]) -> str:
            return context[match[1]]

        said = {k: _EXPRESSION.sub(value, v) for k, v in step.get("env", {}).items()}
        path = f"{self.folder}{os.pathsep}{os.environ['PATH']}"
        files = {
            "RUNNER_TEMP": str(self.folder),
            "GITHUB_STEP_SUMMARY": str(self.folder / "summary"),
            "GITHUB_REPOSITORY": "acme/shop",
            **self.variables,
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


def test_a_mistake_ends_the_plan_with_its_place(runner: Runner) -> None:
    base = runner.shop.git("rev-parse", "HEAD")
    path = runner.shop.root / "pipelines" / "hello" / "pipeline.yaml"
    runner.shop.edit("run: python draw.py", "runn: python draw.py", path)
    ended = runner.job("plan", {"github.event.pull_request.base.sha": base})
    assert ended.status == 1
    assert "::error file=pipelines/hello/pipeline.yaml" in ended.out
    assert runner.outcomes[UPLOAD] == "skipped", "there is no plan"


def test_what_a_policy_refuses_is_planned_and_uploaded_all_the_same(runner: Runner) -> None:
    base = runner.shop.git("rev-parse", "HEAD")
    path = runner.shop.root / "argosy.yaml"
    runner.shop.edit("environments:\n", "policy: {image-digests: refuse}\nenvironments:\n", path)
    spec = runner.shop.root / "pipelines" / "hello" / "pipeline.yaml"
    runner.shop.edit("default: 600", "default: 900", spec)
    ended = runner.job("plan", {"github.event.pull_request.base.sha": base})
    assert (ended.status, runner.outcomes[UPLOAD]) == (5, "success")
    assert "image-digests" in (runner.folder / "plan.json").read_text("utf-8")


@pytest.fixture
def forge() -> Iterator[Forge]:
    """GitHub, as far as a comment needs it, with one request from a fork."""
    found = Forge(name="acme/shop", branches={"main"})
    with serving(found, github_api) as served:
        yield served


def test_what_a_fork_asks_for_is_planned_without_a_secret_and_shown(
    runner: Runner, forge: Forge
) -> None:
    base = runner.shop.git("rev-parse", "HEAD")
    path = runner.shop.root / "pipelines" / "hello" / "pipeline.yaml"
    runner.shop.edit(
        "points: {type: integer, default: 600", "points: {type: integer, default: 900", path
    )
    head = runner.shop.commit("Draw more")
    ended = runner.job("plan", {"github.event.pull_request.base.sha": base})
    assert ended.status == 0, ended.err
    assert "default 600" in (runner.folder / "summary").read_text("utf-8")
    schema = json.loads((ROOT / "schemas" / "plan.schema.json").read_text("utf-8"))
    plan = (runner.folder / "plan.json").read_text("utf-8")
    jsonschema_rs.validate(schema, json.loads(plan))

    forge.requests.append(Request(1, "main", "main", "Draw more", "", sha=head))
    forge.commits[1] = [head]
    assert _comment(runner, forge, plan, head).status == 0
    (remark,) = forge.remarks[1]
    assert "hello" in remark.body
    stale = _comment(runner, forge, plan, "0" * 40)
    assert (stale.status, len(forge.remarks[1])) == (0, 1)
    assert "nothing to say" in stale.out


def _comment(runner: Runner, forge: Forge, plan: str, sha: str) -> Ended:
    """Run the workflow of the comment for a run of commit `sha`, in a checkout of the base."""
    (runner.shop.root / "plan").mkdir(exist_ok=True)
    (runner.shop.root / "plan" / "plan.json").write_text(plan, "utf-8")
    event = {"workflow_run": {"head_sha": sha, "pull_requests": []}}
    (runner.folder / "event.json").write_text(json.dumps(event), "utf-8")
    asked = [{"number": 1, "head": {"sha": forge.requests[0].sha}}]
    runner.program("gh", f"echo \"$@\" > '{runner.folder}/asked'; echo '{json.dumps(asked)}'")
    runner.variables = {
        "GITHUB_API_URL": forge.url,
        "GITHUB_SERVER_URL": "https://github.example",
        "GITHUB_EVENT_PATH": str(runner.folder / "event.json"),
    }
    prefix = "github.event.workflow_run"
    context = {
        "github.token": TOKEN,
        f"{prefix}.head_repository.owner.login": "eve",
        f"{prefix}.head_branch": "$(touch pwned)",
        f"{prefix}.head_sha": sha,
    }
    ended = runner.job("comment", context)
    assert "-f head=eve:$(touch pwned)" in (runner.folder / "asked").read_text("utf-8")
    assert not (runner.shop.root / "pwned").exists()
    assert TOKEN not in ended.out + ended.err
    return ended
