"""What a commit tells of its source: the range, its requests and people, and nothing made up."""

from typing import TYPE_CHECKING, Any

import pytest

from gitops import message
from gitops.provenance import Occasion

if TYPE_CHECKING:
    from tests.gitops.conftest import Place


def _said(place: "Place", **options: Any) -> dict[str, str]:
    place.publish(**options)
    return message.trailers(place.git("log", "-1", "--format=%B", "main", at=place.bare))


def test_a_publish_names_each_request_that_it_brings(place: "Place") -> None:
    place.git("remote", "add", "origin", "git@github.com:acme/specs.git")
    assert message.RANGE not in _said(place)
    before = place.git("rev-parse", "HEAD")
    place.commit("Tune churn (#12)")
    place.commit("Merge pull request #7 from acme/fix\n\nsee #99")
    place.commit("Merge branch 'x' into 'main'\n\nSee merge request acme/specs!31")
    source = place.commit("Revert (#12) for now (pull request #8)")
    said = _said(place, files={"a.yaml": b"2\n"}, source=source, allow_empty=True)
    assert said[message.RANGE] == f"{before}..{source.sha}"
    requests = said[message.REQUEST].split(", ")
    assert sorted(requests) == [f"acme/specs#{number}" for number in ("12", "31", "7", "8")]


def test_the_other_authors_of_the_range_are_named(
    place: "Place", monkeypatch: pytest.MonkeyPatch
) -> None:
    place.publish()
    with monkeypatch.context() as bob:
        bob.setenv("GIT_AUTHOR_NAME", "Bob")
        bob.setenv("GIT_AUTHOR_EMAIL", "bob@example.com")
        place.commit("by bob")
    said = _said(place, files={"a.yaml": b"2\n"}, source=place.commit("by ada"), allow_empty=True)
    assert said["Co-authored-by"] == "Bob <bob@example.com>"


def test_a_trailer_holds_no_second_one(place: "Place") -> None:
    occasion = Occasion("@eve [skip ci]\nArgosy-Source-Sha: fake", "https://ci/1\r\n\r\nFixes #3")
    said = _said(place, occasion=occasion)
    assert said[message.ACTOR] == "eve Argosy-Source-Sha: fake"
    assert said[message.SOURCE] == place.git("rev-parse", "HEAD")
    text = place.git("log", "-1", "--format=%B", "main", at=place.bare)
    assert "[skip ci]" not in text
    assert "@eve" not in text
    assert "\nFixes" not in text
