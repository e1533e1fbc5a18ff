"""Pull-request mode: the commit of a publish waits on a branch, and is known again once merged."""

from typing import TYPE_CHECKING, Any

import pytest

from compiler.record import replace
from gitops.failure import GitopsFailure
from gitops.outcome import Held, Outcome, Proposed, Published, Superseded, Unchanged

if TYPE_CHECKING:
    from tests.gitops.conftest import Place

_BRANCH = "argosy/dev"
_OTHER = {"a.yaml": b"a: 2\n"}


@pytest.fixture(autouse=True)
def _as_hosts_do(place: "Place") -> None:
    """Let branches other than the first be rewritten and deleted."""
    for name in ("denyNonFastForwards", "denyDeletes"):
        place.git("config", f"receive.{name}", "false", at=place.bare)


def _propose(
    place: "Place", more: dict[str, bytes] | None = None, environment: str = "dev", **options: Any
) -> Outcome:
    target = replace(place.target(environment), proposal=f"argosy/{environment}")
    return place.publish({**place.files, **(more or {})}, target=target, **options)


def _refs(place: "Place") -> dict[str, str]:
    text = place.git("for-each-ref", "--format=%(refname) %(objectname)", at=place.bare)
    return dict(line.split(" ") for line in text.splitlines())


def _draft(place: "Place") -> str:
    return _refs(place).get(f"refs/heads/{_BRANCH}", "")


def _begun(place: "Place") -> str:
    """Make the branch that is asked; return its commit."""
    return place.by_hand(lambda clone: (clone / "README.md").write_text("gitops\n"))


def merge(place: "Place", how: str, branch: str = _BRANCH) -> None:
    """Merge as the hosts do, and leave the branch where it is."""
    clone = place.root.parent / f"merge-{how}-{len(list(place.root.parent.iterdir()))}"
    place.git("clone", "--quiet", str(place.bare), str(clone))
    wanted = branch if len(branch) == 40 else f"origin/{branch}"
    place.git("fetch", "--quiet", "origin", branch, at=clone)
    if how == "merge":
        place.git("merge", "--quiet", "--no-ff", "-m", "Merge pull request #1", wanted, at=clone)
    elif how == "squash":
        place.git("merge", "--quiet", "--squash", wanted, at=clone)
        place.git("commit", "--quiet", "-m", "prod: all new (#1)", at=clone)
    else:
        options = ("-c", "user.name=Merger") if how == "rebase" else ()
        place.git(*options, "cherry-pick", "--allow-empty", wanted, at=clone)
    place.git("push", "--quiet", "origin", "HEAD:main", at=clone)


def _others_publish(place: "Place") -> None:
    assert isinstance(place.publish(environment="prod"), Published)


def test_a_change_waits_on_its_branch(place: "Place") -> None:
    tip = _begun(place)
    done = _propose(place)
    assert isinstance(done, Proposed)
    assert (done.fresh, done.branch, _draft(place)) == (True, _BRANCH, done.commit)
    assert place.tip() == tip
    assert place.git("rev-parse", f"{done.commit}^", at=place.bare) == tip
    assert place.at_tip("envs/dev/digits/configmap.yaml", _BRANCH)
    said = place.git("log", "-1", "--format=%B", done.commit, at=place.bare)
    assert "Argosy-Environment: dev" in said


def test_the_same_again_changes_nothing(place: "Place") -> None:
    _begun(place)
    first, refs = _propose(place), _refs(place)
    again = _propose(place)
    assert isinstance(again, Proposed)
    assert (again.commit, again.fresh) == (first.commit, False)
    assert again.added == getattr(first, "added", ())
    assert _refs(place) == refs


def test_a_newer_source_with_the_same_content_keeps_the_commit_and_its_approvals(
    place: "Place",
) -> None:
    _begun(place)
    first = _propose(place)
    _others_publish(place)
    place.commit("README")
    again = _propose(place)
    assert isinstance(again, Proposed)
    assert (again.commit, again.fresh) == (first.commit, False)


def test_a_newer_change_is_made_anew_on_the_tip(place: "Place") -> None:
    _begun(place)
    first = _propose(place)
    _others_publish(place)
    place.commit("second")
    again = _propose(place, _OTHER)
    assert isinstance(again, Proposed)
    assert again.fresh
    assert again.commit != first.commit
    assert place.git("rev-parse", f"{again.commit}^", at=place.bare) == place.tip()
    assert place.git("rev-list", "--count", f"main..{_BRANCH}", at=place.bare) == "1"


def test_an_older_run_does_not_overwrite_a_newer_proposal(place: "Place") -> None:
    _begun(place)
    old, new = place.commit("old"), place.commit("new")
    done = _propose(place, _OTHER, source=new)
    late = _propose(place, source=old)
    assert isinstance(late, Superseded)
    assert late.by == new.sha
    assert _draft(place) == done.commit


@pytest.mark.parametrize("how", ["merge", "squash", "rebase"])
def test_a_merged_proposal_is_live(place: "Place", how: str) -> None:
    _begun(place)
    _propose(place)
    _others_publish(place)
    merge(place, how)
    done = _propose(place)
    assert isinstance(done, Unchanged)
    assert _draft(place) == ""
    place.commit("second")
    again = _propose(place, _OTHER)
    assert isinstance(again, Proposed)
    assert again.added == ("envs/dev/a.yaml",)


@pytest.mark.parametrize("how", ["merge", "squash", "rebase"])
def test_after_a_merge_the_next_run_may_bring_the_next_change(place: "Place", how: str) -> None:
    _begun(place)
    first = place.commit("first")
    _propose(place, source=first)
    merge(place, how)
    place.commit("second")
    done = _propose(place, _OTHER)
    assert isinstance(done, Proposed)
    assert (done.added, done.removed) == (("envs/dev/a.yaml",), ())
    markers = [ref for ref in _refs(place) if ref.startswith("refs/argosy/dev/")]
    assert [ref.rpartition("/")[2] for ref in markers] == [first.sha]


@pytest.mark.parametrize("how", ["merge", "squash", "rebase"])
def test_what_is_edited_after_the_merge_is_held(place: "Place", how: str) -> None:
    _begun(place)
    _propose(place)
    merge(place, how)
    place.by_hand(lambda clone: (clone / "envs/dev/digits/configmap.yaml").write_text("x\n"))
    place.commit("second")
    done = _propose(place, _OTHER)
    assert isinstance(done, Held)
    assert done.paths == ("envs/dev/digits/configmap.yaml",)
    assert isinstance(_propose(place, _OTHER, resume=True), Proposed)


def _revert(place: "Place", commit: str = "HEAD") -> None:
    clone = place.root.parent / f"revert-{len(list(place.root.parent.iterdir()))}"
    place.git("clone", "--quiet", str(place.bare), str(clone))
    parents = place.git("log", "-1", "--format=%P", commit, at=clone).split()
    which = ("-m", "1") if len(parents) > 1 else ()
    place.git("revert", "--no-edit", *which, commit, at=clone)
    place.git("push", "--quiet", "origin", "HEAD:main", at=clone)


@pytest.mark.parametrize("how", ["merge", "squash", "rebase"])
@pytest.mark.parametrize("seen", [True, False])
def test_a_merge_rolled_back_is_held_until_the_source_is_too(
    place: "Place", how: str, seen: bool
) -> None:
    """Whether or not a run came by between the merge and its revert."""
    _begun(place)
    _propose(place)
    merge(place, how)
    assert isinstance(_propose(place), Unchanged)
    bad = place.commit("bad")
    _propose(place, _OTHER, source=bad)
    merge(place, how)
    if seen:
        assert isinstance(_propose(place, _OTHER), Unchanged)
    _others_publish(place)
    _revert(place, "HEAD~1")
    place.commit("unrelated")
    held = _propose(place, _OTHER)
    assert isinstance(held, Held)
    assert "rolled back" in held.reason
    place.commit("revert of bad")
    assert isinstance(_propose(place), Unchanged)
    place.commit("better")
    assert isinstance(_propose(place, {"b.yaml": b"b\n"}), Proposed)


def test_a_diff_that_vanishes_takes_the_branch_away(place: "Place") -> None:
    _begun(place)
    place.publish()
    bad, good = place.commit("bad"), place.commit("revert of bad")
    _propose(place, _OTHER, source=bad)
    assert isinstance(_propose(place, source=good), Unchanged)
    assert _draft(place) == ""
    assert isinstance(_propose(place, _OTHER, source=bad), Superseded)


def test_a_proposal_replaced_in_the_moment_of_its_merge_is_known_again(place: "Place") -> None:
    _begun(place)
    first = _propose(place)
    place.commit("second")
    _propose(place, _OTHER)
    merge(place, "squash", first.commit)
    done = _propose(place, _OTHER)
    assert isinstance(done, Proposed)
    assert done.added == ("envs/dev/a.yaml",)
    assert done.fresh


def test_a_branch_that_others_commit_to_is_left_alone(place: "Place") -> None:
    _begun(place)
    _propose(place)
    clone = place.root.parent / "theirs"
    place.git("clone", "--quiet", "--branch", _BRANCH, str(place.bare), str(clone))
    place.git("commit", "--quiet", "--allow-empty", "-m", "my own work", at=clone)
    place.git("push", "--quiet", "origin", f"HEAD:{_BRANCH}", at=clone)
    theirs = _draft(place)
    place.commit("second")
    held = _propose(place, _OTHER)
    assert isinstance(held, Held)
    assert "by Ada (my own work), which is not a proposal of ours" in held.reason
    assert "delete the branch" in held.hint
    assert _draft(place) == theirs
    done = _propose(place, _OTHER, resume=True)
    assert isinstance(done, Proposed)
    assert _draft(place) == done.commit


def test_a_deleted_branch_is_proposed_again(place: "Place") -> None:
    _begun(place)
    _propose(place)
    place.git("update-ref", "-d", f"refs/heads/{_BRANCH}", at=place.bare)
    done = _propose(place)
    assert isinstance(done, Proposed)
    assert _draft(place) == done.commit


def test_a_mass_delete_needs_to_be_meant(place: "Place") -> None:
    many = {f"p{number}/a.yaml": b"x\n" for number in range(20)}
    _begun(place)
    _propose(place, many)
    merge(place, "merge")
    place.commit("second")
    assert isinstance(_propose(place), Held)
    assert isinstance(_propose(place, allow_empty=True), Proposed)


def test_direct_mode_and_back(place: "Place") -> None:
    _begun(place)
    _propose(place)
    merge(place, "squash")
    _propose(place)
    place.commit("second")
    assert isinstance(place.publish({**place.files, **_OTHER}), Published)
    place.commit("third")
    done = _propose(place, {"b.yaml": b"b\n"})
    assert isinstance(done, Proposed)
    assert done.removed == ("envs/dev/a.yaml",)


def test_an_empty_repository_has_no_branch_to_ask(place: "Place") -> None:
    with pytest.raises(GitopsFailure, match="no branch `main`") as caught:
        _propose(place)
    assert "first commit" in caught.value.hint


def test_a_server_that_takes_no_note_still_gets_the_branch(place: "Place") -> None:
    _begun(place)
    hook = place.bare / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nwhile read old new ref; do case $ref in refs/heads/*) ;;"
                    "*) echo only branches; exit 1;; esac; done\n")  # fmt: skip
    hook.chmod(0o755)
    old, new = place.commit("old"), place.commit("new")
    done = _propose(place, _OTHER, source=new)
    assert isinstance(done, Proposed)
    assert isinstance(_propose(place, source=old), Superseded)
    again = _propose(place, _OTHER, source=new)
    assert isinstance(again, Proposed)
    assert not again.fresh
    merge(place, "merge")
    assert isinstance(_propose(place, _OTHER, source=new), Unchanged)
    assert _draft(place) == ""
    assert isinstance(_propose(place, {"b.yaml": b""}, source=place.commit("3")), Proposed)


def test_two_projects_do_not_share_a_branch(place: "Place") -> None:
    _begun(place)
    first = _propose(place)
    other = replace(place.target(), folder="team/dev", proposal=_BRANCH)
    held = place.publish(target=other, project="other")
    assert isinstance(held, Held)
    assert "not a proposal of ours" in held.reason
    assert _draft(place) == first.commit


def _update_branch(place: "Place", change: str = "") -> str:
    """Merge the branch that is asked into ours, as a button does; maybe with a change besides."""
    clone = place.root.parent / f"update-{change or 'only'}"
    place.git("clone", "--quiet", "--branch", _BRANCH, str(place.bare), str(clone))
    place.git("merge", "--quiet", "--no-ff", "--no-commit", "origin/main", at=clone)
    if change:
        (clone / change).write_text("more\n")
        place.git("add", "-A", at=clone)
    place.git("commit", "--quiet", "-m", "Merge branch main", at=clone)
    place.git("push", "--quiet", "origin", f"HEAD:{_BRANCH}", at=clone)
    return place.git("rev-parse", "HEAD", at=clone)


def test_a_branch_that_was_only_brought_up_to_date_is_still_ours(place: "Place") -> None:
    _begun(place)
    _propose(place)
    _others_publish(place)
    merged = _update_branch(place)
    same = _propose(place)
    assert isinstance(same, Proposed)
    assert (same.commit, same.fresh) == (merged, False)
    place.commit("second")
    done = _propose(place, _OTHER)
    assert isinstance(done, Proposed)
    assert done.fresh
    merge(place, "squash")
    assert isinstance(_propose(place, _OTHER), Unchanged)


@pytest.mark.parametrize("change", ["README.md", "envs/dev/digits/configmap.yaml"])
def test_an_update_of_the_branch_that_changes_more_is_somebodys_work(
    place: "Place", change: str
) -> None:
    _begun(place)
    _propose(place)
    _others_publish(place)
    theirs = _update_branch(place, change)
    place.commit("second")
    assert isinstance(_propose(place, _OTHER), Held)
    assert _draft(place) == theirs


def test_a_branch_without_a_past_is_somebodys_work(place: "Place") -> None:
    _begun(place)
    _propose(place)
    tree = place.git("rev-parse", f"{_BRANCH}^{{tree}}", at=place.bare)
    said = place.git("log", "-1", "--format=%B", _BRANCH, at=place.bare)
    root = place.git("commit-tree", tree, "-m", said, at=place.bare)
    place.git("update-ref", f"refs/heads/{_BRANCH}", root, at=place.bare)
    assert isinstance(_propose(place, _OTHER), Held)
    place.git("update-ref", "-d", "refs/argosy-proposal/dev/main/envs/dev/_note", at=place.bare)
    assert isinstance(_propose(place, _OTHER), Proposed)
