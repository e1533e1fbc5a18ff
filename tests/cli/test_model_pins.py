"""Pinned versions of models: templates see them, promotions move them, aliases follow them."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Shop

HEAD = "apiVersion: argosy.dev/v1\nkind: Pin\nenvironment: {}\n"
GITOPS = ".argosy/gitops.git"


def pin(shop: "Shop", environment: str, version: int) -> None:
    """Pin a model in an environment that follows the branch."""
    path = shop.root / "environments" / f"{environment}.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"{HEAD.format(environment)}models: {{churn: {version}}}\n", "utf-8")


def score(shop: "Shop") -> None:
    """Let the pipeline name a model."""
    shop.edit("echo again", "score --model models:/churn/{{ models.churn }}")


def published(shop: "Shop", environment: str) -> str:
    """Publish, and return the code of the pipeline as the environment has it."""
    ended = shop.argosy("publish", "--env", environment)
    assert ended.status == 0, ended.err
    return shop.git("-C", GITOPS, "show", f"main:envs/{environment}/hello/configmap.yaml")


def test_templates_see_the_pinned_version_of_their_environment(shop: "Shop") -> None:
    score(shop)
    pin(shop, "dev", 17)
    shop.commit()
    assert "models:/churn/17" in published(shop, "dev")
    pin(shop, "dev", 18)
    shop.commit()
    assert "models:/churn/18" in published(shop, "dev"), "the memory knows what was read"
    missing = shop.argosy("validate", "--env", "prod")
    assert missing.status == 1
    assert "models.churn" in missing.out


def test_a_promotion_moves_models_and_a_rollback_moves_them_back(shop: "Shop") -> None:
    score(shop)
    pin(shop, "dev", 17)
    shop.commit()
    published(shop, "dev")

    def merge(*words: str) -> str:
        ended = shop.argosy(*words)
        assert ended.status == 0, ended.err
        shop.git("merge", "-q", ended.out.splitlines()[-1].rsplit(" ", 1)[1])
        return ended.out

    merge("promote", "dev", "prod")
    assert "models:/churn/17" in published(shop, "prod")
    first = shop.git("-C", GITOPS, "rev-parse", "main:envs/prod")
    pin(shop, "dev", 18)
    shop.commit()
    published(shop, "dev")
    assert "models:/churn/17" in published(shop, "prod")
    merge("promote", "dev", "prod")
    assert "models:/churn/18" in published(shop, "prod")
    assert "model churn: 18 -> 17" in merge("rollback", "prod")
    assert "models:/churn/17" in published(shop, "prod")
    assert shop.git("-C", GITOPS, "rev-parse", "main:envs/prod") == first


def test_release_moves_the_alias_once_to_what_is_pinned(shop: "Shop") -> None:
    pytest.importorskip("mlflow")
    from argosy.models import store

    state = shop.root / ".argosy"
    uri = store.prepare_local(state)
    with store.client(uri) as client:
        client.create_registered_model("churn")
        for _ in range(2):
            client.create_model_version("churn", "file:///nowhere")
    assert "pins no models" in shop.argosy("models", "release", "dev").out
    pin(shop, "dev", 3)
    ended = shop.argosy("models", "release", "dev")
    assert (ended.status, "not registered: churn 3" in ended.err) == (1, True)
    pin(shop, "dev", 2)
    dry = shop.argosy("models", "release", "dev", "--dry-run")
    assert dry.out == "~ champion of churn: none -> 2\n"
    assert shop.argosy("models", "release", "dev").out == "✔ champion of churn: none -> 2\n"
    assert shop.argosy("models", "release", "dev").out == "✔ churn 2 is champion already\n"
    pin(shop, "dev", 1)
    assert shop.argosy("models", "release", "dev").out == "✔ champion of churn: 2 -> 1\n"
    with store.client(uri) as client:
        assert client.get_model_version_by_alias("churn", "champion").version in (1, "1")
