"""Targets, locks and the way git is run."""

import json
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import jsonschema_rs
import pytest

from compiler.tree import Pin, RenderedTree
from gitops import lock
from gitops.git import GitFailure, Repository, execute, explain, redact
from gitops.lock import Lock, LockFailure
from gitops.target import Target, TargetFailure, create_if_local_default


@pytest.mark.parametrize(
    "folder", ["..", "a/../b", ".git", "a/.git/b", "/" * 3 + "a/..", "a b", "a\\b", ".GIT", "a//b"]
)
def test_folders_that_are_refused(folder: str) -> None:
    with pytest.raises(TargetFailure, match="folder"):
        Target("/r", "main", folder, "dev")


@pytest.mark.parametrize(("folder", "path"), [("envs/dev/", "envs/dev/x"), (".", "x"), ("", "x")])
def test_folders_that_are_fine(folder: str, path: str) -> None:
    assert Target("/r", "main", folder, "dev").path("x") == path


@pytest.mark.parametrize(
    "repository",
    ["", "-oProxyCommand=x", "ext::sh -c x", "ftp://h/r", "a\nb", "--upload-pack=x", "fd::1"],
)
def test_repositories_that_are_refused(repository: str) -> None:
    with pytest.raises(TargetFailure):
        Target(repository, "main", "envs/dev", "dev")


@pytest.mark.parametrize(
    "branch", ["", "-f", "a..b", "a b", "x.lock", "a/", "+main", "a:b", "@{1}"]
)
def test_branches_that_are_refused(branch: str) -> None:
    with pytest.raises(TargetFailure, match="branch"):
        Target("/r", branch, "envs/dev", "dev")


@pytest.mark.parametrize("environment", ["", "Dev", "../x", "a/b", "-a", "a b"])
def test_environments_that_are_refused(environment: str) -> None:
    with pytest.raises(TargetFailure, match="environment"):
        Target("/r", "main", "envs/dev", environment)


@pytest.mark.parametrize(
    "repository",
    ["https://h/r.git", "ssh://git@h:22/r", "git@h:acme/r.git", "file:///r", "../r", "~/r", "h:r"],
)
def test_repositories_that_are_fine(repository: str) -> None:
    assert Target(repository, "env/dev", "envs/dev", "dev").environment == "dev"


SCHEMAS = Path(__file__).parents[2] / "schemas"


def test_the_default_repository_is_made_once(tmp_path: Path) -> None:
    path = tmp_path / "a" / "gitops.git"
    assert create_if_local_default(path)
    assert (path / "HEAD").read_text() == "ref: refs/heads/main\n"
    assert not create_if_local_default(path)
    (tmp_path / "file").touch()
    assert not create_if_local_default(tmp_path / "file")
    with pytest.raises(TargetFailure, match="cannot create"):
        create_if_local_default(tmp_path / "file" / "x.git")


def test_a_repository_that_many_make_at_once_is_never_half_made(tmp_path: Path) -> None:
    def make(path: Path) -> tuple[bool, str]:
        made = create_if_local_default(path)
        config = ["git", "-C", str(path), "config", "receive.denyDeletes"]
        done = subprocess.run(config, capture_output=True, text=True, check=False)
        return made, done.stdout

    for number in range(5):
        path = tmp_path / "home" / f"{number}.git"
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(make, [path] * 8))
        assert sum(made for made, _ in found) == 1
        assert {text for _, text in found} == {"true\n"}
    assert sorted(entry.name for entry in path.parent.iterdir()) == [f"{n}.git" for n in range(5)]


def test_a_lock_is_canonical_and_read_back() -> None:
    pins = {"own": Pin(None, f"sha256:{'1' * 64}"), "argosy/x@1": Pin(1, f"sha256:{'2' * 64}")}
    made = lock.lock("dev", "demo", RenderedTree({"b.yaml": b"b", "a.yaml": b"a"}, pins))
    turned = RenderedTree({"a.yaml": b"a", "b.yaml": b"b"}, dict(reversed(pins.items())))
    assert made.write() == lock.lock("dev", "demo", turned).write()
    assert lock.read(made.write()) == made
    schema = json.loads((SCHEMAS / "lock.schema.json").read_text("utf-8"))
    assert jsonschema_rs.validator_for(schema).is_valid(json.loads(made.write()))
    assert b"components" not in lock.lock("dev", "demo", RenderedTree({})).write()
    assert made.verify({"b.yaml": b"b", "a.yaml": b"a", "other": b""}) == ()
    assert made.verify({"b.yaml": b"x"}) == (
        "`a.yaml` is missing", "`b.yaml` was changed by hand",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "it is not JSON"),
        (b"\xff", "it is not JSON"),
        (b"[" * 100_000, "it is not JSON"),
        (b"<<<<<<< ours\n", "merge conflict"),
        (b"[]", "not a JSON object"),
        (b'{"version": 2}', "version 1"),
        (b'{"version": 1, "files": []}', "`environment` is not a string"),
    ],
)
def test_what_is_wrong_with_a_lock(content: bytes, said: str) -> None:
    with pytest.raises(LockFailure, match=said):
        lock.read(content)


def test_every_fault_of_a_lock_is_named() -> None:
    data = json.loads(Lock("dev", "demo", {"../x": "0" * 64, "a": "zz"}).write())
    data["extra"] = 1
    pins = {"a": 1, "b": {"digest": "x"}, "c": {"digest": "0" * 64, "more": 1}, "d": {}}
    data["components"] = pins
    with pytest.raises(LockFailure) as caught:
        lock.read(json.dumps(data).encode())
    assert len(caught.value.faults) == 7
    with pytest.raises(LockFailure, match="`components` is not an object"):
        lock.read(json.dumps({**data, "components": []}).encode())


@pytest.mark.parametrize(
    "text",
    [
        "https://bob:hunter2@h/r",
        "https://hunter2@h/r",
        "ssh://bob:hunter2@h/r",
        "HTTPS://a:b@hunter2@h",
        "x 'https://hunter2:x-oauth@h/r' y",
        "Authorization: Basic hunter2",
        "authorization: bearer hunter2",
    ],
)
def test_passwords_are_not_shown(text: str) -> None:
    assert "hunter2" not in redact(text)
    assert "hunter2" not in str(explain(f"fatal: {text}", text))
    assert "hunter2" not in Target(text if "://" in text[:9] else "/r", "m", "f", "dev").shown


def test_addresses_without_a_password_stay() -> None:
    for text in ("ssh://git@h/r", "git@h:acme/r.git", "https://h/r@2", "https://h:8080/a@b"):
        assert redact(text) == text


def test_a_slow_command_and_its_children_are_killed(tmp_path: Path) -> None:
    marker = tmp_path / "late"
    alias = f"alias.slow=!sleep 1; touch {marker}"
    with pytest.raises(GitFailure, match="did not end within") as caught:
        execute(["-c", alias, "slow"], b"", {}, 0.2)
    assert caught.value.kind == "timeout"
    time.sleep(1.1)
    assert not marker.exists()


def test_a_failing_command_raises_what_git_said(tmp_path: Path) -> None:
    with pytest.raises(GitFailure, match="not a git repository"):
        Repository(tmp_path).run("rev-parse", "HEAD")
    with pytest.raises(GitFailure, match="unknown option"):
        execute_or_raise(tmp_path)


def execute_or_raise(path: Path) -> None:
    """Run git with an option that it does not know."""
    raise explain(execute(["--unknown"], b"", {}, 5).err, str(path))
