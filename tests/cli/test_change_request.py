"""A change of the source goes to a branch, and from there to a pull request, with no checkout."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.hosts import github_api
from tests.hosts.server import TOKEN, Forge, serving

if TYPE_CHECKING:
    from tests.cli.conftest import Shop


@pytest.fixture
def forge(tmp_path: Path) -> Iterator[Forge]:
    """Serve a host whose repository is a bare one of this machine."""
    bare = tmp_path / "origin.git"
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(bare)], check=True)
    with serving(Forge(name="acme/shop", bare=bare), github_api) as served:
        yield served


@pytest.fixture
def hosted(shop: "Shop", forge: Forge) -> "Shop":
    """Return a project that is published to dev and has an origin at the host."""
    shop.commit()
    shop.git("remote", "add", "origin", f"{forge.url}/acme/shop.git")
    shop.git("config", "remote.origin.pushurl", str(forge.bare))
    shop.git("push", "-q", "origin", "main")
    assert shop.argosy("publish", "--env", "dev").status == 0
    return shop


def variables(forge: Forge) -> dict[str, str]:
    """Return what CI says about the host."""
    return {
        "GITHUB_SERVER_URL": forge.url,
        "GITHUB_API_URL": forge.url,
        "GITHUB_REPOSITORY": "acme/shop",
        "GITHUB_TOKEN": TOKEN,
    }


def test_a_promotion_becomes_one_pull_request(hosted: "Shop", forge: Forge) -> None:
    for said in ("opened", "updated"):
        ended = hosted.argosy(
            "promote", "dev", "prod", "--pull-request", cwd=None, **variables(forge)
        )
        assert ended.status == 0, ended.err
        assert f"✔ {said} https://github.example/acme/shop/pull/1" in ended.out
    (request,) = forge.requests
    assert (request.base, request.title[:14]) == ("main", "Promote everyt")
    assert "Evidence:" in request.body
    assert "hello created" in request.body
    assert request.body.startswith("```text\n")
    assert request.head in forge.heads()
    assert TOKEN not in ended.out + ended.err
    assert hosted.git("status", "--porcelain") == ""


def test_without_a_token_the_branch_is_pushed_and_the_page_is_named(
    hosted: "Shop", forge: Forge
) -> None:
    said = variables(forge) | {"GITHUB_TOKEN": ""}
    ended = hosted.argosy("promote", "dev", "prod", "--pull-request", cwd=None, **said)
    assert ended.status == 0, ended.err
    assert f"{forge.url}/acme/shop/compare/main...argosy" in ended.err
    assert [name for name in forge.heads() if name.startswith("argosy/promote-prod-")]
    assert not forge.requests


def test_without_an_origin_nothing_is_pushed(shop: "Shop") -> None:
    shop.commit()
    assert shop.argosy("publish", "--env", "dev").status == 0
    ended = shop.argosy("promote", "dev", "prod", "--pull-request")
    assert (ended.status, "no `origin`" in ended.err) == (2, True)


def test_a_branch_of_another_content_is_never_overwritten(hosted: "Shop") -> None:
    head = hosted.git("rev-parse", "HEAD")
    taken = f"argosy/promote-prod-{head[:10]}"
    hosted.git("branch", taken, head)
    ended = hosted.argosy("promote", "dev", "prod")
    assert (ended.status, "holds something else" in ended.err) == (2, True)
    assert hosted.git("rev-parse", taken) == head
    assert hosted.argosy("promote", "dev", "prod", "--branch", "mine").status == 0
    odd = hosted.argosy("promote", "dev", "prod", "--branch", "../x y")
    assert (odd.status, "no name of a branch" in odd.err) == (2, True)


def test_a_commit_is_signed_where_git_signs(hosted: "Shop", tmp_path: Path) -> None:
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    settings = {"gpg.format": "ssh", "user.signingKey": str(key), "commit.gpgSign": "true"}
    for name, value in settings.items():
        hosted.git("config", name, value)
    assert hosted.argosy("promote", "dev", "prod", "--branch", "signed").status == 0
    assert "gpgsig -----BEGIN SSH SIGNATURE" in hosted.git("cat-file", "commit", "signed")
