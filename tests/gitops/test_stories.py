"""What went wrong for others, and must not here, by number.

Those of plans, comments and workflows are told beside these; where a fault has the same point, its
test bears both numbers.
"""

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gitops.outcome import Held, Published, Superseded, Unchanged
from gitops.source import read_source
from gitops.target import Target
from tests.gitops.servers import meanwhile

if TYPE_CHECKING:
    from tests.gitops.conftest import Place

CONFIG = "digits/configmap.yaml"
# kargo#5286, kargo#3071, and what git, GitHub and Gitea say besides
_WORDINGS = [
    "remote: error: incorrect old value provided",
    "error: cannot lock ref 'refs/heads/main': is at 1234567 but expected 7654321",
    "! [remote rejected] main -> main (failed to update ref)",
    "! [rejected] main -> main (fetch first)",
    "! [remote rejected] main -> main (reference already exists)",
    "stale info; permission denied; protected branch; not found",
]


def test_story_01_of_two_sources_on_a_branch_neither_wipes_the_other(
    place: "Place", tmp_path: Path, url: str
) -> None:
    other = tmp_path / "other"
    place.git("init", "--quiet", str(other))
    place.git("commit", "--quiet", "--allow-empty", "-m", "first", at=other)
    theirs = Target(url, "main", "other/dev", "dev")
    place.publish({"a.yaml": os.urandom(64)}, target=theirs, source=read_source(other))
    before = place.git("rev-parse", "main:other", at=place.bare)
    for content in (b"1", b"2"):
        done = place.publish({"a.yaml": content}, target=place.target(repository=url))
        assert isinstance(done, Published)
    assert place.git("rev-parse", "main:other", at=place.bare) == before
    assert isinstance(place.publish({}, target=place.target(repository=url)), Held)


def test_story_02_what_is_gone_from_the_source_goes_and_nothing_else(
    place: "Place", url: str
) -> None:
    target = place.target(repository=url)
    place.publish({**place.files, "old/workflowtemplate.yaml": b"x\n"}, target=target)
    place.by_hand(lambda clone: (clone / "envs/dev/old/NOTES.md").write_text("mine\n"))
    done = place.publish(target=target)
    assert isinstance(done, Published)
    assert done.removed == ("envs/dev/old/workflowtemplate.yaml",)
    assert place.at_tip("envs/dev/old/NOTES.md") == b"mine\n"


def test_story_03_the_history_only_grows(place: "Place", url: str) -> None:
    first = place.by_hand(lambda clone: (clone / "README").touch())
    tips = [first]
    for number in range(3):
        done = place.publish({"a.yaml": b"%d" % number}, target=place.target(repository=url))
        assert isinstance(done, Published)
        assert place.git("rev-parse", f"{done.commit}^", at=place.bare) == tips[-1]
        tips.append(done.commit)
    assert place.git("rev-list", "--max-parents=0", "main", at=place.bare) == first


def test_story_04_no_push_is_forced(
    place: "Place", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """git itself is asked: a script in its place notes how it is called."""
    told, folder, git = tmp_path / "told", tmp_path / "bin", shutil.which("git")
    folder.mkdir()
    (folder / "git").write_text(f'#!/bin/sh\nprintf "%s\\n" "$*" >>{told}\nexec {git} "$@"\n')
    (folder / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    assert place.git("config", "receive.denyNonFastForwards", at=place.bare) == "true"
    old = place.commit("old")
    for number in range(3):
        place.publish({"a.yaml": b"%d" % number}, source=place.commit(f"s{number}"))
    place.publish({"a.yaml": b"old"}, source=old)
    pushes = [line.split() for line in told.read_text().splitlines() if " push " in line]
    assert len(pushes) == 3
    for words in pushes:
        assert not {"-f", "--force", "--mirror", "--delete", "--force-if-includes"} & set(words)
        assert not [word for word in words if word.startswith("+")]
        leases = [word for word in words if word.startswith("--force-with-lease")]
        assert all(word.startswith("--force-with-lease=refs/argosy/") for word in leases)


@pytest.mark.parametrize("wording", _WORDINGS)
def test_story_05_contention_is_seen_by_the_refs_in_whichever_words(
    place: "Place", url: str, wording: str
) -> None:
    place.publish(environment="prod")
    other = place.git("commit-tree", "main^{tree}", "-p", "main", "-m", "other", at=place.bare)
    meanwhile(
        place.bare, f"git update-ref refs/heads/main {other}", f'echo "{wording}" >&2; exit 1'
    )
    done = place.publish(target=place.target(repository=url))
    assert isinstance(done, Published)
    assert (done.attempts, done.notes) == (2, ())
    assert place.git("rev-parse", "main^", at=place.bare) == other


def test_story_06_an_older_run_does_not_roll_production_back(place: "Place", url: str) -> None:
    """The older run looks first, the newer one publishes in between."""
    place.publish({"a.yaml": b"1"}, source=place.commit("s1"))
    old, new = place.commit("s2"), place.commit("s3")
    files = {"a.yaml": b"from s3"}
    place.publish(files, source=new, target=place.target("staging"))
    commit = place.git("rev-parse", "main", at=place.bare)
    marker = f"refs/argosy/dev/main/envs/dev/{new.sha}"
    seen = place.git("for-each-ref", "--format=%(refname)", "refs/argosy/dev", at=place.bare)
    meanwhile(place.bare, f"git update-ref {marker} {commit} && git update-ref -d {seen}")
    late = place.publish({"a.yaml": b"from s2"}, source=old, target=place.target(repository=url))
    assert isinstance(late, Superseded)
    assert late.by == new.sha
    assert place.at_tip("envs/dev/a.yaml") == b"1"


def test_story_08_the_same_source_publishes_what_has_changed_all_the_same(place: "Place") -> None:
    """A newer Argosy renders the same commit differently; a new environment has none yet."""
    source = place.commit("one")
    assert isinstance(place.publish(source=source), Published)
    newer = {**place.files, CONFIG: b"rendered by a newer version\n"}
    assert isinstance(place.publish(newer, source=source), Published)
    assert isinstance(place.publish(newer, source=source, environment="prod"), Published)
    assert isinstance(place.publish(newer, source=source), Unchanged)


def test_story_09_nothing_rendered_deletes_nothing(place: "Place", url: str) -> None:
    target = place.target(repository=url)
    place.publish(target=target)
    refs = place.git("for-each-ref", at=place.bare)
    held = place.publish({}, source=place.commit("a glob that matches nothing"), target=target)
    assert isinstance(held, Held)
    assert held.reason == "nothing was rendered"
    assert place.git("for-each-ref", at=place.bare) == refs
