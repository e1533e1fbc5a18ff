"""What cannot be shown to be newer is not published, unless somebody says so."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gitops.outcome import Held, Published, Superseded, Unchanged
from gitops.source import read_source

if TYPE_CHECKING:
    from tests.gitops.conftest import Place

NEW = {"digits/configmap.yaml": b"new\n"}


def _shallow(place: "Place", name: str = "shallow", depth: int = 1) -> Path:
    clone = place.root.parent / name
    place.git("clone", "--quiet", f"--depth={depth}", f"file://{place.root}", str(clone))
    return clone


def _state(clone: Path, place: "Place") -> tuple[str, str, str]:
    """The configuration, the refs and the depth of a clone."""
    config = (clone / ".git/config").read_text()
    return config, place.git("for-each-ref", at=clone), (clone / ".git/shallow").read_text()


def test_an_unknown_published_revision_holds(place: "Place", tmp_path: Path) -> None:
    place.publish()
    tip, other = place.tip(), tmp_path / "unrelated"
    place.git("init", "--quiet", str(other))
    place.git("commit", "--quiet", "--allow-empty", "-m", "rewritten", at=other)
    source = read_source(other)
    held = place.publish({**place.files, **NEW}, source=source)
    assert isinstance(held, Held)
    assert "is unknown in the project's repository" in held.reason
    assert "--allow-rewind" in held.hint
    assert place.tip() == tip
    done = place.publish({**place.files, **NEW}, source=source, allow_rewind=True)
    assert isinstance(done, Published)


def test_an_amended_source_is_on_another_line(place: "Place") -> None:
    place.publish(source=place.commit("one"))
    place.git("commit", "--quiet", "--amend", "--allow-empty", "-m", "one, better")
    held = place.publish({**place.files, **NEW})
    assert isinstance(held, Held)
    assert "is on another line of history" in held.reason


def test_an_unknown_order_moves_no_marker(place: "Place") -> None:
    place.publish(source=place.commit("one"))
    refs = place.git("for-each-ref", at=place.bare)
    place.git("commit", "--quiet", "--amend", "--allow-empty", "-m", "one, better")
    same = place.publish()
    assert isinstance(same, Unchanged)
    assert "another line of history" in same.notes[0]
    assert place.git("for-each-ref", at=place.bare) == refs


def test_V22_two_sources_in_one_folder_are_both_named(place: "Place", tmp_path: Path) -> None:
    place.git("remote", "add", "origin", "https://example.com/acme/one.git")
    place.publish()
    other = tmp_path / "two"
    place.git("clone", "--quiet", str(place.root), str(other))
    place.git("remote", "set-url", "origin", "https://example.com/acme/two.git", at=other)
    place.git("checkout", "--quiet", "--orphan", "fresh", at=other)
    place.git("commit", "--quiet", "-m", "other", at=other)
    held = place.publish({**place.files, **NEW}, source=read_source(other))
    assert isinstance(held, Held)
    assert "https://example.com/acme/one.git" in held.reason
    assert "https://example.com/acme/two.git" in held.reason


@pytest.mark.parametrize("filtering", ["true", "false"])
def test_V07_a_shallow_project_asks_its_origin(place: "Place", filtering: str) -> None:
    place.git("config", "uploadpack.allowFilter", filtering)
    for number in range(4):
        place.publish({"a.yaml": b"%d" % number}, source=place.commit(f"s{number}"))
    place.commit("s4")
    clone = _shallow(place)
    before = _state(clone, place)
    done = place.publish({"a.yaml": b"4"}, source=read_source(clone))
    assert isinstance(done, Published)
    assert _state(clone, place) == before


def test_a_late_run_of_a_shallow_project_is_superseded(place: "Place") -> None:
    place.commit("old")
    clone = _shallow(place)
    for number in range(3):
        newest = place.commit(f"n{number}")
    place.publish(source=newest)
    late = place.publish(NEW, source=read_source(clone))
    assert isinstance(late, Superseded)
    assert late.by == newest.sha


def test_a_shallow_project_on_another_line_holds(place: "Place") -> None:
    place.git("branch", "side")
    place.publish(source=place.commit("published"))
    place.git("checkout", "--quiet", "side")
    place.commit("s1")
    place.commit("s2")
    held = place.publish(NEW, source=read_source(_shallow(place)), allow_empty=True)
    assert isinstance(held, Held)
    assert "another line of history" in held.reason


def test_a_shallow_project_whose_origin_is_gone_says_what_to_do(place: "Place") -> None:
    place.publish()
    place.commit("s2")
    place.commit("s3")
    clone = _shallow(place)
    place.git("remote", "set-url", "origin", str(place.root.parent / "gone"), at=clone)
    held = place.publish({**place.files, **NEW}, source=read_source(clone))
    assert isinstance(held, Held)
    assert "shallow clone" in held.reason
    assert "git fetch --unshallow --filter=tree:0" in held.hint
    assert "fetch-depth: 0" in held.hint
