"""What people did in the GitOps repository is never overwritten without a word."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gitops.outcome import Held, Published, Unchanged
from gitops.source import read_source
from gitops.target import Target

if TYPE_CHECKING:
    from tests.gitops.conftest import Place

CONFIG = "envs/dev/digits/configmap.yaml"


def _write(path: str, text: str) -> Callable[[Path], object]:
    def change(clone: Path) -> None:
        (clone / path).parent.mkdir(parents=True, exist_ok=True)
        (clone / path).write_text(text)

    return change


def _remove(path: str) -> Callable[[Path], object]:
    return lambda clone: (clone / path).unlink()


def _link(path: str, goal: str) -> Callable[[Path], object]:
    def change(clone: Path) -> None:
        (clone / path).unlink(missing_ok=True)
        (clone / path).parent.mkdir(parents=True, exist_ok=True)
        (clone / path).symlink_to(goal)

    return change


@pytest.mark.parametrize("markers", ["with", "without"])
@pytest.mark.parametrize(
    "change", [_write(CONFIG, "hand\n"), _remove(CONFIG), _link(CONFIG, "/etc")]
)
def test_V12_a_hand_edit_is_held_and_its_commit_named(
    place: "Place", change: Callable[[Path], object], markers: str
) -> None:
    place.publish()
    edit = place.by_hand(change, "hotfix")
    place.by_hand(lambda clone: (clone / "other").write_text("x"))
    if markers == "without":
        ref = f"refs/argosy/dev/main/envs/dev/{place.git('rev-parse', 'HEAD')}"
        place.git("update-ref", "-d", ref, at=place.bare)
    tip = place.tip()
    held = place.publish({**place.files, "digits/configmap.yaml": b"new\n"})
    assert isinstance(held, Held)
    assert (held.commit, held.paths) == (edit, (CONFIG,))
    assert f"`{CONFIG}` was edited by hand by Ada in {edit[:10]} (hotfix)" in held.reason
    assert "argosy resume" in held.hint
    assert place.tip() == tip


def test_resume_takes_over(place: "Place") -> None:
    place.publish()
    place.by_hand(_link(CONFIG, "/etc/passwd"))
    done = place.publish(resume=True)
    assert isinstance(done, Published)
    assert done.changed == (CONFIG,)
    assert place.at_tip(CONFIG) == place.files["digits/configmap.yaml"]


def test_an_edit_that_reaches_the_source_releases_itself(place: "Place") -> None:
    place.publish()
    place.by_hand(_write(CONFIG, "hotfix\n"))
    files = {**place.files, "digits/configmap.yaml": b"hotfix\n"}
    done = place.publish(files, source=place.commit("the same fix"))
    assert isinstance(done, Published)
    assert (done.added, done.changed, done.removed) == ((), (), ())
    files["digits/configmap.yaml"] = b"next\n"
    assert isinstance(place.publish(files, source=place.commit("next")), Published)


def test_story_17_a_rollback_in_the_gitops_repository_is_held_until_the_source_follows(
    place: "Place",
) -> None:
    good = place.publish(source=place.commit("good"))
    bad = {**place.files, "digits/configmap.yaml": b"bad\n"}
    place.publish(bad, source=place.commit("bad"))
    back = place.by_hand(lambda clone: place.git("revert", "--no-edit", "HEAD", at=clone))
    held = place.publish(bad, source=place.commit("unrelated merge"))
    assert isinstance(held, Held)
    assert "rolled back" in held.reason
    assert place.tip() == back
    released = place.publish(source=place.commit("revert bad"))
    assert isinstance(released, Unchanged)
    assert isinstance(good, Published)
    assert released.tree == good.tree
    fixed = {**place.files, "digits/configmap.yaml": b"fixed\n"}
    assert isinstance(place.publish(fixed, source=place.commit("fix")), Published)


def test_a_deleted_environment_is_held(place: "Place") -> None:
    place.publish()
    place.by_hand(lambda clone: place.git("rm", "-rq", "envs", at=clone), "retire dev")
    held = place.publish({**place.files, "a.yaml": b"a\n"})
    assert isinstance(held, Held)
    assert "retire dev" in held.reason
    assert isinstance(place.publish(resume=True), Published)


def test_a_damaged_lock_is_held(place: "Place") -> None:
    place.publish()
    place.by_hand(_write("envs/dev/argosy.lock", "<<<<<<< ours\n{}"))
    held = place.publish({**place.files, "a.yaml": b"a\n"})
    assert isinstance(held, Held)
    assert held.paths == ("envs/dev/argosy.lock",)
    assert isinstance(place.publish(resume=True), Published)


def test_a_damaged_lock_without_a_marker_stays_held(place: "Place") -> None:
    place.by_hand(_write("envs/dev/argosy.lock", "{}"))
    held = place.publish(resume=True)
    assert isinstance(held, Held)
    assert "its version is None" in held.reason


@pytest.mark.parametrize(
    ("change", "path", "kind"),
    [
        (_write(CONFIG, "mine\n"), CONFIG, "a file"),
        (_link(CONFIG, "../../.."), CONFIG, "a symbolic link"),
        (_link("envs", "elsewhere"), "envs", "a symbolic link"),
        (_link("envs/dev", "../prod"), "envs/dev", "a symbolic link"),
        (_write("envs/dev/digits", "a file\n"), "envs/dev/digits", "a file"),
        (_write(f"{CONFIG}/deep", "x\n"), f"{CONFIG}/deep", "a file"),
    ],
)  # fmt: skip
def test_V10_what_is_not_ours_is_never_replaced(
    place: "Place", change: Callable[[Path], object], path: str, kind: str
) -> None:
    tip = place.by_hand(change)
    for resume in (False, True):
        held = place.publish(resume=resume)
        assert isinstance(held, Held)
        assert held.paths == (path,)
        assert f"`{path}` is {kind}" in held.reason
    assert place.tip() == tip


def test_V10_a_submodule_at_our_path_is_held(place: "Place") -> None:
    def change(clone: Path) -> None:
        oid = place.git("rev-parse", "HEAD")
        place.git("update-index", "--add", "--cacheinfo", f"160000,{oid},envs/dev/digits", at=clone)
        (clone / "envs/dev/digits").mkdir(parents=True)

    place.by_hand(change)
    held = place.publish()
    assert isinstance(held, Held)
    assert "a submodule" in held.reason


def test_V22_another_project_in_the_folder_is_held(place: "Place") -> None:
    place.publish()
    held = place.publish({"x.yaml": b"x\n"}, project="other", resume=True)
    assert isinstance(held, Held)
    assert held.reason == "`envs/dev` belongs to project `demo`, this is `other`"


def test_a_deleted_foreign_file_is_no_business_of_ours(place: "Place") -> None:
    place.by_hand(_write("envs/dev/digits/NOTES", os.urandom(8).hex()))
    place.publish()
    place.by_hand(_remove("envs/dev/digits/NOTES"))
    files = {**place.files, "digits/configmap.yaml": b"new\n"}
    assert isinstance(place.publish(files), Published)


def test_a_deleted_branch_is_held(place: "Place") -> None:
    place.publish()
    place.git("update-ref", "-d", "refs/heads/main", at=place.bare)
    held = place.publish()
    assert isinstance(held, Held)
    assert held.reason == "`envs/dev` of branch `main` was removed"
    assert isinstance(place.publish(resume=True), Published)


def test_projects_that_share_a_name_of_an_environment_do_not_meet(
    place: "Place", tmp_path: Path
) -> None:
    other = tmp_path / "other"
    place.git("init", "--quiet", str(other))
    place.git("commit", "--quiet", "--allow-empty", "-m", "first", at=other)
    theirs = Target(str(place.bare), "main", "other/dev", "dev")
    for round_ in (b"1", b"2"):
        mine = place.publish({"a.yaml": round_})
        done = place.publish({"a.yaml": round_}, target=theirs, source=read_source(other))
        assert isinstance(mine, Published)
        assert isinstance(done, Published)
        assert (mine.notes, done.notes) == ((), ())


def test_an_owned_file_may_become_a_folder_and_back(place: "Place") -> None:
    place.publish({"a": b"1", "b/c": b"2"})
    assert isinstance(place.publish({"a/x": b"1", "b": b"2"}), Published)
    assert place.paths() == ["envs/dev/a/x", "envs/dev/argosy.lock", "envs/dev/b"]
    assert isinstance(place.publish({"a": b"1", "b/c": b"2"}), Published)
