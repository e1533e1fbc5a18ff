"""Artifacts from elsewhere: a repository of git, an address of the web. All of it on loopback."""

import base64
import io
import os
import re
import subprocess
import tarfile
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from argosy.engine.failure import EngineError
from argosy.engine.pods import checkout, download

LOGIN = "Basic " + base64.b64encode(b"ada:s3cret-word").decode()
SECRETS = {"user": "ada", "word": "s3cret-word", "wrong": "not-this-one"}
Answer = tuple[int, dict[str, str], bytes]


def secret(reference: Any) -> str:
    return SECRETS[reference["key"]]


def git(folder: Path, *words: str, **env: str) -> str:
    who = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b", "GIT_CONFIG_GLOBAL": "/dev/null"}
    who |= {"GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b"}
    command = ["git", "-C", str(folder), "-c", "protocol.file.allow=always", *words]
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, env={**os.environ, **who, **env}
    )
    return done.stdout.strip()


def commit(folder: Path, name: str, text: str) -> str:
    (folder / name).write_text(text)
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", name)
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    """Return a repository: `main` with three commits and a tag on the first, and branch `side`."""
    folder = tmp_path / "origin"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    commit(folder, "f", "one")
    git(folder, "tag", "first")
    commit(folder, "f", "two")
    git(folder, "branch", "side")
    commit(folder, "f", "three")
    git(folder, "checkout", "-q", "side")
    commit(folder, "f", "beside")
    git(folder, "checkout", "-q", "main")
    return folder


def cloned(place: Path, repo: str | Path, **asked: Any) -> Path:
    address = repo if isinstance(repo, str) else f"file://{repo}"
    checkout.load({"name": "code", "git": {"repo": address, **asked}}, place, secret)
    return place


@pytest.mark.parametrize(
    ("asked", "content"),
    [
        ({}, "three"),
        ({"revision": "side"}, "beside"),
        ({"revision": "first"}, "one"),
        ({"revision": "main~1"}, "two"),
        ({"singleBranch": True, "branch": "side"}, "beside"),
        ({"depth": 1}, "three"),
        ({"depth": 1, "singleBranch": True, "branch": "side", "revision": "side"}, "beside"),
        ({"fetch": ["refs/meta/*:refs/meta/*"], "revision": "refs/meta/x"}, "one"),
    ],
)
def test_a_revision_is_checked_out(asked: Any, content: str, origin: Path, tmp_path: Path) -> None:
    git(origin, "update-ref", "refs/meta/x", "first")
    place = cloned(tmp_path / "in/code", origin, **asked)
    assert (place / "f").read_text() == content
    assert git(place, "remote", "get-url", "origin") == f"file://{origin}"


def test_a_commit_is_checked_out_and_a_depth_is_kept(origin: Path, tmp_path: Path) -> None:
    place = cloned(tmp_path / "a", origin, revision=git(origin, "rev-parse", "main~1"))
    assert (place / "f").read_text() == "two"
    short = cloned(tmp_path / "b", origin, depth=1)
    assert git(short, "rev-list", "--count", "main") == "1"
    one = cloned(tmp_path / "c", origin, singleBranch=True, branch="side")
    assert git(one, "branch", "-r").split() == ["origin/side"]


def test_submodules_come_along_unless_they_are_not_wanted(origin: Path, tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    git(inner, "init", "-q", "-b", "main")
    commit(inner, "g", "within")
    with server(backend(tmp_path)) as address:
        git(origin, "submodule", "add", "-q", f"{address}/inner", "part")
        commit(origin, "f", "with a part")
        place = cloned(tmp_path / "a", origin)
        assert (place / "part/g").read_text() == "within"
        plain = cloned(tmp_path / "b", origin, disableSubmodules=True)
        assert not (plain / "part/g").exists()


def test_an_empty_repository_is_an_empty_clone(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "--bare", "empty")
    place = cloned(tmp_path / "in", tmp_path / "empty", revision="main")
    assert [each.name for each in place.iterdir()] == [".git"]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"revision": "nope"}, "failed to get resolve revision: reference not found"),
        ({"singleBranch": True}, "single branch mode without a branch specified"),
        ({"singleBranch": True, "branch": "nope"}, "Remote branch nope not found"),
        ({"revision": "--upload-pack=touch x"}, "begins with a sign of an option"),
        ({"fetch": ["--upload-pack=touch x"]}, "begins with a sign of an option"),
    ],
)
def test_what_is_not_there_is_said(asked: Any, said: str, origin: Path, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=rf"artifact code failed to load: .*{re.escape(said)}"):
        cloned(tmp_path / "in", origin, **asked)


@pytest.mark.parametrize("repo", ["ext::sh -c 'touch hit' x", "--upload-pack=touch hit", "nowhere"])
def test_an_address_runs_nothing(repo: str, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(EngineError, match="artifact code failed to load"):
        cloned(tmp_path / "in", repo)
    assert not list(tmp_path.rglob("hit"))


def test_neither_hooks_nor_filters_nor_aliases_of_the_user_are_run(
    origin: Path, tmp_path: Path, monkeypatch: Any
) -> None:
    home, hit = tmp_path / "home", tmp_path / "hit"
    hooks, template = home / "hooks", home / "template/hooks"
    for folder in (hooks, template):
        folder.mkdir(parents=True)
        for name in ("post-checkout", "reference-transaction"):
            (folder / name).write_text(f"#!/bin/sh\ntouch {hit}\n")
            (folder / name).chmod(0o755)
    (home / ".gitconfig").write_text(
        f"[core]\n hooksPath = {hooks}\n[init]\n templateDir = {home}/template\n"
        f'[filter "x"]\n smudge = touch {hit}\n process = touch {hit}\n'
        f"[credential]\n helper = !touch {hit}\n"
    )
    monkeypatch.setenv("HOME", str(home))
    commit(origin, ".gitattributes", "* filter=x\n")
    place = cloned(tmp_path / "in", origin, revision="main")
    assert (place / "f").read_text() == "three"
    assert not hit.exists()


class server:  # noqa: N801 - a context, as a function is one
    """A server on loopback, for as long as it is needed."""

    def __init__(self, answer: Callable[[BaseHTTPRequestHandler], Answer]) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, headers, body = answer(self)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                if "Content-Length" not in headers:
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET  # noqa: N815 - the name that the library calls

            def log_message(self, *_words: Any) -> None:
                return None

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    def __enter__(self) -> str:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self._server.server_port}"

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def backend(root: Path, login: str = "") -> Callable[[BaseHTTPRequestHandler], Answer]:
    """Return git's own server of what lies below `root`; with a login, for it only."""

    def answer(request: BaseHTTPRequestHandler) -> Answer:
        if login and request.headers.get("Authorization") != login:
            return 401, {"WWW-Authenticate": 'Basic realm="git"'}, b""
        path, _, query = request.path.partition("?")
        body = request.rfile.read(int(request.headers.get("Content-Length") or 0))
        env = {"PATH_INFO": path, "QUERY_STRING": query, "GIT_PROJECT_ROOT": str(root)}
        env |= {"REQUEST_METHOD": request.command, "GIT_HTTP_EXPORT_ALL": "1", "HOME": str(root)}
        env |= {"CONTENT_TYPE": request.headers.get("Content-Type", ""), "PATH": os.environ["PATH"]}
        env |= {"HTTP_CONTENT_ENCODING": request.headers.get("Content-Encoding", "")}
        env |= {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory"}
        env |= {"GIT_CONFIG_VALUE_0": "*", "GIT_PROTOCOL": request.headers.get("Git-Protocol", "")}
        done = subprocess.run(
            ["git", "http-backend"], input=body, capture_output=True, check=True, env=env
        )
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        lines = [line.partition(": ") for line in head.decode().split("\r\n")]
        headers = {name: value for name, _, value in lines}
        return int(headers.pop("Status", "200").split()[0]), headers, content

    return answer


@pytest.mark.usefixtures("origin")
def test_a_login_comes_from_secrets_and_stands_nowhere(tmp_path: Path) -> None:
    refs = {"usernameSecret": {"key": "user"}, "passwordSecret": {"key": "word"}}
    with server(backend(tmp_path, LOGIN)) as address:
        place = cloned(tmp_path / "in", f"{address}/origin", **refs, depth=1, revision="main")
        assert (place / "f").read_text() == "three"
        for file in (place / ".git").rglob("*"):
            assert not file.is_file() or b"s3cret-word" not in file.read_bytes()
        wrong = {**refs, "passwordSecret": {"key": "wrong"}}
        with pytest.raises(EngineError, match="permission denied") as failed:
            cloned(tmp_path / "b", f"{address}/origin", **wrong)
        assert "not-this-one" not in str(failed.value)
        with pytest.raises(EngineError, match="permission denied"):
            cloned(tmp_path / "c", f"{address}/origin")


def loaded(place: Path, url: str, **asked: Any) -> str:
    artifact = {"name": "data", "path": "/in/data", "http": {"url": url, **asked}}
    return download.load(artifact, place, secret)


def test_an_address_gives_its_content_and_gets_the_headers(tmp_path: Path) -> None:
    seen: list[dict[str, str]] = []

    def answer(request: BaseHTTPRequestHandler) -> Answer:
        seen.append(dict(request.headers))
        return 200, {}, b"content"

    basic = {"usernameSecret": {"key": "user"}, "passwordSecret": {"key": "word"}}
    with server(answer) as address:
        headers = [{"name": "X-Token", "value": "t"}]
        assert not loaded(tmp_path / "in/a", address, headers=headers, auth={"basicAuth": basic})
    assert (tmp_path / "in/a").read_bytes() == b"content"
    assert seen[0]["X-Token"] == "t"
    assert seen[0]["Authorization"] == LOGIN


def test_a_tar_is_unpacked_as_the_executor_does(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as made:
        member = tarfile.TarInfo("folder/inner")
        member.size = 2
        made.addfile(member, io.BytesIO(b"in"))
    with server(lambda _: (200, {}, packed.getvalue())) as address:
        assert not loaded(tmp_path / "a", address)
    assert (tmp_path / "a/inner").read_text() == "in"


def test_what_an_address_lacks_is_no_error_and_what_it_refuses_is_one(tmp_path: Path) -> None:
    with server(lambda request: (int(request.path[1:]), {}, b"words")) as address:
        assert loaded(tmp_path / "a", f"{address}/404") == "404 Not Found"
        with pytest.raises(EngineError, match=r"/500 failed with reason: 500 Internal Server Err"):
            loaded(tmp_path / "a", f"{address}/500")
    with pytest.raises(EngineError, match=r"artifact data failed to load: .*refused"):
        loaded(tmp_path / "a", address)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://127.0.0.1/x", "no address"])
def test_only_the_web_is_asked(url: str, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="unsupported protocol scheme"):
        loaded(tmp_path / "a", url)


def test_a_redirect_takes_no_login_to_another_host_and_stays_on_the_web(tmp_path: Path) -> None:
    seen: list[str] = []

    def other(request: BaseHTTPRequestHandler) -> Answer:
        seen.append(request.headers.get("Authorization", "none"))
        return 200, {}, b"there"

    with server(other) as there:
        to = there.replace("127.0.0.1", "localhost")

        def answer(request: BaseHTTPRequestHandler) -> Answer:
            target = {"/away": to, "/near": f"{there}/x", "/file": "file:///etc/passwd"}
            return 302, {"Location": target[request.path]}, b""

        with server(answer) as address:
            login = [{"name": "Authorization", "value": "Bearer t"}]
            assert not loaded(tmp_path / "a", f"{address}/away", headers=login)
            assert not loaded(tmp_path / "b", f"{address}/near", headers=login)
            with pytest.raises(EngineError, match="failed to load"):
                loaded(tmp_path / "c", f"{address}/file", headers=login)
    assert seen == ["none", "Bearer t"]


def test_an_answer_that_is_too_long_or_cut_off_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with server(lambda _: (200, {}, b"x" * 2000)) as address:
        monkeypatch.setenv(download.MOST, "1000")
        with pytest.raises(EngineError, match="more than 1000 bytes"):
            loaded(tmp_path / "a", address)
    monkeypatch.delenv(download.MOST)
    with (
        server(lambda _: (200, {"Content-Length": "20"}, b"short")) as address,
        pytest.raises(EngineError, match=r"failed to load: .*(EOF|IncompleteRead)"),
    ):
        loaded(tmp_path / "a", address)
    assert not list(tmp_path.iterdir())


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
