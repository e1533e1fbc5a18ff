"""The store of results: what comes out is what went in, or nothing comes out."""

import os
import shutil
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from argosy.engine import disk
from argosy.engine.cachestore import CacheStore, Result, differing, parts
from compiler.record import replace


@pytest.fixture
def store(tmp_path: Path) -> CacheStore:
    return CacheStore(tmp_path / "cache")


@pytest.fixture
def result(tmp_path: Path) -> Result:
    (tmp_path / "out/below").mkdir(parents=True)
    (tmp_path / "out/below/tool").write_text("#!/bin/sh\n")
    (tmp_path / "out/below/tool").chmod(0o755)
    (tmp_path / "out/link").symlink_to("below/tool")
    (tmp_path / "model").write_bytes(b"\0weights")
    artifacts = {"tree": tmp_path / "out", "model": tmp_path / "model"}
    return Result("r", "r.a", 100.0, {"q": "é\n\ud800"}, artifacts, "said", 0, {"image": "x"})


def objects(store: CacheStore) -> list[Path]:
    return sorted(store.folder.glob("objects/*/*"))


def test_what_was_put_in_comes_out(store: CacheStore, result: Result, tmp_path: Path) -> None:
    assert store.get("c", "k") is None
    assert store.put("c", "k", result) == ""
    shutil.rmtree(tmp_path / "out")
    found = store.get("c", "k")
    assert found is not None
    assert replace(found, artifacts={}) == replace(result, artifacts={})
    assert found.artifacts["model"].read_bytes() == b"\0weights"
    disk.copy(found.artifacts["tree"], tmp_path / "taken")
    assert (tmp_path / "taken/link").read_text() == "#!/bin/sh\n"
    assert stat.S_IMODE((tmp_path / "taken/below/tool").stat().st_mode) == 0o755
    assert store.get("c", "other") is None
    assert store.get("other", "k") is None


def test_a_result_may_be_too_old(store: CacheStore, result: Result) -> None:
    store.put("c", "k", result)
    assert store.get("c", "k", not_before=99.0)
    assert store.get("c", "k", not_before=101.0) is None


def damage_truncate(path: Path) -> None:
    path.chmod(0o600)
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)


def damage_flip(path: Path) -> None:
    path.chmod(0o600)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def damage_remove(path: Path) -> None:
    path.unlink()


def damage_owner(path: Path) -> None:
    os.chown(path, 12345, 12345)


DAMAGED = [
    (what, damage)
    for what in ("entries/*/*", "objects/*/*", "objects/*/*/below/tool")
    for damage in (damage_truncate, damage_flip, damage_remove, damage_owner)
    if damage is not damage_owner or not what.endswith("tool")  # a folder has one owner
]


@pytest.mark.parametrize(("what", "damage"), DAMAGED)
def test_S08_what_is_damaged_is_no_hit_and_is_made_anew(
    store: CacheStore, result: Result, what: str, damage: "object"
) -> None:
    if damage is damage_owner and os.geteuid():
        pytest.skip("only root gives files away")
    store.put("c", "k", result)
    for path in store.folder.glob(what):
        if path.is_file():
            damage(path)  # type: ignore[operator]
    assert store.get("c", "k") is None
    assert store.put("c", "k", result) == ""
    found = store.get("c", "k")
    assert found is not None
    assert found.artifacts["model"].read_bytes() == b"\0weights"
    assert list(store.folder.rglob("*.partial")) == []


WRITER = """
import sys
from pathlib import Path
from argosy.engine.cachestore import CacheStore, Result
store, out = CacheStore(Path(sys.argv[1])), Path(sys.argv[2])
for turn in range(30):
    text = f"{sys.argv[3]} {turn % 3}" * 1000
    out.mkdir(exist_ok=True)
    (out / "file").write_text(text)
    failed = store.put("c", "k", Result("r", "n", 1.0, {"q": text}, {"out": out}))
    assert not failed, failed
    found = store.get("c", "k")
    if found is not None:
        assert (found.artifacts["out"] / "file").read_text() == found.parameters["q"]
"""


def test_S09_of_two_writers_one_wins_whole(store: CacheStore, tmp_path: Path) -> None:
    driver = [sys.executable, "-c", WRITER, str(store.folder)]
    writers = [
        subprocess.Popen([*driver, str(tmp_path / f"out{number}"), str(number % 2)])
        for number in range(4)
    ]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0, 0]
    assert store.get("c", "k") is not None
    assert len(objects(store)) == 6
    assert list(store.folder.rglob("*.partial")) == []


def test_S10_what_is_kept_is_read_only_and_an_edit_is_noticed(
    store: CacheStore, result: Result
) -> None:
    store.put("c", "k", result)
    modes = [path.stat().st_mode for path in store.folder.glob("objects/**/*") if path.is_file()]
    assert [mode & 0o222 for mode in modes] == [0] * len(modes)
    found = store.get("c", "k")
    assert found is not None
    found.artifacts["model"].chmod(0o644)
    found.artifacts["model"].write_bytes(b"\0WEIGHTS")
    assert store.get("c", "k") is None


def test_T04_times_of_files_decide_nothing(store: CacheStore, result: Result) -> None:
    store.put("c", "k", result)
    for at in (0, 2**33):
        for path in store.folder.rglob("*"):
            os.utime(path, (at, at), follow_symlinks=False)
        assert store.get("c", "k")
    os.utime(result.artifacts["model"], (0, 0))
    same = parts({}, {}, {"model": result.artifacts["model"]})
    os.utime(result.artifacts["model"], (2**33, 2**33))
    assert parts({}, {}, {"model": result.artifacts["model"]}) == same


def test_a_disk_that_fails_is_told_and_leaves_nothing(store: CacheStore, result: Result) -> None:
    store.folder.mkdir()
    (store.folder / "objects").write_text("")
    assert "cannot be written" in store.put("c", "k", result)
    assert store.get("c", "k") is None


def test_a_pipe_is_no_artifact(store: CacheStore, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    failed = store.put("c", "k", Result("r", "n", 1.0, artifacts={"pipe": tmp_path / "pipe"}))
    assert "no artifact" in failed
    assert objects(store) == []


def test_the_longest_unused_go_first(store: CacheStore, tmp_path: Path) -> None:
    for number, name in enumerate("abc"):
        (tmp_path / name).write_bytes(name.encode() * 1000)
        store.put("c", name, Result("r", "n", 1.0, artifacts={"x": tmp_path / name}))
        for path in (*store.folder.glob("entries/*/*"), *objects(store)):
            if path.stat().st_mtime > 100:
                os.utime(path, (10 * number + 10, 10 * number + 10))
    assert store.get("c", "a")
    assert store.evict(size=2000, dry=True) == 1000
    assert len(objects(store)) == 3
    assert store.evict(size=2000) == 1000
    assert [name for name in "abc" if store.get("c", name)] == ["a", "c"]
    assert store.evict(before=time.time() + 60) == 2000
    assert objects(store) == []
    assert store.evict() == 0


def test_a_result_says_what_it_follows_from(store: CacheStore, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("1")
    template = {"container": {"image": "i@sha256:1", "command": ["a"]}, "memoize": {"key": "k"}}
    first = parts(template, {"rows": "1"}, {"data": tmp_path / "data"})
    (tmp_path / "data").write_text("2")
    other = parts(template, {"rows": "2"}, {"data": tmp_path / "data"})
    assert differing(first, other) == ("artifact data", "parameter rows")
    assert differing(first, first) == ()
    store.put("c", "1", Result("r", "n", 1.0, parts=first))
    store.put("c", "2", Result("r", "n", 2.0, parts=other))
    last = store.last("c")
    assert last is not None
    assert last.parts == other
    assert store.last("d") is None
