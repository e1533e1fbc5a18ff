"""Folders of one repository, a branch for each environment, a repository for each: all the same."""

from typing import TYPE_CHECKING

import pytest

from gitops.outcome import Published, Superseded, Unchanged
from gitops.target import Target, create_if_local_default

if TYPE_CHECKING:
    from tests.gitops.conftest import Place

_LAYOUTS = ["folders", "branches", "repositories", "one name in two branches"]


def _targets(place: "Place", layout: str) -> tuple[Target, Target]:
    if layout == "folders":
        return place.target("dev"), place.target("prod")
    if layout == "branches":
        return Target(str(place.bare), "env/dev", "", "dev"), Target(
            str(place.bare), "env/prod", "", "prod"
        )
    if layout == "repositories":
        other = place.bare.with_name("prod.git")
        create_if_local_default(other)
        return Target(str(place.bare), "main", "", "dev"), Target(str(other), "main", "", "prod")
    return Target(str(place.bare), "a", "", "dev"), Target(str(place.bare), "b", "", "dev")


@pytest.mark.parametrize("layout", _LAYOUTS)
def test_environments_in_every_layout_keep_apart(place: "Place", layout: str) -> None:
    dev, prod = _targets(place, layout)
    old = place.commit("old")
    assert isinstance(place.publish({"a.yaml": b"dev\n"}, target=dev, source=old), Published)
    new = place.commit("new")
    assert isinstance(place.publish({"a.yaml": b"prod\n"}, target=prod, source=new), Published)
    # dev is still at the old revision, so the same one is no late run there
    assert isinstance(place.publish({"a.yaml": b"dev\n"}, target=dev, source=old), Unchanged)
    assert isinstance(place.publish({"a.yaml": b"x\n"}, target=prod, source=old), Superseded)
    for target, content in ((dev, "dev"), (prod, "prod")):
        path = f"{target.branch}:{target.path('a.yaml')}"
        assert place.git(f"--git-dir={target.repository}", "cat-file", "blob", path) == content


def test_a_folder_of_a_monorepo_may_hold_the_project_too(place: "Place") -> None:
    """The GitOps folder lives beside the sources, in the same repository."""
    place.git("remote", "add", "origin", str(place.bare))
    place.git("push", "--quiet", "origin", "HEAD:main")
    assert isinstance(place.publish(), Published)
    assert place.at_tip("argosy.yaml") == b"name: demo\n"
    place.git("pull", "--quiet", "--rebase", "origin", "main")
    assert isinstance(place.publish(), Unchanged)
