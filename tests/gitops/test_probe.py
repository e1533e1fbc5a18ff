"""What servers allow is found out, and nothing of it stays there."""

from typing import TYPE_CHECKING

import pytest

from gitops.git import GitFailure
from gitops.probe import Capabilities, probe

if TYPE_CHECKING:
    from tests.gitops.conftest import Place


def _refs(place: "Place") -> str:
    return place.git("for-each-ref", at=place.bare)


def test_an_empty_repository_tells_what_it_can(place: "Place") -> None:
    found = probe(place.target(), place.state)
    assert found == Capabilities(
        branch=False, push=True, atomic=True, markers=True, filter=None, depth=None
    )
    assert _refs(place) == ""


@pytest.mark.parametrize("filtering", [True, False])
def test_a_server_with_all_and_one_without_filters(place: "Place", filtering: bool) -> None:
    place.git("config", "uploadpack.allowFilter", str(filtering).lower(), at=place.bare)
    place.publish()
    place.by_hand(lambda clone: (clone / "x").touch())
    refs = _refs(place)
    target = place.target(repository=f"file://{place.bare}")
    found = probe(target, place.state)
    assert found == Capabilities(
        branch=True, push=True, atomic=True, markers=True, filter=filtering, depth=True
    )
    assert _refs(place) == refs


def test_no_atomic_push(place: "Place") -> None:
    place.git("config", "receive.advertiseAtomic", "false", at=place.bare)
    found = probe(place.target(), place.state)
    assert (found.push, found.atomic, found.markers, found.refusals) == (True, False, True, ())


def test_no_markers(place: "Place") -> None:
    place.git("config", "receive.hideRefs", "refs/argosy", at=place.bare)
    found = probe(place.target(), place.state)
    assert (found.push, found.atomic, found.markers) == (True, True, False)
    assert "deny updating a hidden ref" in found.refusals[0]


def test_without_writing_the_markers_stay_unknown(place: "Place") -> None:
    assert probe(place.target(), place.state, write=False).markers is None


def test_a_repository_that_cannot_be_read(place: "Place") -> None:
    with pytest.raises(GitFailure, match="there is no repository"):
        probe(place.target(repository=str(place.root / "none.git")), place.state)
