"""`argosy publish` by pull request: a git server and its API, and commands as people run them."""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.hosts import github_api, gitlab_api
from tests.hosts.git_host import GitHandler, merge, repository
from tests.hosts.server import TOKEN, Fault, Forge, serving
from tests.patience import wait_until

if TYPE_CHECKING:
    from tests.cli.conftest import Ended, Shop

_APIS: dict[str, Any] = {"github": github_api, "gitlab": gitlab_api}
_ROOTS = {"github": "GITHUB_API_URL", "gitlab": "CI_API_V4_URL"}
_BRANCH = "argosy/dev"


class Desk:
    """A project whose environment `dev` is proposed at a host."""

    def __init__(self, shop: "Shop", forge: Forge, kind: str) -> None:
        self.shop, self.forge = shop, forge
        self.environ = {_ROOTS[kind]: forge.url, "ARGOSY_GIT_TOKEN": TOKEN}

    def configure(self, provider: str) -> None:
        where = f"{self.forge.url}/{self.forge.name}.git"
        said = f"provider: {provider}, " if provider else ""
        self.shop.edit("dev: {namespace: ml-dev}", "dev: {namespace: ml-dev, gitops: "
                       f"{{{said}mode: pull-request, repository: '{where}'}}}}",
                       self.shop.root / "argosy.yaml")  # fmt: skip
        self.shop.commit("first")

    def publish(self, *more: str, cwd: Path | None = None, **environ: str) -> "Ended":
        return self.argosy("publish", "--env", "dev", *more, cwd=cwd, **environ)

    def argosy(self, *words: str, cwd: Path | None = None, **environ: str) -> "Ended":
        ended = self.shop.argosy(*words, cwd=cwd, **{**self.environ, **environ})
        assert TOKEN not in ended.out + ended.err
        return ended

    def change(self, old: str, new: str, subject: str = "change") -> str:
        self.shop.edit(old, new)
        return self.shop.commit(subject)

    def writes(self) -> list[str]:
        return [method for method, *_ in self.forge.log if method != "GET"]


@pytest.fixture(params=sorted(_APIS))
def desk(request: pytest.FixtureRequest, shop: "Shop", tmp_path: Path) -> Iterator[Desk]:
    bare = repository(tmp_path / "served.git")
    with serving(Forge(bare=bare), _APIS[request.param], GitHandler) as forge:
        made = Desk(shop, forge, request.param)
        made.configure(request.param)
        yield made


@pytest.fixture
def github(shop: "Shop", tmp_path: Path) -> Iterator[Desk]:
    bare = repository(tmp_path / "served.git")
    with serving(Forge(bare=bare), github_api, GitHandler) as forge:
        yield Desk(shop, forge, "github")


def test_from_the_first_proposal_to_the_last(desk: Desk) -> None:
    forge = desk.forge
    first = desk.publish()
    assert first.status == 0, first
    (asked,) = forge.requests
    assert f"✔ proposed dev: commit {forge.heads()[_BRANCH]} on {_BRANCH}" in first.out
    assert f"pull request https://{'git'}" in first.out
    assert (asked.head, asked.base) == (_BRANCH, "main")
    assert asked.title.startswith("dev: 1 pipeline created")
    assert "from shop " in asked.title
    assert "**hello** created" in asked.body
    writes = desk.writes()
    assert desk.publish().status == 0
    assert desk.writes() == writes

    sha = desk.change("hello ${params.who}", "welcome ${params.who}")
    assert desk.publish().status == 0
    assert [sha[:10] in each.title for each in forge.requests] == [True]

    merge(forge, 1)
    done = desk.publish()
    assert "✔ unchanged: dev" in done.out
    assert _BRANCH not in forge.heads()

    desk.change("welcome ${params.who}", "good day ${params.who}")
    desk.publish()
    assert [each.state for each in forge.requests] == ["merged", "open"]
    desk.change("good day ${params.who}", "welcome ${params.who}", "revert")
    done = desk.publish()
    assert (done.status, "unchanged" in done.out) == (0, True)
    assert [each.state for each in forge.requests] == ["merged", "closed"]
    assert _BRANCH not in forge.heads()


def test_a_run_killed_after_its_push_leaves_the_opening_to_the_next(desk: Desk) -> None:
    desk.forge.faults.append(Fault("POST", hang=20))
    process = subprocess.Popen(
        [sys.executable, "-m", "argosy", "publish", "--env", "dev"],
        cwd=desk.shop.root,
        env=desk.shop.environment(**desk.environ),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    wait_until(lambda: "POST" in desk.writes(), "a request is on its way", desk.writes)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert _BRANCH in desk.forge.heads()
    assert desk.forge.requests == []
    assert desk.publish().status == 0
    assert len(desk.forge.requests) == 1


def test_of_runs_at_once_the_newest_source_is_proposed_once(github: Desk, tmp_path: Path) -> None:
    github.configure("github")
    shop, forge, running = github.shop, github.forge, []
    for number in range(8):
        sha = github.change("echo again", f"echo again {number}; echo again", f"s{number}")
        clone = tmp_path / f"at-{number}"
        shop.git("clone", "--quiet", str(shop.root), str(clone))
        command = [sys.executable, "-m", "argosy", "publish", "--env", "dev", "--deadline", "120"]
        running.append(
            subprocess.Popen(command, cwd=clone, env=shop.environment(**github.environ),
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        )  # fmt: skip
    ended = [(process.communicate(timeout=240)[0].decode(), process.returncode)
             for process in running]  # fmt: skip
    assert [status for _, status in ended] == [0] * 8, ended
    assert "✔ proposed" in ended[-1][0]
    assert all("superseded" in out or "✔ proposed" in out for out, _ in ended)
    (asked,) = forge.opened()
    assert sha[:10] in asked.title
    git = ["git", f"--git-dir={forge.bare}"]
    told = subprocess.check_output([*git, "log", "--format=%B", f"main..{_BRANCH}"], text=True)
    assert told.count("Argosy-Source-Sha:") == 1
    assert f"Argosy-Source-Sha: {sha}" in told


def test_without_a_provider_a_person_opens_it(github: Desk) -> None:
    github.configure("none")
    done = github.publish()
    assert done.status == 0
    assert f"open a pull request from {_BRANCH} to main" in done.err
    assert _BRANCH in github.forge.heads()
    assert github.forge.requests == []
    assert not any(path.startswith("/repos") for _, path, *_ in github.forge.log)


def test_a_provider_without_a_token_is_told_before_anything_is_pushed(github: Desk) -> None:
    github.configure("github")
    done = github.publish(ARGOSY_GIT_TOKEN="")
    assert done.status == 2
    assert "ARGOSY_GIT_TOKEN" in done.err
    assert _BRANCH not in github.forge.heads()


def test_a_refusal_of_the_host_is_told_and_the_next_run_mends_it(github: Desk) -> None:
    github.configure("github")
    github.forge.faults.append(
        Fault("POST", 403, {"message": "Resource not accessible by integration"})
    )
    done = github.publish()
    assert done.status == 4
    assert "Resource not accessible by integration" in done.err
    assert _BRANCH in github.forge.heads()
    assert github.publish().status == 0
    assert len(github.forge.requests) == 1


def test_a_plan_too_long_for_the_host_is_told_in_short(github: Desk) -> None:
    github.configure("github")
    error = {"message": "body is too long (maximum is 65536 characters)"}
    github.forge.faults.append(Fault("POST", 422, {"message": "Validation", "errors": [error]}))
    assert github.publish().status == 0
    (asked,) = github.forge.requests
    assert "Merging this brings it into **dev**" in asked.body
    assert "**hello**" not in asked.body


def test_commits_of_others_on_the_branch_are_held(github: Desk, tmp_path: Path) -> None:
    github.configure("github")
    github.publish()
    clone, shop = tmp_path / "theirs", github.shop
    shop.git("clone", "--quiet", "--branch", _BRANCH, str(github.forge.bare), str(clone))
    shop.git("-C", str(clone), "commit", "--quiet", "--allow-empty", "-m", "mine")
    shop.git("-C", str(clone), "push", "--quiet", "origin", f"HEAD:{_BRANCH}")
    github.change("hello ${params.who}", "welcome ${params.who}")
    held = github.publish()
    assert held.status == 3
    assert "by Ada (mine), which is not a proposal of ours" in held.err
    assert "`argosy publish --env dev --resume`" in held.err
    assert github.publish("--resume").status == 0


def test_a_rollback_of_the_repository_first_is_a_pull_request_too(desk: Desk) -> None:
    """The story whole: a bad change goes live, is asked back, merged, held, and followed."""
    forge, shop = desk.forge, desk.shop
    desk.publish()
    merge(forge, 1)
    desk.publish()
    good = forge.heads()["main"]
    bad = desk.change("hello ${params.who}", "welcome ${params.who}", "bad")
    desk.publish()
    merge(forge, 2)
    assert "HELD" not in desk.argosy("plan", "--env", "dev").out, "it is merged"
    desk.publish()
    tip = forge.heads()["main"]
    words = ("rollback", "dev", "--gitops-first", "--reason", "the *model* drifts")
    ended = desk.argosy(*words)
    assert ended.status == 0, ended.err
    assert forge.heads()["main"] == tip, "nothing is live before it is merged"
    asked = forge.requests[2]
    assert asked.head.startswith(f"argosy/rollback-dev-{good[:10]}-")
    assert (asked.base, asked.state) == ("main", "open")
    assert asked.title == f"dev: roll back to shop {desk_first(shop)[:10]}"
    assert "Reason: the \\*model\\* drifts" in asked.body
    assert f"pull request {'https'}" in ended.out
    heads = forge.heads()
    again = desk.argosy(*words)
    assert (again.status, forge.heads(), len(forge.requests)) == (0, heads, 3), "once is enough"
    merge(forge, 3)
    shop.git("-C", str(forge.bare), "diff", "--exit-code", good, "main")
    (shop.root / "README.md").write_text("unrelated\n", "utf-8")
    desk.change("times: {type", "times:  {type", "unrelated")
    held = desk.publish()
    assert held.status == 3, held.out
    shop.git("revert", "--no-edit", bad)
    done = desk.publish()
    assert (done.status, "unchanged" in done.out) == (0, True), done.err


def desk_first(shop: "Shop") -> str:
    """Return the first revision of a project."""
    return shop.git("rev-list", "--max-parents=0", "HEAD")


def test_without_a_provider_a_person_opens_the_request_of_a_rollback(github: Desk) -> None:
    github.configure("none")
    bare = str(github.forge.bare)
    for subject in ("first", "bad"):
        if subject == "bad":
            github.change("hello ${params.who}", "welcome ${params.who}", subject)
        assert github.publish().status == 0
        github.shop.git("-C", bare, "update-ref", "refs/heads/main", f"refs/heads/{_BRANCH}")
        assert github.publish().status == 0
    ended = github.argosy("rollback", "dev", "--gitops-first")
    assert ended.status == 0, ended.err
    assert "open a pull request from argosy/rollback-dev-" in ended.err
    assert any(head.startswith("argosy/rollback-dev-") for head in github.forge.heads())
    assert github.forge.requests == []


def test_two_projects_with_an_environment_of_one_name_ask_by_branches_of_their_own(
    github: Desk, tmp_path: Path, build: "Callable[[Path], Shop]"
) -> None:
    github.configure("github")
    other = Desk(build(tmp_path / "other"), github.forge, "github")
    other.configure("github")
    project = other.shop.root / "argosy.yaml"
    other.shop.edit("mode: pull-request", "folder: teams/other, mode: pull-request", project)
    other.shop.edit("name: shop", "name: other", project)
    other.shop.commit("second")
    assert github.publish().status == 0
    second = other.publish()
    assert second.status == 0, second.err
    assert "on argosy/dev-teams-other" in second.out
    requests = github.forge.requests
    assert [each.head for each in requests] == [_BRANCH, "argosy/dev-teams-other"]
    # the first is merged, and takes its branch away: the second keeps the name that is open
    merge(github.forge, 1)
    assert github.publish().status == 0
    assert _BRANCH not in github.forge.heads()
    other.change("hello ${params.who}", "welcome ${params.who}")
    assert "on argosy/dev-teams-other" in other.publish().out
    assert [each.state for each in requests] == ["merged", "open"]
    # when nothing is open, it asks by the name that is free; who comes then steps aside
    merge(github.forge, 2)
    assert "unchanged" in other.publish().out
    other.change("welcome ${params.who}", "good day ${params.who}")
    assert f"on {_BRANCH}\n" in other.publish().out
    github.change("hello ${params.who}", "welcome ${params.who}")
    assert "on argosy/dev-envs-dev\n" in github.publish().out
    assert [each.state for each in requests] == ["merged", "merged", "open", "open"]
    for number in (3, 4):
        merge(github.forge, number)
    for desk in (github, other):
        assert "unchanged" in desk.publish().out
    assert sorted(github.forge.heads()) == ["main"]
