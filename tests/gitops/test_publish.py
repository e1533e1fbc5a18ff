"""Publishing into a repository that nobody disturbs."""

import hashlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gitops.outcome import Held, Published, Superseded, Unchanged
from gitops.published import read_published
from gitops.source import read_source
from gitops.target import Target

if TYPE_CHECKING:
    from tests.gitops.conftest import Place


def test_first_publish_into_an_empty_repository(place: "Place") -> None:
    done = place.publish(summary=lambda _: "+ digits")
    assert isinstance(done, Published)
    assert place.tip() == done.commit
    assert place.paths() == [
        "envs/dev/argosy.lock", "envs/dev/digits/configmap.yaml",
        "envs/dev/digits/workflowtemplate.yaml",
    ]  # fmt: skip
    assert {path: place.at_tip(f"envs/dev/{path}") for path in place.files} == place.files
    assert done.added == ("envs/dev/digits/configmap.yaml", "envs/dev/digits/workflowtemplate.yaml")
    assert done.tree == place.git("rev-parse", "main:envs/dev", at=place.bare)
    assert list(place.state.glob("publish/*")) == []


def test_story_20_the_commit_names_author_and_source_and_copies_no_switch(place: "Place") -> None:
    place.git("remote", "add", "origin", "https://bob:hunter2@example.com/acme/specs.git")
    source = place.commit("Tune it [skip ci] @ada (#12)")
    done = place.publish(summary=lambda _: "~ digits: schedule\nFixes #3")
    assert isinstance(done, Published)
    text = place.git("log", "-1", "--format=%an <%ae>%n%cn%n%B", "main", at=place.bare)
    assert text.startswith("Ada <ada@example.com>\nargosy\n")
    assert "hunter2" not in text
    assert "[skip ci]" not in text
    assert "@ada (" not in text
    assert "Fixes acme/specs#3" in text
    last = text.split("\n\n")[-1].splitlines()
    digest = hashlib.sha256(place.at_tip("envs/dev/argosy.lock")).hexdigest()
    assert last[:5] == [
        "Argosy-Environment: dev", "Argosy-Folder: envs/dev",
        "Argosy-Source-Repo: https://example.com/acme/specs.git",
        f"Argosy-Source-Sha: {source.sha}", f"Argosy-Lock-Digest: sha256:{digest}",
    ]  # fmt: skip


def test_the_lock_names_what_is_owned_and_no_revision(place: "Place") -> None:
    place.publish()
    data = json.loads(place.at_tip("envs/dev/argosy.lock"))
    assert sorted(data["files"]) == sorted(place.files)
    assert (data["environment"], data["project"], data["version"]) == ("dev", "demo", 1)
    assert place.git("rev-parse", "HEAD") not in json.dumps(data)


def test_V16_the_same_tree_again_is_no_commit(place: "Place") -> None:
    first = place.publish()
    again = place.publish()
    assert isinstance(first, Published)
    assert again == Unchanged(first.commit, first.tree)
    assert place.git("rev-list", "--count", "main", at=place.bare) == "1"


def test_the_marker_follows_the_source_even_without_a_commit(place: "Place") -> None:
    place.publish()
    newer = place.commit("a comment")
    assert isinstance(place.publish(), Unchanged)
    refs = place.git("for-each-ref", "--format=%(refname)", "refs/argosy", at=place.bare)
    assert refs == f"refs/argosy/dev/main/envs/dev/{newer.sha}"


def test_a_dirty_source_is_refused_or_marked(place: "Place") -> None:
    (place.root / "argosy.yaml").write_text("name: other\n")
    with pytest.raises(Exception, match=r"uncommitted changes: `argosy\.yaml`"):
        place.publish()
    assert isinstance(place.publish(allow_dirty=True), Published)
    sha = place.git("rev-parse", "HEAD")
    assert f"Argosy-Source-Sha: {sha}-dirty\n" in place.git("log", "-1", "--format=%B",
                                                           "main", at=place.bare)  # fmt: skip


def test_an_older_source_is_superseded(place: "Place") -> None:
    old = place.commit("old")
    new = place.commit("new")
    first = place.publish(source=new)
    late = place.publish({"digits/configmap.yaml": b"old\n"}, source=old)
    assert isinstance(first, Published)
    assert isinstance(late, Superseded)
    assert (late.by, late.commit, late.tree) == (new.sha, first.commit, first.tree)
    assert place.tip() == first.commit


def test_V02_story_06_a_late_run_stays_superseded_after_a_run_without_commit(
    place: "Place",
) -> None:
    """The ABA hole: S1 and its revert S3 render alike, S2 comes late."""
    place.publish(source=place.commit("s1"))
    second, third = place.commit("s2"), place.commit("s3: revert s2")
    assert isinstance(place.publish(source=third), Unchanged)
    late = place.publish({"digits/configmap.yaml": b"bad\n"}, source=second)
    assert isinstance(late, Superseded)
    assert late.by == third.sha


def test_a_revert_of_the_source_gives_the_tree_of_before(place: "Place") -> None:
    good = place.publish(source=place.commit("good"))
    files = {**place.files, "digits/configmap.yaml": b"bad\n", "extra/configmap.yaml": b"x\n"}
    bad = place.publish(files, source=place.commit("bad"))
    back = place.publish(source=place.commit("Revert bad"))
    assert isinstance(good, Published)
    assert isinstance(bad, Published)
    assert isinstance(back, Published)
    assert bad.tree != good.tree == back.tree
    assert back.removed == ("envs/dev/extra/configmap.yaml",)
    whole = [
        place.git("rev-parse", f"{c}^{{tree}}", at=place.bare) for c in (good.commit, back.commit)
    ]
    assert whole[0] == whole[1]


def test_a_late_run_whose_clone_is_old_asks_the_origin(place: "Place", tmp_path: Path) -> None:
    """What came after a run began is not in its clone."""
    place.commit("old")
    clone = tmp_path / "late"
    place.git("clone", "--quiet", str(place.root), str(clone))
    new = place.commit("new")
    place.publish(source=new)
    refs = place.git("for-each-ref", at=clone)
    late = place.publish({"a.yaml": b"old\n"}, source=read_source(clone))
    assert isinstance(late, Superseded)
    assert late.by == new.sha
    assert place.git("for-each-ref", at=clone) == refs


def test_V14_foreign_files_stay_byte_for_byte(place: "Place") -> None:
    def fill(clone: Path) -> None:
        for number in range(30):
            (clone / f"apps/{number}").mkdir(parents=True)
            (clone / f"apps/{number}/a.yaml").write_bytes(b"\xff\r\n\0" + os.urandom(64))
        (clone / "envs/dev/digits").mkdir(parents=True)
        (clone / "envs/dev/digits/README.md").write_text("mine\r\n")
        (clone / "run.sh").write_text("#!/bin/sh\n")
        (clone / "run.sh").chmod(0o755)
        (clone / "Grüße aus\tx").symlink_to("apps")
        for odd in ("back\\slash", "con", os.fsdecode(b"\xff")):
            (clone / odd).write_text("odd\n")

    place.by_hand(fill)
    before = place.git("ls-tree", "-r", "main", at=place.bare).splitlines()
    assert isinstance(place.publish(), Published)
    assert isinstance(place.publish({"only.yaml": b"1\n"}, allow_empty=True), Published)
    after = place.git("ls-tree", "-r", "main", at=place.bare).splitlines()
    assert set(before) < set(after)
    assert {line.split("\t")[1] for line in set(after) - set(before)} == {
        "envs/dev/argosy.lock", "envs/dev/only.yaml",
    }  # fmt: skip


def test_a_missing_branch_is_made_without_touching_the_others(place: "Place") -> None:
    place.by_hand(lambda clone: (clone / "a").write_text("a"))
    tip = place.tip()
    done = place.publish(target=Target(f"file://{place.bare}", "env/dev", "", "dev"))
    assert isinstance(done, Published)
    assert place.tip() == tip
    assert place.at_tip("digits/configmap.yaml", "env/dev") == place.files["digits/configmap.yaml"]
    assert done.tree == place.git("rev-parse", "env/dev^{tree}", at=place.bare)


def test_environments_do_not_know_each_other(place: "Place") -> None:
    assert isinstance(place.publish(), Published)
    assert isinstance(place.publish({"a.yaml": b"prod\n"}, environment="prod"), Published)
    assert isinstance(place.publish(), Unchanged)
    assert place.at_tip("envs/prod/a.yaml") == b"prod\n"
    assert place.git("rev-list", "--count", "main", at=place.bare) == "2"


def test_an_old_publish_below_other_commits_is_still_ours(place: "Place") -> None:
    place.publish()
    for number in range(3):
        place.by_hand(lambda clone: clone.joinpath("file").write_text("x"), f"change {number}")
    assert isinstance(place.publish(), Unchanged)
    done = place.publish({**place.files, "digits/configmap.yaml": b"2\n"}, source=place.commit("2"))
    assert isinstance(done, Published)
    assert done.changed == ("envs/dev/digits/configmap.yaml",)


@pytest.mark.parametrize("filtering", ["true", "false"])
def test_a_server_with_and_without_partial_clones(place: "Place", filtering: str) -> None:
    place.git("config", "uploadpack.allowFilter", filtering, at=place.bare)
    target = place.target(repository=f"file://{place.bare}")
    place.publish(target=target)
    place.by_hand(lambda clone: (clone / "big").write_bytes(os.urandom(100_000)))
    files = {**place.files, "digits/configmap.yaml": b"2\n"}
    assert isinstance(place.publish(files, target=target), Published)
    published = read_published(target, place.state)
    assert published is not None
    assert dict(published.files) == files


def test_V11_hostile_configuration_changes_nothing(place: "Place", tmp_path: Path) -> None:
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for name in ("pre-commit", "commit-msg", "prepare-commit-msg", "pre-push", "post-commit"):
        (hooks / name).write_text("#!/bin/sh\nexit 1\n")
        (hooks / name).chmod(0o755)
    source = place.commit("fine")
    (tmp_path / "attributes").write_text("* text eol=crlf filter=evil ident\n")
    (tmp_path / "gitconfig").write_text(
        f"[core]\n\tautocrlf = true\n\thooksPath = {hooks}\n"
        f"\tattributesFile = {tmp_path}/attributes\n"
        "\tfsmonitor = /bin/false\n\tquotePath = true\n[commit]\n\tgpgSign = false\n"
        "[push]\n\tgpgSign = false\n\tfollowTags = true\n[gpg]\n\tprogram = /bin/false\n"
        "[filter \"evil\"]\n\tclean = false\n\trequired = true\n[user]\n\tuseConfigOnly = true\n"
        "[i18n]\n\tcommitEncoding = latin1\n[log]\n\tshowSignature = true\n"
        "[fetch]\n\tprune = true\n"
        "[protocol]\n\tallow = never\n[safe]\n\tbareRepository = explicit\n"
    )  # fmt: skip
    files = {**place.files, "crlf.yaml": b"a: 1\r\nb: $Id$\n"}
    done = place.publish(files, source=source)
    assert isinstance(done, Published)
    assert {path: place.at_tip(f"envs/dev/{path}") for path in files} == files


def test_variables_of_a_calling_hook_lead_nowhere(
    place: "Place", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = place.commit("fine")
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY"):
        monkeypatch.setenv(name, str(tmp_path / "nowhere"))
    assert isinstance(place.publish(source=source), Published)
    assert not (tmp_path / "nowhere").exists()


def test_V13_mass_deletes_and_empty_trees_need_a_word(place: "Place") -> None:
    assert isinstance(place.publish({}), Held)
    files = {f"p{n}/workflowtemplate.yaml": b"x\n" for n in range(6)}
    place.publish(files)
    few = dict(list(files.items())[:2])
    held = place.publish(few)
    assert isinstance(held, Held)
    assert held.reason == "4 of 6 published files would be deleted"
    assert len(held.paths) == 4
    assert isinstance(place.publish({}), Held)
    done = place.publish(few, allow_empty=True)
    assert isinstance(done, Published)
    assert len(done.removed) == 4


def test_V13_more_than_five_files_and_a_fifth_need_a_word(place: "Place") -> None:
    files = {f"p{n}/workflowtemplate.yaml": b"x\n" for n in range(30)}
    place.publish(files)
    most = dict(list(files.items())[6:])
    assert isinstance(place.publish(most), Published)
    held = place.publish(dict(list(most.items())[6:]))
    assert isinstance(held, Held)
    assert held.reason == "6 of 24 published files would be deleted"
    assert "`--allow-removal`" in held.hint
