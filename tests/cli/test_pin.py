"""An environment that is pinned holds what its revision gave, byte for byte, whatever HEAD says."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Ended, Shop

GITOPS = ".argosy/gitops.git"
HEAD = "apiVersion: argosy.dev/v1\nkind: Pin\nenvironment: dev\n"


def pin(shop: "Shop", text: str, environment: str = "dev") -> None:
    """Write and commit the pin of an environment."""
    folder = shop.root / "environments"
    folder.mkdir(exist_ok=True)
    (folder / f"{environment}.yaml").write_text(HEAD + text, "utf-8")
    shop.commit("Pin")


def tree(shop: "Shop") -> str:
    """Publish and return the hash of the environment's folder."""
    ended = shop.argosy("publish", "--env", "dev")
    assert ended.status == 0, ended.err
    return shop.git("-C", GITOPS, "rev-parse", "main:envs/dev")


def test_a_pinned_environment_is_rendered_from_its_revision_alone(shop: "Shop") -> None:
    first = shop.commit()
    before = tree(shop)
    shop.edit("echo again", "echo more")
    shop.edit("dev: {namespace: ml-dev}", "dev: {namespace: elsewhere}", shop.root / "argosy.yaml")
    shop.edit("cpu: 100m", "cpu: 200m", shop.root / "argosy.yaml")
    shop.commit()
    assert tree(shop) != before
    pin(shop, f"revision: {first}\n")
    assert shop.argosy("plan", "--env", "dev").out.count("100m")
    assert tree(shop) == before
    said = shop.git("-C", GITOPS, "log", "-1", "--format=%B", "main")
    assert f"Argosy-Pin: {first}" in said
    assert f"Argosy-Source-Sha: {shop.git('rev-parse', 'HEAD')}" in said
    assert not list((shop.root / ".argosy" / "revisions").iterdir())


def test_one_pipeline_is_pinned_and_the_others_follow_the_branch(shop: "Shop") -> None:
    other = shop.root / "pipelines" / "other" / "pipeline.yaml"
    other.parent.mkdir()
    other.write_text(shop.spec.read_text("utf-8").replace("name: hello", "name: other"), "utf-8")
    first = shop.commit()
    tree(shop)
    for path in (shop.spec, other):
        shop.edit("echo again", "echo more", path)
    pin(shop, f"pipelines:\n  hello: {{revision: {first}}}\n")
    tree(shop)
    shown = [shop.git("-C", GITOPS, "show", f"main:envs/dev/{name}/configmap.yaml")
             for name in ("hello", "other")]  # fmt: skip
    assert ["echo more" in text for text in shown] == [False, True]
    other.unlink()
    shop.commit()
    ended = shop.argosy("publish", "--env", "dev", "--allow-removal")
    assert ended.status == 0, ended.err
    assert "hello/workflowtemplate.yaml" in shop.git(
        "-C", GITOPS, "ls-tree", "-r", "--name-only", "main"
    )


def test_a_pipeline_that_is_gone_from_the_branch_stays_while_it_is_pinned(shop: "Shop") -> None:
    first = shop.commit()
    before = tree(shop)
    shop.git("mv", "pipelines/hello", "pipelines/hullo")
    moved = shop.root / "pipelines" / "hullo" / "pipeline.yaml"
    shop.edit("name: hello", "name: hullo", moved)
    pin(shop, f"revision: {first}\n")
    assert tree(shop) == before


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("revision: a1b2c3d\n", "4:11", "`a1b2c3d` is not a full commit"),
        (f"revision: {'a' * 40}\n", "4:11", "there is no revision aaaaaaaaaa"),
        ("revison: x\n", "4:1", "unknown key `revison`"),
        ("pipelines: {hello: {images: [a]}}\n", "4:13", "`hello` has no revision"),
        ("pipelines: {helo: {revision: FIRST}}\n", "4:13", "has no pipeline `helo`"),
        ("revision: FIRST\npipelines: {hello: {images: ['evil:1']}}\n", "5:29", "python:3.11"),
    ],
)
def test_a_wrong_pin_is_a_problem_at_its_place(
    shop: "Shop", text: str, place: str, message: str
) -> None:
    first = shop.commit()
    pin(shop, text.replace("FIRST", first))
    for command in ("plan", "publish"):
        ended = shop.argosy(command, "--env", "dev")
        assert ended.status == 1, ended.err
        assert f"environments/dev.yaml:{place}" in ended.err
        assert message in ended.err
    assert not (shop.root / GITOPS).exists()


def test_what_was_never_merged_cannot_be_pinned(shop: "Shop") -> None:
    shop.commit()
    shop.git("checkout", "-q", "-b", "attack")
    shop.edit("echo again", "curl evil")
    evil = shop.commit("Innocent")
    shop.git("checkout", "-q", "main")
    pin(shop, f"revision: {evil}\n")
    ended = shop.argosy("publish", "--env", "dev")
    assert ended.status == 1
    assert "it was never merged here" in ended.err


def test_validate_reads_pins_too(shop: "Shop") -> None:
    shop.commit()
    pin(shop, "revision: a1b2c3d\n")
    pin(shop, "", "stagin")
    ended = shop.argosy("validate")
    assert ended.status == 1
    assert "environments/dev.yaml:4:11" in ended.out
    assert "no environment `stagin`" in ended.out


def test_what_is_pinned_is_compiled_once(shop: "Shop", tmp_path: Path) -> None:
    """A judge looks at whatever is compiled: a process that imports it has compiled something."""
    first = shop.commit()
    pin(shop, f"revision: {first}\n")
    watched = {"XDG_CACHE_HOME": str(tmp_path / "cache"), "PYTHONPROFILEIMPORTTIME": "1"}

    def plan() -> "Ended":
        ended = shop.argosy("plan", "--env", "dev", cwd=None, **watched)
        assert ended.status == 0, ended.err
        return ended

    plans = [plan() for _ in range(2)]
    assert plans[0].out == plans[1].out
    assert ["pydantic_core" in ended.err for ended in plans] == [True, False]
    shop.edit("echo again", "echo more")
    second = shop.commit()
    pin(shop, f"revision: {second}\nmodels: {{churn: 1}}\n")
    changed = plan()
    assert "pydantic_core" in changed.err
    assert tree(shop) != ""
    shown = shop.git("-C", GITOPS, "show", "main:envs/dev/hello/configmap.yaml")
    assert "echo more" in shown
