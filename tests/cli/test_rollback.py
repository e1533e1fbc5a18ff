"""`argosy rollback`: an environment holds again what it held, byte for byte, and stays there."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Ended, Shop

GITOPS = ".argosy/gitops.git"


def tree(shop: "Shop", environment: str = "prod") -> str:
    """Return the hash of what an environment holds."""
    return shop.git("-C", GITOPS, "rev-parse", f"main:envs/{environment}")


def publish(shop: "Shop", environment: str = "prod") -> str:
    """Publish; return the hash of what the environment holds then."""
    ended = shop.argosy("publish", "--env", environment)
    assert ended.status == 0, ended.err
    return tree(shop, environment)


def branch(ended: "Ended") -> str:
    """Return the branch that a command has made."""
    assert ended.status == 0, ended.err
    return ended.out.splitlines()[-1].rsplit(" ", 1)[1]


@pytest.fixture
def broken(shop: "Shop") -> "Shop":
    """Return a project whose second version is published, and bad."""
    shop.commit("First")
    publish(shop)
    shop.edit("echo again", "echo bad")
    shop.commit("Say it badly")
    publish(shop)
    return shop


def test_the_source_is_reverted_and_gives_the_bytes_of_before(broken: "Shop") -> None:
    bad, head = tree(broken), broken.git("rev-parse", "HEAD")
    (broken.root / "README.md").write_text("since then\n", "utf-8")
    broken.commit("Write a page")
    ended = broken.argosy("rollback", "prod")
    assert "Takes back 1 commit:" in ended.out
    assert "Say it badly" in ended.out
    assert "dev follows the branch and changes too" in ended.out
    assert "~ step repeat script" in ended.out
    assert tree(broken) == bad, "only the source was changed"
    assert broken.git("status", "--porcelain") == ""
    made = branch(ended)
    assert broken.git("diff", "--name-only", "HEAD", made) == "pipelines/hello/pipeline.yaml"
    broken.git("merge", "-q", made)
    assert publish(broken) == broken.git("-C", GITOPS, "rev-parse", "main~2:envs/prod")
    assert broken.git("rev-parse", "HEAD~2") == head


def test_what_decides_about_publishing_stays_where_the_bytes_allow_it(broken: "Shop") -> None:
    freeze = "freeze: [{from: 2020-01-01, to: 2020-01-02, reason: x}]"
    broken.edit("{namespace: ml-prod,", f"{{namespace: ml-prod, {freeze},",
                broken.root / "argosy.yaml")  # fmt: skip
    broken.commit("Freeze")
    ended = broken.argosy("rollback", "prod")
    assert "Takes back 1 commit:" in ended.out
    broken.git("merge", "-q", branch(ended))
    assert freeze in (broken.root / "argosy.yaml").read_text("utf-8")
    assert publish(broken) == broken.git("-C", GITOPS, "rev-parse", "main~2:envs/prod")


def test_a_project_file_that_has_to_go_back_is_named(shop: "Shop") -> None:
    shop.commit("First")
    good = publish(shop)
    shop.edit("memory: 64Mi", "memory: 96Mi", shop.root / "argosy.yaml")
    shop.commit("Ask for less")
    assert publish(shop) != good
    ended = shop.argosy("rollback", "prod")
    assert "argosy.yaml goes back as well" in ended.out
    shop.git("merge", "-q", branch(ended))
    assert publish(shop) == good


def test_gitops_first_is_held_until_the_source_follows(broken: "Shop") -> None:
    """The story whole: publish, bad change, roll back, held, the source follows, on it goes."""
    good = broken.git("-C", GITOPS, "rev-parse", "main~1:envs/prod")
    refused = broken.argosy("rollback", "prod", "--gitops-first")
    assert (refused.status, "add --yes" in refused.err) == (2, True)
    ended = broken.argosy("rollback", "prod", "--gitops-first", "--yes", "--reason", "drift")
    made = branch(ended)
    assert tree(broken) == good
    (broken.root / "pipelines" / "hello" / "more.py").write_text("1\n", "utf-8")
    broken.commit("Unrelated")
    held = broken.argosy("publish", "--env", "prod")
    assert held.status == 3
    assert tree(broken) == good, "a later publish does not deploy the bad version again"
    broken.git("rm", "-q", "pipelines/hello/more.py")
    broken.commit("Take it away")
    broken.git("merge", "-q", "--no-edit", made)
    assert publish(broken) == good
    history = broken.argosy("history", "prod").out
    first = broken.git("rev-list", "--max-parents=0", "HEAD")
    assert history.splitlines()[0].endswith(f"<- {first[:10]}")
    assert "rolled back by Ada" in history
    assert "reason: drift" in history
    broken.edit("echo again", "echo better")
    broken.commit("Mend it")
    assert publish(broken) != good


def test_after_a_rollback_of_the_repository_alone_the_source_follows_it(
    broken: "Shop", tmp_path: Path
) -> None:
    work = tmp_path / "work"
    broken.git("clone", "-q", GITOPS, str(work))
    broken.git("-C", str(work), "revert", "--no-edit", "HEAD")
    broken.git("-C", str(work), "push", "-q")
    good = tree(broken)
    assert broken.argosy("publish", "--env", "prod").status == 3
    broken.git("merge", "-q", branch(broken.argosy("rollback", "prod")))
    assert publish(broken) == good


def test_resume_publishes_what_a_rollback_held_back(broken: "Shop") -> None:
    bad = tree(broken)
    assert broken.argosy("rollback", "prod", "--gitops-first", "--yes").status == 0
    assert tree(broken) != bad
    ended = broken.argosy("publish", "--env", "prod", "--resume")
    assert ended.status == 0
    assert tree(broken) == bad


def test_a_pin_is_moved_back_and_nothing_else_changes(broken: "Shop") -> None:
    good = broken.git("-C", GITOPS, "rev-parse", "main~1:envs/prod")
    publish(broken, "dev")
    broken.git("merge", "-q", branch(broken.argosy("rollback", "prod", "--pin")))
    assert publish(broken) == good
    assert "echo bad" in broken.spec.read_text("utf-8")
    broken.git("merge", "-q", branch(broken.argosy("promote", "dev", "prod")))
    bad = publish(broken)
    assert bad != good
    before = broken.git("show", "HEAD~1:environments/prod.yaml")
    ended = broken.argosy("rollback", "prod")
    assert "no other environment changes" in ended.out
    made = branch(ended)
    assert broken.git("diff", "--name-only", "HEAD", made) == "environments/prod.yaml"
    broken.git("merge", "-q", made)
    assert publish(broken) == good
    assert broken.git("show", "HEAD:environments/prod.yaml") == before


def test_one_pipeline_goes_back_and_the_others_stay(broken: "Shop") -> None:
    other = broken.root / "pipelines" / "other" / "pipeline.yaml"
    other.parent.mkdir()
    other.write_text(broken.spec.read_text("utf-8").replace("name: hello", "name: other"), "utf-8")
    broken.commit("Another")
    publish(broken)
    broken.edit("echo bad", "echo worse", other)
    broken.commit("Worse")
    publish(broken)
    made = branch(broken.argosy("rollback", "prod", "hello"))
    assert broken.git("diff", "--name-only", "HEAD", made) == "pipelines/hello/pipeline.yaml"
    broken.git("merge", "-q", made)
    publish(broken)
    shown = [broken.git("-C", GITOPS, "show", f"main:envs/prod/{name}/configmap.yaml")
             for name in ("hello", "other")]  # fmt: skip
    assert ["echo again" in shown[0], "echo worse" in shown[1]] == [True, True]


def test_what_one_pipeline_shares_with_others_is_not_reverted_behind_their_back(
    broken: "Shop",
) -> None:
    broken.edit("cpu: 100m", "cpu: 300m", broken.root / "argosy.yaml")
    broken.commit("More of it")
    publish(broken)
    ended = broken.argosy("rollback", "prod", "hello")
    assert ended.status == 2
    assert "`--pin`" in ended.err
    assert "argosy/rollback" not in broken.git("for-each-ref")
    assert branch(broken.argosy("rollback", "prod", "hello", "--pin"))


@pytest.mark.parametrize("kind", ["source", "gitops"])
def test_a_revision_of_either_repository_is_gone_back_to(broken: "Shop", kind: str) -> None:
    good = broken.git("-C", GITOPS, "rev-parse", "main~1:envs/prod")
    shas = {
        "source": broken.git("rev-parse", "HEAD~1"),
        "gitops": broken.git("-C", GITOPS, "rev-parse", "main~1"),
    }
    broken.edit("echo bad", "echo worse")
    broken.commit("Worse")
    publish(broken)
    made = branch(broken.argosy("rollback", "prod", "--to", shas[kind][:8]))
    broken.git("merge", "-q", made)
    assert publish(broken) == good


def test_a_rollback_passes_through_a_freeze(broken: "Shop") -> None:
    good = broken.git("-C", GITOPS, "rev-parse", "main~1:envs/prod")
    window = "freeze: [{from: 2020-01-01, to: 2999-01-01, reason: close}]"
    broken.edit("prod: {", f"prod: {{{window}, ", broken.root / "argosy.yaml")
    broken.commit("Freeze")
    assert broken.argosy("rollback", "prod", "--pin", "--dry-run").status == 0
    broken.git("merge", "-q", branch(broken.argosy("rollback", "prod", "--pin")))
    assert publish(broken) == good


def test_a_dry_run_writes_no_ref_anywhere(broken: "Shop") -> None:
    refs = [broken.git("for-each-ref"), broken.git("-C", GITOPS, "for-each-ref")]
    ended = broken.argosy("rollback", "prod", "--gitops-first", "--yes", "--dry-run")
    assert (ended.status, "nothing was written" in ended.out) == (0, True)
    assert [broken.git("for-each-ref"), broken.git("-C", GITOPS, "for-each-ref")] == refs


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("prod", "--to", "0000000"), "was never published to prod"),
        (("prod", "helo"), "did you mean `hello`"),
        (("dev",), "nothing was published in dev"),
    ],
)
def test_what_has_no_past_is_not_rolled_back(
    broken: "Shop", words: tuple[str, ...], said: str
) -> None:
    ended = broken.argosy("rollback", *words)
    assert ended.status == 2
    assert said in ended.err


def test_a_first_version_has_nothing_before_it(shop: "Shop") -> None:
    shop.commit()
    publish(shop)
    ended = shop.argosy("rollback", "prod")
    assert (ended.status, "held nothing before" in ended.err) == (2, True)
