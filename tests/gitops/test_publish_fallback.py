"""Servers without atomic pushes, or without refs of ours: the commits tell what was published."""

import time
from typing import TYPE_CHECKING

import pytest

from gitops.git import GitFailure
from gitops.outcome import Held, Published, Superseded, Unchanged

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.gitops.conftest import Place

NEW = {"digits/configmap.yaml": b"new\n"}
BAD = {"digits/configmap.yaml": b"bad\n"}


def _hook(name: str, script: str) -> "Callable[[Place], object]":
    def install(place: "Place") -> None:
        hook = place.bare / "hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\n{script}\n")
        hook.chmod(0o755)

    return install


def _config(name: str, value: str) -> "Callable[[Place], object]":
    return lambda place: place.git("config", name, value, at=place.bare)


SERVERS = {
    "no atomic push": _config("receive.advertiseAtomic", "false"),
    "hidden refs": _config("receive.hideRefs", "refs/argosy"),
    "update hook": _hook(
        "update", 'case "$1" in refs/argosy/*) echo "only branches" >&2; exit 1;; esac'
    ),
    "pre-receive hook": _hook(
        "pre-receive", "while read o n r; do case $r in refs/heads/*) ;; *) exit 1;; esac; done"
    ),
}


@pytest.fixture(params=SERVERS)
def poor(request: pytest.FixtureRequest, place: "Place") -> "Place":
    """A place whose server lacks something."""
    SERVERS[request.param](place)
    return place


def _commits(place: "Place") -> int:
    return int(place.git("rev-list", "--count", "main", at=place.bare))


def test_a_late_run_is_superseded_all_the_same(poor: "Place") -> None:
    old, new = poor.commit("old"), poor.commit("new")
    done = poor.publish(source=new)
    assert isinstance(done, Published)
    assert done.notes[0].startswith("the server does not take `refs/argosy/dev/main/envs/dev/*`")
    assert poor.tip() == done.commit
    late = poor.publish(BAD, source=old)
    assert isinstance(late, Superseded)
    assert late.by == new.sha


def test_a_run_without_changes_makes_a_commit_once(poor: "Place") -> None:
    """The ABA hole: S1 and its revert S3 render alike, S2 comes late."""
    poor.publish(source=poor.commit("s1"))
    second, third = poor.commit("s2"), poor.commit("s3: revert s2")
    done = poor.publish(source=third)
    assert isinstance(done, Unchanged)
    assert done.commit == poor.tip()
    assert _commits(poor) == 2
    assert poor.git("diff", "--stat", "main^", "main", at=poor.bare) == ""
    assert isinstance(poor.publish(source=third), Unchanged)
    assert _commits(poor) == 2
    late = poor.publish(BAD, source=second)
    assert isinstance(late, Superseded)
    assert late.by == third.sha


def test_what_others_committed_since_hides_nothing(poor: "Place") -> None:
    old, new = poor.commit("old"), poor.commit("new")
    poor.publish(source=new)
    for number in range(60):
        tree = poor.git("rev-parse", "main^{tree}", at=poor.bare)
        made = poor.git("commit-tree", tree, "-p", "main", "-m", f"{number}", at=poor.bare)
        poor.git("update-ref", "refs/heads/main", made, at=poor.bare)
    assert isinstance(poor.publish(BAD, source=old), Superseded)
    assert isinstance(poor.publish({**poor.files, **NEW}, source=poor.commit("n2")), Published)


@pytest.mark.parametrize("copied", [("revert", "--no-edit", "HEAD"), ("cherry-pick", "HEAD~1")])
def test_a_rollback_is_held(
    poor: "Place", copied: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    poor.publish(source=poor.commit("good"))
    bad = {**poor.files, **BAD}
    poor.publish(bad, source=poor.commit("bad"))
    if copied[0] == "cherry-pick":
        poor.publish(source=poor.commit("good again"))
        poor.publish(bad, source=poor.commit("bad again"))
    with monkeypatch.context() as later:
        later.setenv("GIT_COMMITTER_DATE", f"{int(time.time()) + 9} +0000")
        poor.by_hand(lambda clone: poor.git(*copied, at=clone))
    held = poor.publish(bad, source=poor.commit("unrelated"))
    assert isinstance(held, Held)
    assert "rolled back" in held.reason
    assert isinstance(poor.publish(source=poor.commit("revert bad")), Unchanged)
    assert isinstance(poor.publish({**poor.files, **NEW}, source=poor.commit("fix")), Published)


@pytest.mark.parametrize("server", SERVERS)
def test_a_server_that_stops_taking_markers_blames_nobody(place: "Place", server: str) -> None:
    place.publish(source=place.commit("s1"))
    SERVERS[server](place)
    second = place.commit("s2")
    if server == "pre-receive hook":  # all refs are refused alike, and markers were taken before
        with pytest.raises(GitFailure):
            place.publish({**place.files, **NEW}, source=second)
        return
    assert isinstance(place.publish({**place.files, **NEW}, source=second), Published)
    late = place.commit("s3")
    assert isinstance(place.publish(source=place.commit("s4")), Published)
    assert isinstance(place.publish(BAD, source=late), Superseded)
    assert isinstance(place.publish({**place.files, **NEW}, source=place.commit("s5")), Published)


def test_a_refused_branch_is_no_missing_marker(place: "Place") -> None:
    _hook("update", '[ "$1" != refs/heads/main ] || { echo "ask first" >&2; exit 1; }')(place)
    with pytest.raises(GitFailure, match="ask first"):
        place.publish()
    assert place.git("for-each-ref", at=place.bare) == ""
