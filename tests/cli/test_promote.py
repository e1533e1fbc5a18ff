"""`argosy promote`: the same revision, images and models in the next environment, with evidence."""

import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Ended, Shop

GITOPS = ".argosy/gitops.git"
PROD = "  prod: {namespace: ml-prod,"


def rules(shop: "Shop", text: str) -> None:
    """Say what a promotion to prod needs, or when it is frozen."""
    shop.edit(PROD, f"{PROD} {text},", shop.root / "argosy.yaml")


def second(shop: "Shop") -> Path:
    """Add another pipeline and return its file."""
    path = shop.root / "pipelines" / "other" / "pipeline.yaml"
    path.parent.mkdir()
    path.write_text(shop.spec.read_text("utf-8").replace("name: hello", "name: other"), "utf-8")
    return path


def publish(shop: "Shop", environment: str) -> str:
    """Publish and return the hash of the environment's folder."""
    ended = shop.argosy("publish", "--env", environment)
    assert ended.status == 0, ended.err
    return shop.git("-C", GITOPS, "rev-parse", f"main:envs/{environment}")


def merge(shop: "Shop", ended: "Ended") -> None:
    """Merge the branch that a command has made."""
    assert ended.status == 0, ended.err
    branch = ended.out.splitlines()[-1].rsplit(" ", 1)[1]
    shop.git("merge", "-q", branch)


def content(shop: "Shop", name: str) -> str:
    """Return the code of a pipeline as prod has it."""
    return shop.git("-C", GITOPS, "show", f"main:envs/prod/{name}/configmap.yaml")


def test_a_promotion_moves_what_dev_holds_and_not_what_came_since(shop: "Shop") -> None:
    promoted = shop.commit()
    publish(shop, "dev")
    shop.edit("echo again", "echo more")
    newer = shop.commit()
    ended = shop.argosy("promote", "dev", "prod", "--reason", "first release")
    branch = f"argosy/promote-prod-{promoted[:10]}"
    assert ended.out.splitlines()[-1].endswith(f"is made on branch {branch}")
    assert shop.git("rev-parse", "HEAD", f"{branch}^") == f"{newer}\n{newer}"
    assert shop.git("status", "--porcelain") == ""
    assert not (shop.root / "environments").exists()
    said = shop.git("log", "-1", "--format=%B", branch)
    assert "Argosy-Promotion: dev -> prod" in said
    assert "Argosy-Reason: first release" in said
    pin = shop.git("show", f"{branch}:environments/prod.yaml")
    assert f'revision: "{promoted}"' in pin or f"revision: {promoted}" in pin
    assert "- python:3.11" in pin
    merge(shop, ended)
    publish(shop, "prod")
    assert "echo again" in content(shop, "hello")
    again = shop.argosy("promote", "dev", "prod")
    assert (again.status, "nothing to promote" in again.out) == (0, True)


def test_one_pipeline_is_promoted_and_the_others_stay(shop: "Shop") -> None:
    other = second(shop)
    first = shop.commit()
    publish(shop, "dev")
    merge(shop, shop.argosy("promote", "dev", "prod"))
    publish(shop, "prod")
    for path in (shop.spec, other):
        shop.edit("echo again", "echo more", path)
    shop.commit()
    publish(shop, "dev")
    ended = shop.argosy("promote", "dev", "prod", "other")
    assert "~ other changed" in ended.out
    assert "hello changed" not in ended.out
    merge(shop, ended)
    publish(shop, "prod")
    assert ["echo more" in content(shop, name) for name in ("hello", "other")] == [False, True]
    assert first in (shop.root / "environments" / "prod.yaml").read_text("utf-8")


def test_what_is_pinned_is_promoted_on_as_it_is_pinned(shop: "Shop") -> None:
    """From dev to staging to prod it is the same revision, though staging is published later."""
    text = "  staging: {namespace: ml-staging}\n"
    shop.edit(PROD, f"{text}{PROD}", shop.root / "argosy.yaml")
    promoted = shop.commit()
    publish(shop, "dev")
    merge(shop, shop.argosy("promote", "dev", "staging"))
    publish(shop, "staging")
    ended = shop.argosy("promote", "staging", "prod", "--dry-run")
    assert f"from staging to prod at {promoted[:10]}" in ended.out


def test_nothing_is_written_by_a_dry_run(shop: "Shop") -> None:
    shop.commit()
    publish(shop, "dev")
    refs = shop.git("for-each-ref")
    ended = shop.argosy("promote", "dev", "prod", "--dry-run")
    assert ended.status == 0
    assert "nothing was written" in ended.out
    assert shop.git("for-each-ref") == refs


def test_required_evidence_refuses_until_it_is_there(shop: "Shop") -> None:
    rules(shop, "promotion: {from: dev, soak: 2s, runs: 1}")
    shop.commit()
    publish(shop, "dev")
    publish(shop, "prod")
    shop.edit("echo again", "echo more")
    shop.commit()
    publish(shop, "dev")
    early = shop.argosy("promote", "dev", "prod")
    assert early.status == 5
    assert "0 runs succeeded as it is published; 1 asked for" in early.err
    assert "argosy/promote" not in shop.git("for-each-ref")
    assert shop.argosy("run", "hello", "--env", "dev", "--published").status == 0
    time.sleep(2)
    merge(shop, shop.argosy("promote", "dev", "prod"))


def test_a_run_of_other_content_is_no_evidence(shop: "Shop") -> None:
    rules(shop, "promotion: {runs: 1}")
    shop.commit()
    publish(shop, "dev")
    assert shop.argosy("run", "hello", "--env", "dev", "--published").status == 0
    shop.edit("echo again", "echo more")
    shop.commit()
    publish(shop, "dev")
    assert shop.argosy("promote", "dev", "prod").status == 5


def test_glass_is_broken_with_a_reason_which_the_commit_keeps(shop: "Shop") -> None:
    rules(shop, "promotion: {soak: 9d}")
    head = shop.commit()
    publish(shop, "dev")
    assert shop.argosy("promote", "dev", "prod", "--break-glass").status == 2
    ended = shop.argosy("promote", "dev", "prod", "--break-glass", "--reason", "prod is down")
    assert ended.status == 0, ended.err
    said = shop.git("log", "-1", "--format=%B", f"argosy/promote-prod-{head[:10]}")
    assert "Argosy-Break-Glass: prod is down" in said
    assert "soak [MISSING]" in said


def test_nothing_is_promoted_into_a_freeze(shop: "Shop") -> None:
    rules(shop, "freeze: [{from: 2020-01-01, to: 2999-01-01, reason: close}]")
    shop.commit()
    publish(shop, "dev")
    ended = shop.argosy("promote", "dev", "prod")
    assert ended.status == 3
    assert "prod is frozen until" in ended.err
    assert "argosy/promote" not in shop.git("for-each-ref")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("dev", "dev"), "to itself"),
        (("dev",), "required: TO\n"),
        (("dev", "stagin"), "no environment `stagin`"),
        (("prod", "dev"), "nothing is published in prod"),
        (("dev", "prod", "helo"), "did you mean `hello`"),
    ],
)
def test_what_cannot_be_meant_is_refused(shop: "Shop", words: tuple[str, ...], said: str) -> None:
    shop.commit()
    publish(shop, "dev")
    ended = shop.argosy("promote", *words)
    assert ended.status == 2
    assert said in ended.err


def test_a_dirty_project_and_a_dirty_publish_are_not_moved(shop: "Shop") -> None:
    shop.commit()
    publish(shop, "dev")
    shop.edit("echo again", "echo more")
    ended = shop.argosy("promote", "dev", "prod")
    assert (ended.status, "uncommitted changes" in ended.err) == (2, True)
    assert shop.argosy("publish", "--env", "dev", "--allow-dirty").status == 0
    shop.git("checkout", "-q", ".")
    ended = shop.argosy("promote", "dev", "prod")
    assert (ended.status, "uncommitted changes" in ended.err) == (2, True)


def test_a_project_in_a_folder_of_its_repository_is_promoted(shop: "Shop") -> None:
    shop.git("init", "-q", "-b", "main", "..")
    shop.git("add", "-A")
    shop.git("commit", "-qm", "Begin")
    publish(shop, "dev")
    ended = shop.argosy("promote", "dev", "prod")
    assert ended.status == 0, ended.err
    branch = ended.out.splitlines()[-1].rsplit(" ", 1)[1]
    assert shop.git("diff", "--name-only", "HEAD", branch) == "shop/environments/prod.yaml"
    shop.git("merge", "-q", branch)
    publish(shop, "prod")
