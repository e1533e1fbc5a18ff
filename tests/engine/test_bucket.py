"""A real bucket in place of a folder: what is asked of it, and the way there and back."""

import os
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest

from argosy.engine.failure import EngineError
from argosy.engine.nodes import Node
from argosy.engine.pods import artifacts, bucket, remote
from argosy.engine.pods.volumes import Root
from argosy.engine.pods.world import World
from tests.servers import Quiet, listening

ARCHIVES: list[dict[str, Any]] = [{}, {"zip": {}}, {"none": {}}]


class Server(Quiet):
    """As much of S3 as is asked for, in memory."""

    objects: ClassVar[dict[str, bytes]] = {}
    signed: ClassVar[list[str]] = []

    def do_PUT(self) -> None:
        self.signed.append(self.headers["Authorization"])
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.objects[urllib.parse.unquote(self.path)] = body
        self._answer(200, b"")

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        if not query:
            found = self.objects.get(urllib.parse.unquote(path))
            self._answer(404 if found is None else 200, found or b"")
            return
        asked = urllib.parse.parse_qs(query)
        names = [n.removeprefix(f"{path}/") for n in sorted(self.objects) if n.startswith(path)]
        names = [name for name in names if name.startswith(asked["prefix"][0])]
        at = int(asked.get("continuation-token", ["0"])[0])
        more = f"<NextContinuationToken>{at + 1}</NextContinuationToken>" * (at + 1 < len(names))
        keys = "".join(f"<Contents><Key>{name}</Key></Contents>" for name in names[at : at + 1])
        space = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
        page = f"<ListBucketResult {space}>{keys}{more}</ListBucketResult>"
        self._answer(200, page.encode())

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Server]]:
    Server.objects.clear()
    with listening(Server) as port:
        monkeypatch.setenv("ARGOSY_S3_ENDPOINT", f"http://127.0.0.1:{port}")
        yield Server


def tree(folder: Path) -> Path:
    (folder / "in/sub").mkdir(parents=True)
    (folder / "in/a b.txt").write_text("a")
    (folder / "in/sub/é").write_text("b")
    return folder / "in"


def trip(folder: Path, archive: dict[str, Any], place: dict[str, str]) -> dict[str, str]:
    artifact = {"name": "n", "path": "/p/in", "s3": place, "archive": archive}
    remote.save(artifact, tree(folder))
    assert remote.load(artifact, folder / "out")
    files = [path for path in (folder / "out").rglob("*") if path.is_file()]
    return {path.relative_to(folder / "out").as_posix(): path.read_text() for path in files}


@pytest.mark.parametrize("archive", ARCHIVES)
def test_a_folder_comes_back_from_a_bucket_as_it_was(
    archive: dict[str, Any], served: type[Server], tmp_path: Path
) -> None:
    found = trip(tmp_path, archive, {"bucket": "b", "key": "k/x y"})
    assert found == {"a b.txt": "a", "sub/é": "b"}
    plain = "none" in archive
    assert sorted(served.objects) == (
        ["/b/k/x y/a b.txt", "/b/k/x y/sub/é"] if plain else ["/b/k/x y"]
    )
    assert served.signed[-1].startswith("AWS4-HMAC-SHA256 Credential=")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "out"]


def test_a_key_that_is_not_there_is_told(served: type[Server], tmp_path: Path) -> None:
    artifact = {"name": "n", "path": "/p", "s3": {"bucket": "b", "key": "no"}}
    assert not remote.load(artifact, tmp_path / "out")
    served.objects["/b/no/../../x"] = b""
    with pytest.raises(EngineError, match="would leave its folder"):
        remote.load(artifact, tmp_path / "out")


def test_a_bucket_that_does_not_answer_is_a_plain_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    artifact = {"name": "n", "path": "/p", "s3": {"bucket": "b", "key": "k"}}
    monkeypatch.setenv("ARGOSY_S3_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(EngineError, match="does not answer"):
        remote.load(artifact, tmp_path / "out")
    monkeypatch.setenv("ARGOSY_S3_ENDPOINT", "somewhere")
    with pytest.raises(EngineError, match="is no URL"):
        bucket.endpoint()


def test_a_pod_reads_and_writes_the_bucket(served: type[Server], tmp_path: Path) -> None:
    world = World("u", tmp_path / "runs/r", tmp_path / "secrets", {}, {}, {}, {}, "r")
    root, node = Root(tmp_path / "root"), Node("r.a", "t", "Pod")
    at = {"s3": {"bucket": "b", "key": "k"}}
    root.folder.mkdir()
    (root.folder / "o").write_text("1")
    assert artifacts.keep(world, node, root, {"name": "o", "path": "/o", **at}) == ""
    assert list(served.objects) == ["/b/k"]
    artifacts.arrive(world, root, {"name": "i", "path": "/in/i", **at}, {})
    assert (root.folder / "in/i").read_text() == "1"
    served.objects.clear()
    with pytest.raises(EngineError, match="artifact i failed to load"):
        artifacts.arrive(world, root, {"name": "i", "path": "/in/j", **at}, {})
    artifacts.arrive(world, root, {"name": "i", "path": "/in/k", "optional": True, **at}, {})
    assert list((root.folder / "in/k").iterdir()) == []


@pytest.mark.parametrize("archive", ARCHIVES)
def test_a_real_store_takes_our_signature(
    archive: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = urllib.parse.urlsplit(os.environ.get("ARGOSY_TEST_S3", ""))
    if not store.hostname:
        pytest.skip("set ARGOSY_TEST_S3=http://KEY:SECRET@HOST:PORT/BUCKET")
    monkeypatch.setenv("ARGOSY_S3_ENDPOINT", f"{store.scheme}://{store.hostname}:{store.port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", store.username or "")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", store.password or "")
    key = f"tests/{os.getpid()}/{len(str(archive))}"
    found = trip(tmp_path, archive, {"bucket": store.path[1:], "key": key})
    assert found == {"a b.txt": "a", "sub/é": "b"}
