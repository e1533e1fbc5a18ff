"""What is published is signed if the user's git signs, by the user's key, and verified by git."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gitops.git import GitFailure
from gitops.outcome import Published

if TYPE_CHECKING:
    from tests.gitops.conftest import Place


@pytest.fixture
def key(place: "Place") -> Path:
    """An SSH key by which the project's git signs."""
    key = place.root.parent / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    place.git("config", "gpg.format", "ssh")
    place.git("config", "user.signingKey", str(key))
    place.git("config", "commit.gpgSign", "true")
    return key


def _verified(place: "Place", key: Path, commit: str) -> str:
    signers = key.with_name("signers")
    signers.write_text(f"ada@example.com {key.with_suffix('.pub').read_text()}")
    place.git("-c", f"gpg.ssh.allowedSignersFile={signers}", "verify-commit", commit, at=place.bare)
    return place.git("log", "-1", "--format=%cn <%ce>", commit, at=place.bare)


def test_an_ssh_key_signs_in_the_name_of_its_owner(place: "Place", key: Path) -> None:
    done = place.publish()
    assert isinstance(done, Published)
    assert _verified(place, key, done.commit) == "Ada <ada@example.com>"


def test_a_commit_that_is_built_again_is_signed_again(place: "Place", key: Path) -> None:
    place.publish(environment="prod")
    other = place.by_hand(lambda clone: (clone / "x").touch())
    place.git("update-ref", "refs/heads/main", "main^", at=place.bare)
    hook = place.bare / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    move = f"env -u GIT_QUARANTINE_PATH git update-ref refs/heads/main {other}"
    hook.write_text(f"#!/bin/sh\nrm {hook}\n{move}\n")
    hook.chmod(0o755)
    done = place.publish()
    assert isinstance(done, Published)
    assert done.attempts == 2
    assert place.git("rev-parse", f"{done.commit}^", at=place.bare) == other
    _verified(place, key, done.commit)


def test_what_cannot_be_signed_is_not_published(place: "Place", key: Path) -> None:
    key.unlink()
    with pytest.raises(GitFailure, match="the commit cannot be signed") as caught:
        place.publish()
    assert "commit.gpgSign" in caught.value.hint
    assert place.git("for-each-ref", at=place.bare) == ""


def test_a_key_with_a_passphrase_asks_nobody(place: "Place", key: Path) -> None:
    change = ["ssh-keygen", "-q", "-p", "-P", "", "-N", "secret", "-f", str(key)]
    subprocess.run(change, check=True, capture_output=True)
    with pytest.raises(GitFailure, match="the commit cannot be signed"):
        place.publish()


@pytest.fixture
def keyring(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A home of gpg; its path must be short, since a socket is in it."""
    home = tempfile.mkdtemp(prefix="gpg")
    monkeypatch.setenv("GNUPGHOME", home)
    yield
    subprocess.run(["gpgconf", "--kill", "gpg-agent"], check=False)
    shutil.rmtree(home, ignore_errors=True)


@pytest.mark.skipif(shutil.which("gpg") is None, reason="gpg is not installed")
@pytest.mark.usefixtures("keyring")
def test_an_openpgp_key_signs(place: "Place") -> None:
    made = ["gpg", "--batch", "--quiet", "--passphrase", "", "--quick-generate-key"]
    subprocess.run([*made, "Ada <ada@example.com>", "ed25519"], check=True, env=dict(os.environ))
    place.git("config", "commit.gpgSign", "true")
    done = place.publish()
    assert isinstance(done, Published)
    place.git("verify-commit", done.commit, at=place.bare)
