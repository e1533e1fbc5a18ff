"""`argosy hold` and `argosy resume`: nothing is published into what somebody holds."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.cli.conftest import Shop

GITOPS = ".argosy/gitops.git"


def test_a_held_environment_takes_nothing_until_it_is_resumed(shop: "Shop") -> None:
    shop.commit()
    held = shop.argosy("hold", "prod", "--reason", "the cluster moves")
    assert held.status == 0, held.err
    assert held.out == "✔ prod is held by Ada: the cluster moves\n"
    refused = shop.argosy("publish", "--env", "prod")
    assert refused.status == 3
    assert "the cluster moves" in refused.err
    assert "`argosy resume prod`" in refused.err
    assert shop.argosy("publish", "--env", "dev").status == 0
    assert re.search(r"held by Ada since [-0-9]+ [0-9:]+ UTC: ", shop.argosy("hold", "prod").out)
    again = shop.argosy("hold", "prod", "--reason", "another reason")
    assert "the cluster moves" in again.out
    resumed = shop.argosy("resume", "prod")
    assert (resumed.status, "is released" in resumed.out) == (0, True)
    assert shop.argosy("publish", "--env", "prod").status == 0
    assert "nobody holds prod" in shop.argosy("resume", "prod").out


def test_a_hold_needs_a_reason(shop: "Shop") -> None:
    shop.commit()
    ended = shop.argosy("hold", "prod")
    assert (ended.status, "--reason" in ended.err) == (2, True)
    assert not (shop.root / GITOPS).exists()


def test_resume_tells_of_edits_that_hold_too(shop: "Shop", tmp_path: Path) -> None:
    shop.commit()
    shop.argosy("publish", "--env", "prod")
    work = tmp_path / "work"
    shop.git("clone", "-q", GITOPS, str(work))
    manifest = work / "envs" / "prod" / "hello" / "workflowtemplate.yaml"
    manifest.write_text(manifest.read_text("utf-8") + "# by hand\n", "utf-8")
    shop.git("-C", str(work), "commit", "-qam", "Edit by hand")
    shop.git("-C", str(work), "push", "-q")
    ended = shop.argosy("resume", "prod")
    assert ended.status == 3
    assert "edited by hand by Ada" in ended.err
    assert "`argosy publish --env prod --resume`" in ended.err


def test_a_run_goes_on_though_an_environment_has_its_name(shop: "Shop") -> None:
    shop.commit()
    assert shop.argosy("run", "hello", "--env", "dev", "--name", "prod").status == 0
    ended = shop.argosy("resume", "prod")
    assert (ended.status, "run `prod` is Succeeded" in ended.err) == (2, True)
    assert "nobody holds dev" in shop.argosy("resume", "dev").out
