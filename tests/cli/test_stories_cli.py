"""Stories of others, and faults, as they show at the command line."""

import base64
from pathlib import Path
from typing import TYPE_CHECKING

from argosy.bootstrap.flux import flux
from argosy.bootstrap.tenant import Tenant
from tests.gitops.servers import Backend, hook
from tests.servers import listening

if TYPE_CHECKING:
    from tests.cli.conftest import Shop

CANARY = "canary-t0ken-9f8e7d6c5b4a"


def test_story_10_a_renamed_pipeline_is_told_as_a_deletion(shop: "Shop") -> None:
    shop.edit('echo "hello ', 'echo "welcome ')
    shop.commit()
    assert shop.argosy("publish", "--env", "dev").status == 0
    shop.spec.parent.rename(shop.spec.parent.with_name("goodbye"))
    spec = shop.root / "pipelines/goodbye/pipeline.yaml"
    spec.write_text(spec.read_text("utf-8").replace("name: hello", "name: goodbye"), "utf-8")
    told = shop.argosy("plan", "--env", "dev").out
    assert "deletes hello and creates goodbye" in told
    assert "running and past runs may be deleted" in told


def test_story_21_what_the_cluster_gets_can_read_git_and_no_more() -> None:
    """The key that publishes stays in CI; nothing that a cluster is given pushes."""
    tenant = Tenant("shop", "dev", "ml-dev", "https://example.com/gitops.git", "main", "envs/dev",
                    secret="read-only")  # fmt: skip  # noqa: S106 - a name
    made = list(flux(tenant))
    assert {one["kind"] for one in made} == {"GitRepository", "Kustomization"}
    assert [one["spec"].get("secretRef") for one in made] == [{"name": "read-only"}, None]


def test_V20_a_token_is_in_no_output_and_no_file(shop: "Shop", tmp_path: Path) -> None:
    bare = tmp_path / "gitops.git"
    shop.git("init", "-q", "--bare", "-b", "main", str(bare))
    login = ("x-access-token", CANARY)
    with listening(type("Guarded", (Backend,), {"root": tmp_path, "login": login})) as port:
        where = f"gitops: {{repository: 'http://127.0.0.1:{port}/gitops.git'}}"
        shop.edit("dev: {namespace: ml-dev}", f"dev: {{namespace: ml-dev, {where}}}",
                  shop.root / "argosy.yaml")  # fmt: skip
        shop.commit()
        traces = {"GIT_TRACE": "1", "GIT_CURL_VERBOSE": "1", "GIT_TRACE_REDACT": "0",
                  "GIT_TRACE_CURL": str(tmp_path / "trace")}  # fmt: skip
        given = {"ARGOSY_GIT_TOKEN": CANARY, **traces}
        good = shop.argosy("publish", "--env", "dev", cwd=None, **given)
        wrong = shop.argosy(
            "publish", "--env", "dev", cwd=None, **{**given, "ARGOSY_GIT_TOKEN": f"{CANARY}-x"}
        )
        hook(bare, "pre-receive", f"echo {CANARY} is not welcome >&2\nexit 1")
        shop.edit("echo again", "echo once more")
        shop.commit()
        refused = shop.argosy("publish", "--env", "dev", cwd=None, **given)
    assert [ended.status for ended in (good, wrong, refused)] == [0, 4, 4]
    assert "*** is not welcome" in refused.err
    told = [text for ended in (good, wrong, refused) for text in (ended.out, ended.err)]
    told += [path.read_text("utf-8", "replace") for path in shop.root.rglob("*") if path.is_file()]
    word = base64.b64encode(f"x-access-token:{CANARY}".encode()).decode()
    assert not [text for text in told if CANARY in text or word in text]
    assert not (tmp_path / "trace").exists()
