"""Reading a target back, and writing what it holds to a folder."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from compiler.record import replace
from compiler.tree import RenderedTree
from gitops import lock
from gitops.failure import GitopsFailure
from gitops.lock import Lock, LockFailure
from gitops.objects import blob_name
from gitops.outcome import Published
from gitops.published import check_out, read_published

if TYPE_CHECKING:
    from tests.gitops.conftest import Place


def test_nothing_is_published_yet(place: "Place") -> None:
    assert read_published(place.target(), place.state) is None
    place.by_hand(lambda clone: (clone / "README").write_text("x"))
    assert read_published(place.target(), place.state) is None


def test_what_was_published_is_read_back(place: "Place") -> None:
    done = place.publish()
    assert isinstance(done, Published)
    published = read_published(place.target(), place.state)
    assert published is not None
    assert dict(published.files) == place.files
    assert (published.commit, published.tree) == (done.commit, done.tree)
    assert published.source_sha == place.git("rev-parse", "HEAD")
    assert published.lock == lock.lock("dev", "demo", RenderedTree(place.files))
    assert (published.edited, published.foreign) == ((), ())


def test_foreign_files_and_edits_are_named(place: "Place") -> None:
    place.publish()

    def change(clone: Path) -> None:
        (clone / "envs/dev/digits/configmap.yaml").write_text("hand\n")
        (clone / "envs/dev/NOTES").write_text("mine\n")

    tip = place.by_hand(change)
    published = read_published(place.target(), place.state)
    assert published is not None
    assert published.commit == tip
    assert published.edited == ("`digits/configmap.yaml` was changed by hand",)
    assert published.foreign == ("envs/dev/NOTES",)
    assert published.files["digits/configmap.yaml"] == b"hand\n"
    assert published.source_sha == ""


class Watched(dict[str, bytes]):
    """Files, and which of them were read."""

    def __init__(self, files: dict[str, bytes]) -> None:
        super().__init__(files)
        self.read: list[str] = []

    def __getitem__(self, path: str) -> bytes:
        self.read.append(path)
        return super().__getitem__(path)


def test_what_is_at_hand_is_not_read_and_tells_the_same(place: "Place") -> None:
    place.publish()
    place.by_hand(lambda clone: (clone / "envs/dev/digits/configmap.yaml").write_text("hand\n"))
    files = Watched({**place.files, "digits/other.yaml": b"new\n"})
    names = {path: blob_name(content) for path, content in files.items()}
    like = RenderedTree(files, {}, RenderedTree(dict(files)).sums, names)
    alone = read_published(place.target(), place.state)
    found = read_published(place.target(), place.state, like)
    assert found is not None
    assert files.read == []
    assert found == alone
    assert found.edited == ("`digits/configmap.yaml` was changed by hand",)
    assert set(files.read) == {*place.files} - {"digits/configmap.yaml"}
    assert "digits/configmap.yaml" not in found.sums


def test_the_source_is_found_in_the_history_without_markers(place: "Place") -> None:
    place.publish()
    sha = place.git("rev-parse", "HEAD")
    place.git("update-ref", "-d", f"refs/argosy/dev/main/envs/dev/{sha}", at=place.bare)
    place.by_hand(lambda clone: (clone / "other").write_text("x"))
    published = read_published(place.target(), place.state)
    assert published is not None
    assert published.source_sha == sha


def test_a_symbolic_link_in_place_of_a_file_is_not_followed(place: "Place") -> None:
    place.publish()

    def change(clone: Path) -> None:
        (clone / "envs/dev/digits/configmap.yaml").unlink()
        (clone / "envs/dev/digits/configmap.yaml").symlink_to("/etc/passwd")

    place.by_hand(change)
    with pytest.raises(
        GitopsFailure, match=r"`envs/dev/digits/configmap\.yaml` is a symbolic link"
    ):
        read_published(place.target(), place.state)


@pytest.mark.parametrize("path", ["../../evil", "/etc/cron.d/evil", ".git/hooks/post-checkout"])
def test_a_lock_that_leads_outside_is_refused(place: "Place", path: str) -> None:
    def change(clone: Path) -> None:
        (clone / "envs/dev").mkdir(parents=True)
        (clone / "envs/dev/argosy.lock").write_bytes(Lock("dev", "demo", {path: "0" * 64}).write())

    place.by_hand(change)
    with pytest.raises(LockFailure, match=r"has the segment|is not a relative path"):
        read_published(place.target(), place.state)


def test_a_check_out_is_complete_or_absent(place: "Place", tmp_path: Path) -> None:
    place.publish()
    published = read_published(place.target(), place.state)
    assert published is not None
    goal = tmp_path / "out" / "dev"
    check_out(published, goal)
    found = {str(p.relative_to(goal)): p.read_bytes() for p in goal.rglob("*") if p.is_file()}
    assert found == {**place.files, "argosy.lock": published.lock.write()}
    with pytest.raises(GitopsFailure, match="cannot write") as caught:
        check_out(published, goal)
    assert caught.value.hint == "name a new folder"
    assert list(goal.parent.iterdir()) == [goal]
    with pytest.raises(GitopsFailure, match="unsafe paths"):
        check_out(replace(published, files={"../x": b"x"}), tmp_path / "other")
    assert not (tmp_path / "other").exists()


def test_a_check_out_never_follows_a_link_at_its_destination(
    place: "Place", tmp_path: Path
) -> None:
    place.publish()
    published = read_published(place.target(), place.state)
    assert published is not None
    (tmp_path / "victim").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "victim")
    with pytest.raises(GitopsFailure, match="cannot write"):
        check_out(published, tmp_path / "link")
    assert list((tmp_path / "victim").iterdir()) == []
