"""A hold that somebody set stops every publish until somebody takes it away."""

from typing import TYPE_CHECKING

import pytest

from gitops.failure import GitopsFailure
from gitops.hold import find_hold, release, set_hold
from gitops.outcome import Held, Published, Superseded, Unchanged

if TYPE_CHECKING:
    from tests.gitops.conftest import Place

NEW = {"digits/configmap.yaml": b"new\n"}


def test_a_hold_stops_changes_and_nothing_else(place: "Place") -> None:
    old = place.commit("old")
    place.publish(source=place.commit("new"))
    made = set_hold(place.target(), place.state, "incident 7\nAll: stop", "Ada")
    assert (made.reason, made.actor) == ("incident 7 All: stop", "Ada")
    assert find_hold(place.target(), place.state) == made
    held = place.publish({**place.files, **NEW}, source=place.commit("newer"))
    assert isinstance(held, Held)
    assert held.reason == f"Ada holds dev since {made.when}: incident 7 All: stop"
    assert held.hint == "`argosy resume dev` releases it"
    assert isinstance(place.publish({**place.files, **NEW}, resume=True), Held)
    assert isinstance(place.publish(), Unchanged)
    assert isinstance(place.publish(NEW, source=old), Superseded)
    assert isinstance(place.publish(environment="prod"), Published)
    assert release(place.target(), place.state) == made
    assert release(place.target(), place.state) is None
    assert isinstance(place.publish({**place.files, **NEW}), Published)


def test_the_first_hold_stays(place: "Place") -> None:
    first = set_hold(place.target(), place.state, "one", "Ada")
    assert set_hold(place.target(), place.state, "two", "Bob") == first
    assert isinstance(place.publish(), Held)


def test_a_server_that_knows_only_branches_is_held_by_a_branch(place: "Place") -> None:
    place.git("config", "receive.hideRefs", "refs/argosy-hold", at=place.bare)
    place.git("config", "receive.denyDeletes", "false", at=place.bare)
    made = set_hold(place.target(), place.state, "why", "Ada")
    assert place.git("for-each-ref", "--format=%(refname)", at=place.bare) == (
        "refs/heads/argosy-hold/dev/main/envs/dev/_hold"
    )
    assert isinstance(place.publish(), Held)
    assert release(place.target(), place.state) == made
    assert isinstance(place.publish(), Published)


def test_a_server_that_takes_no_hold_is_quoted(place: "Place") -> None:
    hook = place.bare / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'no refs today' >&2\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(GitopsFailure, match="takes no hold") as caught:
        set_hold(place.target(), place.state, "why", "Ada")
    assert "no refs today" in caught.value.message
