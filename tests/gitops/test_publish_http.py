"""The protocol over smart HTTP, spoken by git's own server."""

import os
from typing import TYPE_CHECKING

import pytest

from gitops.git import GitFailure
from gitops.outcome import Held, Published, Superseded, Unchanged
from gitops.published import read_published
from tests.gitops.servers import LOGIN

if TYPE_CHECKING:
    from tests.gitops.conftest import Place


@pytest.mark.parametrize("filtering", ["true", "false"])
def test_the_whole_protocol_over_http(place: "Place", host: str, filtering: str) -> None:
    place.git("config", "uploadpack.allowFilter", filtering, at=place.bare)
    target = place.target(repository=f"http://bob:{LOGIN[1]}@{host}")
    place.by_hand(lambda clone: (clone / "big").write_bytes(os.urandom(50_000)))
    old = place.commit("old")
    first = place.publish(target=target, source=place.commit("new"))
    assert isinstance(first, Published)
    assert isinstance(place.publish(target=target), Unchanged)
    assert isinstance(place.publish({}, target=target, source=old), Superseded)
    place.by_hand(lambda clone: (clone / "envs/dev/digits/configmap.yaml").write_text("x"))
    held = place.publish({**place.files, "a.yaml": b"a\n"}, target=target)
    assert isinstance(held, Held)
    published = read_published(target, place.state)
    assert published is not None
    assert published.files["digits/configmap.yaml"] == b"x"


def test_a_credential_helper_is_asked(place: "Place", host: str) -> None:
    place.git("config", "--global", "credential.helper",
              f"!f() {{ echo username=bob; echo password={LOGIN[1]}; }}; f")  # fmt: skip
    assert isinstance(place.publish(target=place.target(repository=f"http://{host}")), Published)


def test_V09_without_a_credential_nobody_is_asked(place: "Place", host: str) -> None:
    with pytest.raises(GitFailure, match="permission denied by") as caught:
        place.publish(target=place.target(repository=f"http://{host}"))
    assert "credential" in caught.value.hint
