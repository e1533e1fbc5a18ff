"""Nothing is published without a source revision."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gitops.message import clean, trailers
from gitops.source import SourceFailure, read_source

if TYPE_CHECKING:
    from tests.gitops.conftest import Place


def test_the_revision_of_a_project(place: "Place") -> None:
    source = read_source(place.root)
    assert source.sha == place.git("rev-parse", "HEAD")
    assert (source.subject, source.author_name, source.author_email) == (
        "first", "Ada", "ada@example.com",
    )  # fmt: skip
    assert (source.dirty, source.url, source.changes) == (False, "", ())


def test_no_repository_and_no_commit(tmp_path: Path, place: "Place") -> None:
    with pytest.raises(SourceFailure, match="is not in a git repository") as caught:
        read_source(tmp_path)
    assert "git init" in caught.value.hint
    empty = tmp_path / "empty"
    place.git("init", "--quiet", str(empty))
    with pytest.raises(SourceFailure, match="has no commit yet") as caught:
        read_source(empty)
    assert "git commit" in caught.value.hint
    with pytest.raises(SourceFailure, match="is not a folder"):
        read_source(tmp_path / "absent")
    with pytest.raises(SourceFailure, match="is not in a git repository"):
        read_source(place.bare)


def test_only_changes_below_the_project_count(place: "Place") -> None:
    project = place.root / "ml"
    (project / ".argosy").mkdir(parents=True)
    (project / ".argosy/mlflow.db").touch()
    with pytest.raises(SourceFailure, match="is in no commit"):
        read_source(project)
    (project / "argosy.yaml").touch()
    place.git("add", "ml/argosy.yaml")
    place.commit("a project in a folder")
    (place.root / "elsewhere").touch()
    assert not read_source(project).dirty
    (project / "naïve file.yaml").touch()
    source = read_source(project)
    assert source.dirty
    assert source.changes == ("naïve file.yaml",)
    assert source.shown == f"{source.sha}-dirty"


@pytest.mark.parametrize("kind", ["staged", "deleted", "modified"])
def test_each_kind_of_change_is_dirty(place: "Place", kind: str) -> None:
    file = place.root / "argosy.yaml"
    if kind == "staged":
        place.git("rm", "--cached", "-q", "argosy.yaml")
    elif kind == "deleted":
        file.unlink()
    else:
        file.write_text("other")
    assert read_source(place.root).dirty


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://bob:p@ss@github.com/acme/specs", "https://github.com/acme/specs"),
        ("https://token@github.com/acme/specs", "https://github.com/acme/specs"),
        ("ssh://git@github.com/acme/specs", "ssh://git@github.com/acme/specs"),
        ("ssh://git:secret@github.com:22/acme", "ssh://git@github.com:22/acme"),
        ("git@github.com:acme/specs.git", "git@github.com:acme/specs.git"),
        ("/home/ada/specs", ""),
        ("file:///home/ada/specs", ""),
        ("../specs", ""),
    ],
)
def test_the_address_has_no_login_and_no_local_path(place: "Place", url: str, shown: str) -> None:
    place.git("remote", "add", "origin", url)
    assert read_source(place.root).url == shown


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("Fix [skip ci] it", "Fix  it"),
        ("x [CI SKIP]", "x"),
        ("skip-checks: true", ""),
        ("thanks @ada and a@b.c", "thanks ada and a@b.c"),
        ("closes #12, GH-3", "closes acme/specs#12, acme/specs#3"),
        ("a\x1b[31mred\u202e", "a [31mred"),
    ],
)
def test_story_20_copied_text_can_do_nothing(line: str, shown: str) -> None:
    assert clean(line, "https://github.com/acme/specs.git") == shown


def test_trailers_are_the_last_paragraph() -> None:
    text = "s\n\nArgosy-Source-Sha: fake\n\nArgosy-Source-Sha: real\nArgosy-Environment: dev\n"
    assert trailers(text) == {"Argosy-Source-Sha": "real", "Argosy-Environment": "dev"}
    assert trailers("s\n\nArgosy-Source-Sha: quoted\nin prose") == {}
