"""The faults of remotes, clocks and people, by their numbers in the catalogue of faults."""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gitops.failure import GitopsFailure
from gitops.git import GitFailure
from gitops.layout import LayoutFailure
from gitops.outcome import Held, Published, Superseded
from gitops.source import SourceFailure, read_source
from gitops.target import Target, create_if_local_default
from tests.gitops import processes
from tests.gitops.conftest import backend
from tests.gitops.servers import LOGIN, Counting, Cut, Hanging, Refusing, hook, meanwhile

if TYPE_CHECKING:
    from tests.gitops.conftest import Place, Serve

NEW = {"digits/configmap.yaml": b"new\n"}
_MEGABYTES = int(os.environ.get("ARGOSY_HISTORY", "8"))


def test_V03_a_branch_that_is_rewritten_meanwhile_stops_the_publish(
    place: "Place", url: str
) -> None:
    place.publish(environment="prod")
    other = place.git("commit-tree", "main^{tree}", "-m", "squashed", at=place.bare)
    meanwhile(place.bare, f"git update-ref refs/heads/main {other}")
    held = place.publish(target=place.target(repository=url))
    assert isinstance(held, Held)
    assert "branch `main` was rewritten meanwhile" in held.reason
    assert "publish again" in held.hint
    assert place.tip() == other
    assert isinstance(place.publish(target=place.target(repository=url)), Published)


def test_V03_a_branch_that_is_deleted_meanwhile_is_not_made_again(place: "Place") -> None:
    place.publish(environment="prod")
    meanwhile(place.bare, "git update-ref -d refs/heads/main")
    assert isinstance(place.publish(), Held)
    assert "refs/heads" not in place.git("for-each-ref", at=place.bare)


def test_V04_a_protected_branch_is_quoted_without_the_password(place: "Place", host: str) -> None:
    place.publish()
    refs = place.git("for-each-ref", at=place.bare)
    hook(place.bare, "update", f"echo 'main is protected, {LOGIN[1]} may not' >&2\nexit 1")
    target = place.target(repository=f"http://{':'.join(LOGIN)}@{host}")
    with pytest.raises(GitFailure, match="main is protected") as caught:
        place.publish({**place.files, **NEW}, target=target)
    assert LOGIN[1] not in f"{caught.value.message}{caught.value.hint}{caught.value.detail}"
    assert "pull requests" in caught.value.hint
    assert place.git("for-each-ref", at=place.bare) == refs
    assert list(place.state.glob("publish/*")) == []


def test_V05_a_lost_reply_over_http_counts_once(place: "Place", serve: "Serve") -> None:
    """The server takes the push, then cuts the connection."""
    address = serve(backend(place, Cut))
    url = f"http://{':'.join(LOGIN)}@{address}/{place.bare.name}"
    done = place.publish(target=place.target(repository=url))
    assert isinstance(done, Published)
    assert done.notes == ()
    assert place.tip() == done.commit
    assert place.git("rev-list", "--count", "main", at=place.bare) == "1"


def test_V06_a_lock_of_the_projects_index_is_neither_needed_nor_removed(place: "Place") -> None:
    lock = place.root / ".git" / "index.lock"
    lock.touch()
    assert isinstance(place.publish(), Published)
    assert lock.exists()


def test_V07_a_detached_head_is_a_revision_as_any_other(place: "Place") -> None:
    place.commit("one")
    place.git("checkout", "--quiet", "--detach")
    assert isinstance(place.publish(), Published)


def test_V07_a_dirty_project_stays_as_it_is(place: "Place") -> None:
    (place.root / "argosy.yaml").write_text("name: edited\n")
    (place.root / "new").touch()
    before = place.git("status", "--porcelain")
    with pytest.raises(SourceFailure, match="uncommitted changes"):
        place.publish()
    assert isinstance(place.publish(allow_dirty=True), Published)
    assert place.git("status", "--porcelain") == before
    assert place.git("stash", "list") == ""


def test_V07_a_project_without_a_commit_says_so(place: "Place", tmp_path: Path) -> None:
    place.git("init", "--quiet", str(tmp_path / "unborn"))
    with pytest.raises(SourceFailure, match="has no commit yet"):
        read_source(tmp_path / "unborn")


def test_V08_a_server_that_takes_a_push_and_never_answers(place: "Place", serve: "Serve") -> None:
    Hanging.released.clear()
    address = serve(backend(place, Hanging))
    url = f"http://{':'.join(LOGIN)}@{address}/{place.bare.name}"
    try:
        with pytest.raises(GitFailure, match="did not end within") as caught:
            place.publish(target=place.target(repository=url), deadline=3)
    finally:
        Hanging.released.set()
    assert (caught.value.kind, caught.value.exit_code) == ("timeout", 4)
    assert not [line for line in processes.commands() if address in line]
    assert list(place.state.glob("publish/*")) == []


def test_V09_no_dialog_is_opened(
    place: "Place", host: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, dialog = tmp_path / "asked", tmp_path / "dialog"
    dialog.write_text(f"#!/bin/sh\ntouch {asked}\nsleep 300\n")
    dialog.chmod(0o755)
    monkeypatch.setenv("SSH_ASKPASS", str(dialog))
    monkeypatch.setenv("DISPLAY", ":0")
    place.git("config", "--global", "core.askPass", str(dialog))
    with pytest.raises(GitFailure, match="permission denied by"):
        place.publish(target=place.target(repository=f"http://{host}"))
    assert not asked.exists()


def test_V11_nothing_that_the_repository_holds_is_executed(
    place: "Place", url: str, tmp_path: Path
) -> None:
    ran, script = tmp_path / "ran", tmp_path / "evil"
    script.write_text(f"#!/bin/sh\ntouch {ran}\ncat\n")
    script.chmod(0o755)
    for key in ("filter.evil.clean", "filter.evil.smudge", "diff.evil.textconv"):
        place.git("config", "--global", key, str(script))

    def fill(clone: Path) -> None:
        place.git("config", "filter.evil.clean", "cat", at=clone)
        (clone / ".gitattributes").write_text("* filter=evil diff=evil\n*.yaml filter=lfs\n")
        (clone / ".lfsconfig").write_text(f"[lfs]\n\turl = file://{tmp_path}\n")
        (clone / ".gitmodules").write_text(
            f'[submodule "m"]\n\tpath = m\n\turl = ext::{script}\n\tupdate = !{script}\n'
        )
        (clone / ".gitconfig").write_text(f"[core]\n\tfsmonitor = {script}\n")
        (clone / "hooks").mkdir()
        (clone / "hooks" / "post-checkout").write_text(script.read_text())
        oid = place.git("rev-parse", "HEAD")
        place.git("update-index", "--add", "--cacheinfo", f"160000,{oid},m", at=clone)
        (clone / "m").mkdir()

    place.by_hand(fill)
    before = place.git("ls-tree", "-r", "main", at=place.bare).splitlines()
    assert isinstance(place.publish(target=place.target(repository=url)), Published)
    assert set(before) < set(place.git("ls-tree", "-r", "main", at=place.bare).splitlines())
    assert not ran.exists()


_SURROUNDINGS = [
    ({}, 0o022, False),
    ({"TZ": "Asia/Kathmandu", "LANG": "C", "LC_ALL": "C", "PYTHONHASHSEED": "0"}, 0o077, True),
    ({"LANG": "tr_TR.UTF-8", "PYTHONHASHSEED": "99", "COLUMNS": "20"}, 0o000, True),
]


def test_V15_the_surroundings_do_not_show(place: "Place", tmp_path: Path) -> None:
    place.git("config", "--global", "core.autocrlf", "true")
    place.git("config", "--global", "core.eol", "crlf")
    trees = set()
    for number, (variables, umask, elsewhere) in enumerate(_SURROUNDINGS):
        bare = tmp_path / f"{number}.git"
        create_if_local_default(bare)
        arguments = [str(place.root), str(bare), str(place.state), "dev", "a: 1\r\n\tb: ü\n"]
        subprocess.run(
            [sys.executable, "-c", processes.PUBLISHER, *arguments],
            env={**os.environ, **variables}, umask=umask, check=True, capture_output=True,
            cwd=tmp_path if elsewhere else Path(__file__).parents[2],
        )  # fmt: skip
        trees.add(place.git("rev-parse", "main^{tree}", at=bare))
    assert len(trees) == 1


def test_V17_story_07_clocks_never_decide(place: "Place", monkeypatch: pytest.MonkeyPatch) -> None:
    def commit(subject: str, seconds: int) -> str:
        for role in ("AUTHOR", "COMMITTER"):
            monkeypatch.setenv(f"GIT_{role}_DATE", f"@{seconds} +0000")
        return place.commit(subject).sha

    commit("in 2099", 4070908800)
    future = read_source(place.root)
    assert isinstance(place.publish(source=future), Published)
    commit("in 1970", 0)
    past = read_source(place.root)
    assert isinstance(place.publish({**place.files, **NEW}, source=past), Published)
    commit("in the same second", 0)
    assert isinstance(place.publish({"a.yaml": b"1"}, allow_empty=True), Published)
    assert isinstance(place.publish(source=past), Superseded)
    assert isinstance(place.publish(source=future), Superseded)


def test_V18_a_file_that_no_cluster_would_take_is_refused(place: "Place") -> None:
    with pytest.raises(LayoutFailure, match=r"`big\.yaml` has 1,677,721 bytes"):
        place.publish({**place.files, "big.yaml": b"x" * 1_677_721})
    assert place.git("for-each-ref", at=place.bare) == ""
    assert isinstance(place.publish({"large.yaml": b"x" * 300 * 1024}), Published)


def test_V19_of_a_large_repository_only_the_names_are_fetched(
    place: "Place", serve: "Serve"
) -> None:
    """What is sent does not grow with the history.

    One of 8 MiB shows that: a clone of it would send eight times what is allowed here.
    `ARGOSY_HISTORY=1024` makes it the history of 1 GiB that the claim is about.
    """
    place.git("config", "uploadpack.allowFilter", "true", at=place.bare)
    stream = bytearray()
    for number in range(_MEGABYTES):
        content = os.urandom(1024 * 1024)
        stream += b"commit refs/heads/main\ncommitter A <a@b> %d +0000\n" % number
        stream += b"data 1\nx\nM 100644 inline blob\ndata %d\n%s\n" % (len(content), content)
    for number in range(10_000):
        stream += b"M 100644 inline apps/%d/%d.yaml\ndata 2\nx\n\n" % (number // 100, number)
    subprocess.run(["git", "fast-import", "--quiet"], input=stream, cwd=place.bare, check=True)
    kind = type("Handler", (Counting,), {"root": place.bare.parent, "sent": 0})
    url = f"http://{':'.join(LOGIN)}@{serve(kind)}/{place.bare.name}"
    began = time.monotonic()
    assert isinstance(place.publish(target=place.target(repository=url)), Published)
    sent = vars(kind)["sent"]
    sys.stdout.write(f"{sent} bytes in {time.monotonic() - began:.1f} s\n")
    assert sent < 1_000_000
    assert len(place.paths()) == 10_001 + 3


def test_V21_what_is_generated_is_made_again_and_never_merged(place: "Place", url: str) -> None:
    old, new = place.commit("old"), place.commit("new")
    place.publish({"a.yaml": b"1\n", "b.yaml": b"1\n"}, source=old)
    tip = place.git("rev-parse", "main^{tree}", at=place.bare)
    other = place.git("commit-tree", tip, "-p", "main", "-m", "other", at=place.bare)
    meanwhile(place.bare, f"git update-ref refs/heads/main {other}")
    done = place.publish({"a.yaml": b"2\n", "b.yaml": b"1\n"}, source=new,
                         target=place.target(repository=url))  # fmt: skip
    assert isinstance(done, Published)
    assert done.attempts == 2
    assert place.git("rev-parse", "main^", at=place.bare) == other
    assert place.git("rev-list", "--merges", "--count", "main", at=place.bare) == "0"
    assert (place.at_tip("envs/dev/a.yaml"), place.at_tip("envs/dev/b.yaml")) == (b"2\n", b"1\n")


def test_V22_two_projects_claim_one_path_and_both_are_named(place: "Place") -> None:
    above = Target(str(place.bare), "main", "envs", "dev")
    place.publish({"dev/a.yaml": b"above\n"}, target=above, project="one")
    tip = place.tip()
    held = place.publish({"a.yaml": b"below\n"}, project="two", resume=True)
    assert isinstance(held, Held)
    assert held.reason == (
        "`envs/dev/a.yaml` belongs to project `one`, environment `dev`, this is project `two`"
    )
    assert place.tip() == tip


@pytest.mark.parametrize("status", [403, 500, 503])
def test_V08_a_server_that_refuses_the_push_is_left_at_once(
    place: "Place", serve: "Serve", status: int
) -> None:
    kind = type("Handler", (Refusing,), {"root": place.bare.parent, "status": status})
    url = f"http://{':'.join(LOGIN)}@{serve(kind)}/{place.bare.name}"
    with pytest.raises(GitopsFailure) as caught:
        place.publish(target=place.target(repository=url), deadline=20)
    assert caught.value.exit_code == 4
    assert place.git("for-each-ref", at=place.bare) == ""
