"""A revision of the project as a folder: what it holds, and what a hostile tree cannot do."""

import os
import stat
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gitops.export import ProjectMissing, export
from gitops.source import SourceFailure

if TYPE_CHECKING:
    from tests.gitops.conftest import Place


def _files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_it_holds_the_files_of_then_byte_for_byte(place: "Place", tmp_path: Path) -> None:
    script = place.root / "pipelines" / "digits" / "trä in.sh"
    script.parent.mkdir(parents=True)
    script.write_bytes(b"echo 1\r\n\xff")
    script.chmod(0o755)
    place.git("add", "-A")
    first = place.commit("script").sha
    script.write_bytes(b"other")
    (place.root / "argosy.yaml").write_text("name: other\n")
    place.git("commit", "-qam", "second")
    assert export(place.root, "HEAD~1", tmp_path / "then") == first
    assert _files(tmp_path / "then") == {
        "argosy.yaml": b"name: demo\n",
        "pipelines/digits/trä in.sh": b"echo 1\r\n\xff",
    }
    mode = (tmp_path / "then" / "pipelines" / "digits" / "trä in.sh").stat().st_mode
    assert mode & stat.S_IXUSR
    assert script.read_bytes() == b"other"


def test_a_project_in_a_folder_of_its_repository(place: "Place", tmp_path: Path) -> None:
    inner = place.root / "ml" / "project"
    inner.mkdir(parents=True)
    (inner / "argosy.yaml").write_text("name: inner\n")
    place.git("add", "-A")
    place.commit("inner")
    export(inner, "HEAD", tmp_path / "then")
    assert _files(tmp_path / "then") == {"argosy.yaml": b"name: inner\n"}
    with pytest.raises(ProjectMissing, match=r"`ml/project` is not in revision"):
        export(inner, "HEAD~1", tmp_path / "before")


@pytest.mark.parametrize("revision", ["nothing", "--all", "-h", "HEAD:argosy.yaml", "", "a b", "^"])
def test_an_unknown_revision_is_a_message(place: "Place", tmp_path: Path, revision: str) -> None:
    with pytest.raises(SourceFailure, match="no revision"):
        export(place.root, revision, tmp_path / "then")
    assert not (tmp_path / "then").exists()


def test_a_shallow_clone_says_how_to_get_the_rest(place: "Place", tmp_path: Path) -> None:
    first = place.commit("second").sha
    place.commit("third")
    clone = tmp_path / "shallow"
    place.git("clone", "-q", "--depth=1", f"file://{place.root}", str(clone))
    with pytest.raises(SourceFailure) as caught:
        export(clone, first, tmp_path / "then")
    assert "fetch-depth: 0" in caught.value.hint


def test_nothing_of_the_repository_runs_and_nothing_is_filtered(
    place: "Place", tmp_path: Path
) -> None:
    (place.root / ".gitattributes").write_text("* filter=evil text eol=crlf ident\n")
    (place.root / "data").write_bytes(b"$Id$\n")
    place.git("add", "-A")
    place.commit("attributes")
    for name in ("filter.evil.smudge", "core.fsmonitor"):
        place.git("config", name, f"touch {tmp_path / 'ran'}")
    hook = place.root / ".git" / "hooks" / "post-checkout"
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path / 'ran'}\n")
    hook.chmod(0o755)
    export(place.root, "HEAD", tmp_path / "then")
    assert (tmp_path / "then" / "data").read_bytes() == b"$Id$\n"
    assert not (tmp_path / "ran").exists()


def test_links_that_leave_the_project_are_left_out(place: "Place", tmp_path: Path) -> None:
    (place.root / "a" / "b").mkdir(parents=True)
    (place.root / "a" / "b" / "real").write_text("real")
    links = {
        "a/fine": "b/real", "a/b/up": "../b/real", "out": "../secret", "far": "/etc/passwd",
        "a/b/top": "../..", "a/b/tricky": "top/../secret", "a/b/higher": "../../../secret",
    }  # fmt: skip
    for path, target in links.items():
        (place.root / path).symlink_to(target)
    place.git("add", "-A")
    place.commit("links")
    then = tmp_path / "then"
    export(place.root, "HEAD", then)
    found = {str(path.relative_to(then)) for path in then.rglob("*") if path.is_symlink()}
    assert found == {"a/fine", "a/b/up", "a/b/top"}
    assert all(path.resolve().is_relative_to(then.resolve()) for path in then.rglob("*"))


def test_paths_that_no_checkout_would_write_are_left_out(place: "Place", tmp_path: Path) -> None:
    def made(text: bytes, *arguments: str) -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=place.root, input=text, capture_output=True, check=True
        )
        return done.stdout.decode().strip()

    blob = made(b"evil", "hash-object", "-w", "--stdin")

    def tree(*entries: tuple[bytes, bytes, str]) -> str:
        body = b"".join(
            mode + b" " + name + b"\0" + bytes.fromhex(oid) for mode, name, oid in entries
        )
        return made(body, "hash-object", "-t", "tree", "-w", "--literally", "--stdin")

    inner = tree((b"100644", b"config", blob))
    link = made(b"/tmp", "hash-object", "-w", "--stdin")
    root = tree(
        (b"40000", b"..", inner), (b"40000", b".GIT", inner), (b"120000", b"link", link),
        (b"40000", b"link", inner), (b"100644", b"good", blob), (b"160000", b"sub", blob),
    )  # fmt: skip
    commit = made(b"hostile", "commit-tree", root)
    then = tmp_path / "inside" / "then"
    export(place.root, commit, then)
    assert _files(tmp_path / "inside") == {"then/good": b"evil", "then/link/config": b"evil"}
    assert not os.path.lexists(tmp_path / "inside" / "config")
    inward = made(b"good", "hash-object", "-w", "--stdin")
    twice = tree((b"120000", b"link", inward), (b"40000", b"link", inner))
    with pytest.raises(SourceFailure, match="twice"):
        export(place.root, made(b"twice", "commit-tree", twice), tmp_path / "twice")


def test_a_partial_clone_whose_origin_is_gone_is_a_message(place: "Place", tmp_path: Path) -> None:
    place.git("config", "uploadpack.allowFilter", "true")
    clone = tmp_path / "partial"
    place.git(
        "clone", "-q", "--bare", "--filter=blob:none", f"file://{place.root}", str(clone / ".git")
    )
    place.git("config", "core.bare", "false", at=clone)
    place.git("config", "remote.origin.url", str(tmp_path / "gone"), at=clone)
    with pytest.raises(SourceFailure, match="are not in the repository"):
        export(clone, "HEAD", tmp_path / "then")
