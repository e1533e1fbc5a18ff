"""What a publish asks a server for: little where nothing changed, and no more than it reads."""

import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import pytest

from compiler.tree import RenderedTree
from gitops.git import GitFailure
from gitops.objects import blob_name, tree_name
from gitops.outcome import Held, Published, Unchanged
from gitops.publish import publish
from gitops.published import PublishedTree
from gitops.source import read_source
from tests.gitops.conftest import FILES, backend
from tests.gitops.servers import Open

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.gitops.conftest import Place, Serve

NEW = {"digits/configmap.yaml": b"new\n"}


class Noting(Open):
    """Notes which service each connection asks for."""

    asked: ClassVar[list[str]] = []

    def serve(self) -> None:
        """Answer, and note the first request of a connection."""
        if self.command == "GET":
            self.asked.append(self.path.rpartition("=")[2])
        super().serve()

    do_GET = do_POST = serve  # noqa: N815 - the names are inherited


class Moving(Noting):
    """Lets something happen before it answers the first that wants to push."""

    others: ClassVar[list["Callable[[], object]"]] = []

    def serve(self) -> None:
        """Answer, once others have done what they do."""
        if "git-receive-pack" in self.path and self.others:
            self.others.pop()()
        super().serve()

    do_GET = do_POST = serve  # noqa: N815 - the names are inherited


@pytest.fixture
def remote(place: "Place", serve: "Serve") -> str:
    """The address of a server that answers any request of git, and notes them."""
    return _served(place, serve, Noting)


def _served(place: "Place", serve: "Serve", kind: type[Noting]) -> str:
    for key in ("uploadpack.allowFilter", "http.receivepack"):
        place.git("config", key, "true", at=place.bare)
    return f"http://{serve(backend(place, kind))}/{place.bare.name}"


def _asked(place: "Place", remote: str, kind: type, **options: object) -> list[str]:
    Noting.asked.clear()
    done = place.publish(target=place.target(repository=remote), **options)  # type: ignore[arg-type]
    assert isinstance(done, kind), done
    return [service.removeprefix("git-") for service in Noting.asked]


def test_nothing_changed_is_one_connection(place: "Place", remote: str) -> None:
    place.publish()
    assert _asked(place, remote, Unchanged) == ["upload-pack"]
    place.publish(environment="prod")
    place.by_hand(lambda clone: (clone / "README").write_text("hello"))
    assert _asked(place, remote, Unchanged) == ["upload-pack"], "others moved the branch"
    newer = place.commit("no change of files")
    assert _asked(place, remote, Unchanged, source=newer) == ["upload-pack", "receive-pack"]
    assert newer.sha in place.git("for-each-ref", "refs/argosy", at=place.bare)


def test_a_branch_that_moves_meanwhile_costs_a_second_look(place: "Place", serve: "Serve") -> None:
    remote = _served(place, serve, Moving)
    place.publish()
    newer = place.commit("no change of files")
    Moving.others.append(lambda: place.publish(environment="prod"))
    services = _asked(place, remote, Unchanged, source=newer)
    assert not Moving.others
    assert services.count("receive-pack") <= 2
    assert services.count("upload-pack") <= 3, "no contents are fetched to move a marker"
    marked = place.git("for-each-ref", "refs/argosy/dev", at=place.bare)
    assert newer.sha in marked
    assert len(marked.splitlines()) == 1


def test_a_change_gets_no_contents_but_the_lock(place: "Place", remote: str) -> None:
    place.publish()
    services = _asked(place, remote, Published, files=place.files | NEW)
    assert services == ["upload-pack"] * 3 + ["receive-pack"], "refs, the folder, its lock"


@pytest.mark.parametrize("refused", ["tree", "combine"])
def test_a_server_that_leaves_out_no_trees(place: "Place", remote: str, refused: str) -> None:
    place.publish()
    place.git("config", f"uploadpackfilter.{refused}.allow", "false", at=place.bare)
    assert _asked(place, remote, Unchanged) == ["upload-pack"] * 2
    assert _asked(place, remote, Published, files=place.files | NEW)
    place.by_hand(lambda clone: (clone / "envs/dev/digits/configmap.yaml").write_text("x"))
    assert _asked(place, remote, Held)


def test_a_server_that_gives_no_object_by_its_name_is_told_apart(place: "Place") -> None:
    place.git("config", "--global", "protocol.version", "0")
    place.git("config", "uploadpack.allowAnySHA1InWant", "false", at=place.bare)
    assert isinstance(place.publish(), Published)
    assert isinstance(place.publish(), Unchanged)
    with pytest.raises(GitFailure, match="gives no object by its name") as caught:
        place.publish(place.files | NEW)
    assert "protocol" in caught.value.hint
    place.git("config", "uploadpack.allowAnySHA1InWant", "true", at=place.bare)
    assert isinstance(place.publish(place.files | NEW), Published)


def test_what_others_keep_in_the_folder_is_no_change(place: "Place", remote: str) -> None:
    place.publish()
    for name in ("README", "digits/notes.txt", "other/folder/file"):
        path = Path("envs/dev", name)

        def add(clone: Path, path: Path = path) -> None:
            (clone / path).parent.mkdir(parents=True, exist_ok=True)
            (clone / path).write_text("by hand")

        tip = place.by_hand(add)
        assert _asked(place, remote, Unchanged)
        assert place.tip() == tip


@pytest.mark.parametrize("edit", ["change", "remove", "lock", "mode"])
def test_edits_are_seen_by_the_names_of_trees(place: "Place", remote: str, edit: str) -> None:
    place.publish()
    folder = "envs/dev"

    def change(clone: Path) -> None:
        file = clone / folder / "digits/configmap.yaml"
        if edit == "remove":
            file.unlink()
        elif edit == "mode":
            file.chmod(0o755)
        else:
            (clone / folder / "argosy.lock" if edit == "lock" else file).write_text("{}\n")

    place.by_hand(change)
    held = place.publish(target=place.target(repository=remote))
    assert isinstance(held, Held)
    assert "by hand" in held.reason or "rolled back" in held.reason


@pytest.mark.parametrize("kind", ["120000", "160000", "100644"])
def test_something_else_at_the_place_of_the_folder(place: "Place", remote: str, kind: str) -> None:
    place.publish()

    def take(clone: Path) -> None:
        place.git("rm", "-rq", "envs/dev", at=clone)
        name = place.git("rev-parse", "HEAD", at=clone)
        if kind != "160000":
            (clone / "content").write_text("elsewhere")
            name = place.git("hash-object", "-w", "content", at=clone)
            (clone / "content").unlink()
        place.git("update-index", "--add", "--cacheinfo", f"{kind},{name},envs/dev", at=clone)
        place.git("commit", "-qm", "by hand", at=clone)
        place.git("reset", "-q", "--hard", at=clone)

    place.by_hand(take)
    assert _asked(place, remote, Held)


class Unread(Mapping[str, bytes]):
    """Files that nobody is to read."""

    def __getitem__(self, path: str) -> bytes:
        raise AssertionError(path)

    def __iter__(self) -> Iterator[str]:
        return iter(FILES)

    def __len__(self) -> int:
        return len(FILES)


def test_files_that_a_rendering_remembers_are_not_read(place: "Place") -> None:
    place.publish()
    blobs = {path: blob_name(content) for path, content in FILES.items()}
    tree = RenderedTree(Unread(), known=RenderedTree(FILES).sums, blobs=blobs)
    done = publish(place.target(), tree, read_source(place.root), state=place.state, project="demo")
    assert isinstance(done, Unchanged)


def test_a_tree_is_named_as_git_names_it(tmp_path: Path) -> None:
    paths = ("a/b/c", "a/b-c", "a-b", "a.b/c", "a0", "A", "lock", "z/y/x/w")
    for top in ("", "envs/dev"):
        root = tmp_path / (top or "root")
        for path in paths:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(path)
        git = ("git", "-C", str(root))
        subprocess.run((*git, "init", "-q"), check=True)
        subprocess.run((*git, "add", "-A"), check=True)
        said = subprocess.run((*git, "write-tree"), check=True, capture_output=True, text=True)
        inside = f"{top}/" if top else ""
        files = {inside + path: blob_name(path.encode()) for path in paths}
        assert tree_name(files, top) == said.stdout.strip()


class Words:
    """Says what is wanted, and keeps what it was asked about."""

    def __init__(self) -> None:
        self.asked: list[PublishedTree | None] = []

    def __call__(self, published: PublishedTree | None) -> str:
        """Return words."""
        self.asked.append(published)
        return "in words"


def test_words_are_asked_for_when_a_commit_says_them(place: "Place", remote: str) -> None:
    words = Words()
    _asked(place, remote, Published, summary=words)
    assert words.asked == [None], "nothing was there"
    _asked(place, remote, Unchanged, summary=words)
    assert len(words.asked) == 1, "there is nothing to say"
    added = place.files | NEW | {"more/a.yaml": b"a\n"}
    services = _asked(place, remote, Published, summary=words, files=added)
    assert services.count("upload-pack") == 4, "what changed is fetched to tell of it"
    published = words.asked[1]
    assert published is not None
    assert dict(published.files) == place.files
    assert published.edited == published.foreign == ()
    assert "in words" in place.git("log", "-1", "--format=%B", "main", at=place.bare)


def test_words_over_a_damaged_lock_tell_of_what_was_published(place: "Place", remote: str) -> None:
    words = Words()
    place.publish()
    place.by_hand(lambda clone: (clone / "envs/dev/argosy.lock").write_text("{"))
    _asked(place, remote, Held)
    _asked(place, remote, Published, files=place.files | NEW, resume=True, summary=words)
    assert words.asked[0] is not None
    assert dict(words.asked[0].files) == place.files
