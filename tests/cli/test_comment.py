"""`argosy comment`, a process, against hosts on loopback: one comment, never an older one."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from argosy.report.comment import read_marker
from argosy.report.plan_json import as_json
from gitops.plan_change import PipelinePlan, Plan, Review
from tests.hosts import github_api, gitlab_api
from tests.hosts.server import BOT, TOKEN, Fault, Forge, Request, serving

_APIS: dict[str, Any] = {"github": github_api, "gitlab": gitlab_api}
SHAS = [f"{n:x}" * 40 for n in range(10, 15)]


def reviewed(sha: str, pipelines: int = 1) -> Review:
    plans = tuple(PipelinePlan(f"p{n}", "changed", ()) for n in range(pipelines))
    return Review("shop", sha, False, "", "0.1.0", (Plan("prod", plans, 9),))


@dataclass
class Job:
    """A job of CI in an empty folder: it has a plan, an event and a token, and no checkout."""

    forge: Forge
    kind: str
    folder: Path

    def comment(
        self, sha: str, *more: str, number: int | None = 1, review: Review | None = None
    ) -> "subprocess.CompletedProcess[str]":
        """Comment on the request, the run being for commit `sha`."""
        (self.folder / "plan.json").write_text(as_json(review or reviewed(sha)), "utf-8")
        return self.run(sha, *(("--pull-request", str(number)) if number else ()), *more)

    def run(self, sha: str, *more: str) -> "subprocess.CompletedProcess[str]":
        env = {"PATH": os.environ["PATH"], "ARGOSY_GIT_TOKEN": TOKEN, "HOME": str(self.folder)}
        if self.kind == "github":
            event = self.folder / "event.json"
            event.write_text(json.dumps({"workflow_run": {"head_sha": sha, "pull_requests": []}}))
            env |= {"GITHUB_API_URL": self.forge.url, "GITHUB_SERVER_URL": "https://git.example",
                    "GITHUB_REPOSITORY": self.forge.name, "GITHUB_EVENT_PATH": str(event),
                    "GITHUB_TOKEN": TOKEN}  # fmt: skip
        else:
            env |= {"CI_API_V4_URL": self.forge.url, "CI_SERVER_URL": "https://git.example",
                    "CI_PROJECT_URL": f"https://git.example/{self.forge.name}",
                    "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": sha, "GITLAB_TOKEN": TOKEN}  # fmt: skip
        command = [sys.executable, "-m", "argosy", "comment", "--plan", "plan.json"]
        ended = subprocess.run(
            [*command, "--provider", self.kind, *more],
            cwd=self.folder, env=env, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert "Traceback" not in ended.stderr, ended.stderr
        assert TOKEN not in ended.stdout + ended.stderr
        return ended

    def bodies(self) -> list[str]:
        return [each.body for each in self.forge.remarks.get(1, [])]


_GITHUB = pytest.mark.parametrize("job", ["github"], indirect=True)


@pytest.fixture(params=sorted(_APIS))
def job(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Job]:
    forge = Forge(branches={"main", "feature"})
    forge.requests.append(Request(1, "feature", "main", "title", "", sha=SHAS[-1]))
    forge.commits[1] = list(SHAS)
    with serving(forge, _APIS[request.param]) as served:
        yield Job(served, request.param, tmp_path)


def test_one_comment_is_written_and_kept_up_to_date(job: Job) -> None:
    for each in range(120):
        job.forge.remark(1, "somebody", f"remark {each}")
    first = job.comment(SHAS[0])
    assert (first.returncode, first.stdout[:11]) == (0, "✔ commented"), first
    assert read_marker(job.bodies()[-1]) == ("shop", SHAS[0])
    assert job.comment(SHAS[0]).stdout.startswith("✔ unchanged")
    assert job.comment(SHAS[2], review=reviewed(SHAS[2], 3)).stdout.startswith("✔ updated")
    assert len(job.bodies()) == 121
    assert read_marker(job.bodies()[-1]) == ("shop", SHAS[2])
    assert "3 changed" in job.bodies()[-1]


def test_an_older_run_leaves_the_comment_of_a_newer_one(job: Job) -> None:
    job.comment(SHAS[3])
    late = job.comment(SHAS[1], review=reviewed(SHAS[1], 5))
    assert (late.returncode, late.stdout[:10]) == (0, "left alone")
    assert read_marker(job.bodies()[0]) == ("shop", SHAS[3])
    job.forge.commits[1] = ["f" * 40]
    gone = job.comment(SHAS[4], review=reviewed(SHAS[4], 5))
    assert "has no commit" in gone.stdout
    assert job.comment("f" * 40).stdout.startswith("✔ updated")


def test_nobody_elses_comment_is_touched(job: Job) -> None:
    ours = f"<!-- argosy:plan shop head={SHAS[0]} -->\nquoted"
    job.forge.remark(1, "somebody", ours)
    job.forge.remark(1, BOT, f"not first\n{ours}")
    job.forge.remark(1, BOT, ours.replace("plan shop", "plan other"))
    before = job.bodies()
    assert job.comment(SHAS[1]).stdout.startswith("✔ commented")
    assert job.bodies()[:-1] == before


@_GITHUB
def test_the_number_of_a_forks_request_is_found_by_its_commit(job: Job) -> None:
    assert job.comment(SHAS[0], number=None).stdout.startswith("no open pull request")
    job.forge.requests[0].sha = SHAS[4]
    job.forge.branches = {"main"}
    found = job.comment(SHAS[4], number=None)
    assert found.stdout.startswith("✔ commented"), found


def test_the_commit_is_that_of_the_event_not_of_the_plan(job: Job) -> None:
    job.comment(SHAS[1], review=reviewed(SHAS[4]))
    assert read_marker(job.bodies()[0]) == ("shop", SHAS[1])


def test_story_18_a_host_that_takes_less_gets_the_verdicts(job: Job) -> None:
    status = 422
    said: Any = {"message": "Validation Failed", "errors": [{"message": "is too long"}]}
    if job.kind == "gitlab":
        status, said = 400, {"message": {"note": ["is too long (maximum is 1000000)"]}}
    job.forge.faults.append(Fault("POST", status=status, body=said))
    assert job.comment(SHAS[0]).stdout.startswith("✔ commented")
    assert "The rest is too long for this host" in job.bodies()[0]
    assert "**prod**: 1 changed of 9 pipelines" in job.bodies()[0]


@_GITHUB
@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda text: text[:-20], "not JSON"),
        (lambda text: text.replace('"version": 2', '"version": 1'), "is no plan"),
        (lambda text: text.replace('"tool"', '"evil": 1, "tool"'), "is no plan"),
        (lambda text: text.replace('"project"', '"project": "x", "project"', 1), "not JSON"),
        (lambda text: text.replace('"shop"', '"a --> <b>"'), "is no plan"),
        (lambda text: text.replace(SHAS[0], "HEAD; rm"), "is no plan"),
        (lambda text: text.replace('"total": 9', '"total": NaN'), "not JSON"),
        (lambda _: "[" * 100_000, "not JSON"),
        (lambda text: text + " " * 21_000_000, "more than"),
        (lambda _: "", "not JSON"),
    ],
)
def test_what_is_no_plan_is_refused_before_anything_is_asked(
    job: Job, change: Any, words: str
) -> None:
    (job.folder / "plan.json").write_text(change(as_json(reviewed(SHAS[0]))), "utf-8")
    ended = job.run(SHAS[0], "--pull-request", "1")
    assert ended.returncode == 2, ended
    assert words in ended.stderr
    assert job.forge.log == []


def test_links_and_pipes_are_no_plan(job: Job) -> None:
    job.comment(SHAS[0])
    plan = job.folder / "plan.json"
    plan.rename(job.folder / "real.json")
    plan.symlink_to("real.json")
    assert job.run(SHAS[0], "--pull-request", "1").returncode == 2
    plan.unlink()
    os.mkfifo(plan)
    assert job.run(SHAS[0], "--pull-request", "1").returncode == 2


@_GITHUB
def test_an_unreadable_event_is_said(job: Job) -> None:
    (job.folder / "plan.json").write_text(as_json(reviewed(SHAS[0])), "utf-8")
    command = [sys.executable, "-m", "argosy", "comment", "--plan", "plan.json"]
    env = {"PATH": os.environ["PATH"], "GITHUB_EVENT_PATH": "nowhere.json", "GITHUB_TOKEN": TOKEN,
           "GITHUB_REPOSITORY": "acme/x", "GITHUB_API_URL": job.forge.url}  # fmt: skip
    ended = subprocess.run(command, cwd=job.folder, env=env, capture_output=True, text=True)
    assert (ended.returncode, job.forge.log) == (2, [])
    assert "GITHUB_EVENT_PATH" in ended.stderr
