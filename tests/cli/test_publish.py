"""`argosy publish` and `argosy plan`: the default repository, outcomes and the world's faults."""

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.cli.conftest import Ended, Shop

GITOPS = ".argosy/gitops.git"


def test_publish_commits_then_finds_nothing_to_do(shop: "Shop") -> None:
    source = shop.commit()
    first = shop.argosy("publish", "--env", "dev")
    assert first.status == 0, first
    tip = shop.git("-C", GITOPS, "rev-parse", "main")
    tree = shop.git("-C", GITOPS, "rev-parse", "main:envs/dev")
    assert first.out.splitlines()[:2] == [f"✔ published dev: commit {tip}", f"tree {tree}"]
    assert "+ envs/dev/hello/workflowtemplate.yaml" in first.out.splitlines()
    assert source in shop.git("-C", GITOPS, "log", "-1", "--format=%B")
    again = shop.argosy("publish", "--env", "dev")
    assert (again.status, again.out) == (0, f"✔ unchanged: dev is at commit {tip}\ntree {tree}\n")


def test_an_older_revision_is_superseded(shop: "Shop") -> None:
    old = shop.commit()
    shop.edit("hello ${params.who}", "welcome ${params.who}")
    shop.commit()
    shop.argosy("publish", "--env", "dev")
    shop.git("checkout", "-q", old)
    ended = shop.argosy("publish", "--env", "dev")
    assert ended.status == 0
    assert ended.out.startswith("superseded: ")


def test_uncommitted_changes_need_a_flag(shop: "Shop") -> None:
    shop.commit()
    shop.edit("hello ${params.who}", "welcome ${params.who}")
    refused = shop.argosy("publish", "--env", "dev")
    assert refused.status == 2
    assert "pipelines/hello/pipeline.yaml" in refused.err
    assert "--allow-dirty" in refused.err
    assert shop.argosy("publish", "--env", "dev", "--allow-dirty").status == 0


def test_edits_in_the_gitops_repository_hold_until_resumed(shop: "Shop", tmp_path: Path) -> None:
    shop.commit()
    shop.argosy("publish", "--env", "dev")
    work = tmp_path / "work"
    shop.git("clone", "-q", GITOPS, str(work))
    manifest = work / "envs" / "dev" / "hello" / "workflowtemplate.yaml"
    manifest.write_text(manifest.read_text("utf-8") + "# by hand\n", "utf-8")
    shop.git("-C", str(work), "commit", "-qam", "Edit by hand")
    shop.git("-C", str(work), "push", "-q")
    held = shop.argosy("publish", "--env", "dev")
    assert held.status == 3
    assert "held envs/dev/hello/workflowtemplate.yaml" in held.out
    assert "`argosy publish --env dev --resume`" in held.err
    assert shop.argosy("publish", "--env", "dev", "--resume").status == 0


def test_removing_everything_is_held_until_allowed(shop: "Shop") -> None:
    shop.commit()
    shop.argosy("publish", "--env", "dev")
    shutil.rmtree(shop.spec.parent)
    (shop.root / "pipelines" / ".keep").write_text("", "utf-8")
    shop.commit()
    held = shop.argosy("publish", "--env", "dev")
    assert held.status == 3
    assert "`--allow-removal`" in held.err
    assert shop.argosy("publish", "--env", "dev", "--allow-removal").status == 0


def test_a_relative_repository_is_read_from_the_root(shop: "Shop") -> None:
    shop.edit("dev: {namespace: ml-dev}",
              "dev: {namespace: ml-dev, gitops: {repository: ../deployments.git}}",
              shop.root / "argosy.yaml")  # fmt: skip
    shop.commit()
    shop.git("init", "-q", "--bare", "-b", "main", "../deployments.git")
    assert shop.argosy("publish", "--env", "dev", cwd=shop.spec.parent).status == 0
    assert shop.git("-C", "../deployments.git", "rev-list", "--count", "main") == "1"


def test_a_revert_gives_the_tree_of_before(shop: "Shop") -> None:
    shop.commit()
    first = shop.argosy("publish", "--env", "dev")
    shop.edit("hello ${params.who}", "welcome ${params.who}")
    shop.commit()
    second = shop.argosy("publish", "--env", "dev")
    shop.git("revert", "--no-edit", "HEAD")
    third = shop.argosy("publish", "--env", "dev")
    trees = [ended.out.splitlines()[1] for ended in (first, second, third)]
    assert trees[0] == trees[2] != trees[1]


def test_without_git_it_is_a_message(shop: "Shop", tmp_path: Path) -> None:
    shop.commit()
    nowhere = tmp_path / "bin"
    nowhere.mkdir()
    ended = shop.argosy("publish", "--env", "dev", PATH=str(nowhere))
    assert ended.status == 4
    assert "git is not installed" in ended.err


def test_without_a_repository_or_commit_the_hint_says_what_to_do(shop: "Shop") -> None:
    ceiling = str(shop.root.parent)
    none = shop.argosy("publish", "--env", "dev", GIT_CEILING_DIRECTORIES=ceiling)
    assert none.status == 2
    assert "git init" in none.err
    shop.git("init", "-q")
    unborn = shop.argosy("publish", "--env", "dev")
    assert unborn.status == 2
    assert "no commit yet" in unborn.err


def test_a_locked_repository_is_the_worlds_fault(shop: "Shop") -> None:
    shop.commit()
    shop.argosy("publish", "--env", "dev")
    shop.edit("hello ${params.who}", "welcome ${params.who}")
    shop.commit()
    lock = shop.root / GITOPS / "refs" / "heads" / "main.lock"
    lock.touch()
    ended = shop.argosy("publish", "--env", "dev", "--deadline", "1")
    assert ended.status == 4
    assert "locked" in ended.err
    assert str(lock) in ended.err
    lock.unlink()
    assert shop.argosy("publish", "--env", "dev").status == 0


def test_a_repository_that_is_not_there_is_the_worlds_fault(shop: "Shop") -> None:
    shop.edit("dev: {namespace: ml-dev}",
              "dev: {namespace: ml-dev, gitops: {repository: /nonexistent.git}}",
              shop.root / "argosy.yaml")  # fmt: skip
    shop.commit()
    ended = shop.argosy("plan", "--env", "dev")
    assert ended.status == 4
    assert "/nonexistent.git" in ended.err


def test_a_second_plan_compiles_only_what_changed(shop: "Shop", tmp_path: Path) -> None:
    """A judge looks at whatever is compiled: a process that imports it has compiled something."""

    def plan() -> "Ended":
        watched = {"XDG_CACHE_HOME": str(tmp_path / "cache"), "PYTHONPROFILEIMPORTTIME": "1"}
        return shop.argosy("plan", "--env", "dev", cwd=None, **watched)

    plans = [plan() for _ in range(2)]
    assert plans[0].out == plans[1].out
    assert ["pydantic_core" in ended.err for ended in plans] == [True, False]
    spec = shop.root / "pipelines/hello/pipeline.yaml"
    spec.write_text(spec.read_text("utf-8").replace("echo again", "echo once more"), "utf-8")
    changed = plan()
    assert "pydantic_core" in changed.err
    assert changed.out == shop.argosy("plan", "--env", "dev").out


def test_plan_tells_what_would_change_and_the_exit_code_says_if(shop: "Shop") -> None:
    shop.commit()
    first = shop.argosy("plan", "--env", "dev", "--exit-code")
    assert (first.status, "hello" in first.out) == (3, True)
    assert not (shop.root / GITOPS).exists()
    shop.argosy("publish", "--env", "dev")
    assert shop.argosy("plan", "--env", "dev", "--exit-code").status == 0
    shop.edit("small: {cpu: 100m", "small: {cpu: 200m", shop.root / "argosy.yaml")
    changed = shop.argosy("plan", "--env", "dev")
    assert changed.status == 0
    assert "100m" in changed.out
    assert "200m" in changed.out
    assert "hello" in changed.out
    markdown = shop.argosy("plan", "--env", "dev", "--format", "comment")
    assert markdown.out.startswith("<!-- argosy")
    data = shop.argosy("plan", "--env", "dev", "--format", "json", "--exit-code")
    assert (data.status, data.err) == (3, "")
    assert "hello" in json.dumps(json.loads(data.out))


def test_two_publishers_at_once_lose_nothing(shop: "Shop") -> None:
    shop.commit()
    first = "argosy publish --env dev & one=$!; "
    ended = shop.shell(f"{first} argosy publish --env prod; two=$?; wait $one && exit $two")
    assert ended.status == 0, ended.err
    folders = shop.git("-C", GITOPS, "ls-tree", "--name-only", "main:envs").split()
    assert folders == ["dev", "prod"]
    assert shop.git("-C", GITOPS, "rev-list", "--count", "main") == "2"
