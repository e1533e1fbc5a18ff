"""The journal: what is flushed is there for every reader, and comes back when a run goes on."""

import contextlib
import json
import os
import sqlite3
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from argosy.engine import journal
from argosy.engine.failure import EngineError
from argosy.engine.journal import Choice, Description, Journal, Request
from argosy.engine.nodes import Node
from compiler.record import replace

STATE = Path("state")


@pytest.fixture(autouse=True)
def within(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def described(name: str = "r", **more: object) -> Description:
    return Description(name, f"uid-{name}", "w", started=100.0, **more)  # type: ignore[arg-type]


@pytest.fixture
def opened() -> Iterator[Journal]:
    with journal.create(STATE, described()) as found:
        yield found


def ended(name: str, phase: str = "Succeeded", **more: object) -> Node:
    return Node(name, "t", "Pod", phase, started=101.0, finished=102.5, **more)  # type: ignore[arg-type]


def test_what_is_flushed_is_read(opened: Journal) -> None:
    node = Node("r.a", "t", "Pod", "Running", started=101.0)
    opened.record(node)
    assert journal.load(STATE, "r").nodes == ()
    opened.flush()
    assert journal.load(STATE, "r").nodes == (node,)
    node.phase, node.exit_code, node.parameters = "Failed", 0, {"q": "é\n\ud800"}
    node.log = opened.folder.absolute() / "logs/a.log"
    opened.record(node)
    opened.flush()
    (found,) = journal.load(STATE.absolute(), "r").nodes
    assert found == node


def test_nodes_keep_the_order_of_their_creation(opened: Journal) -> None:
    names = ["r", "r.z", "r.a", "r.\ud800", "r.z(0:x)"]
    for name in names:
        opened.record(Node(name, "t", "Pod"))
    opened.flush()
    for name in reversed(names):
        opened.record(ended(name))
        opened.flush()
    assert [node.name for node in journal.load(STATE, "r").nodes] == names


def test_a_run_says_how_it_fares(opened: Journal) -> None:
    assert [run.phase for run in journal.runs(STATE)] == ["Running"]
    opened.finish("Failed", "child 'r.a' failed", 200.0)
    (line,), stored = journal.runs(STATE), journal.load(STATE, "r")
    assert (line.phase, line.message, line.finished) == ("Failed", "child 'r.a' failed", 200.0)
    assert (stored.phase, stored.message, stored.finished) == (
        line.phase,
        line.message,
        line.finished,
    )


def test_a_run_whose_engine_is_gone_is_interrupted(opened: Journal) -> None:
    opened.close()
    assert [run.phase for run in journal.runs(STATE)] == ["Interrupted"]
    assert [run.phase for run in journal.runs(STATE)] == ["Interrupted"]
    assert journal.load(STATE, "r").phase == "Interrupted"
    with journal.reopen(STATE, "r") as again:
        assert [run.phase for run in journal.runs(STATE)] == ["Running"]
        again.finish("Succeeded", "", 300.0)
    assert [run.phase for run in journal.runs(STATE)] == ["Succeeded"]
    assert len(journal.load(STATE, "r").sessions) == 2


def test_the_description_is_all_that_a_run_needs() -> None:
    given = described(
        environment="dev",
        source="abc",
        manifests={"w.yaml": "kind: Workflow\n", "maps/c.yaml": "é"},
        parameters={"rows": "10"},
        options={"runtime": "process", "only": ["a"]},
        variables=("MLFLOW_TRACKING_URI",),
        prices={"small": 0.1},
        host="h",
        version="1",
    )
    journal.create(STATE, given).close()
    with journal.reopen(STATE, "r") as again:
        assert again.description == given
    assert journal.load(STATE, "r").description == given


def test_only_one_engine_works_on_a_run(opened: Journal) -> None:
    with pytest.raises(EngineError, match="a run called `r` works"):
        journal.create(STATE, described())
    opened.close()
    with pytest.raises(EngineError, match="a run called `r` exists"):
        journal.create(STATE, described())
    with pytest.raises(EngineError, match="no run `q`"):
        journal.reopen(STATE, "q")


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "A", "a b", "-a", "a.", "a\n", "x" * 300])
def test_a_name_that_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(EngineError, match="cannot be the name of a run"):
        journal.create(STATE, described(name))
    assert not STATE.exists()


def test_others_ask_and_the_engine_hears(opened: Journal) -> None:
    assert opened.requests() == []
    asked = [Request("approve", "r.wait", {"ok": "yes"}), Request("stop")]
    for each in asked:
        journal.ask(STATE, "r", each)
    assert opened.requests() == asked
    assert opened.requests() == []
    opened.flush()
    opened.close()
    with pytest.raises(EngineError, match="does not work: Interrupted") as caught:
        journal.ask(STATE, "r", Request("stop"))
    assert "argosy resume r" in caught.value.hint
    with pytest.raises(EngineError, match="there is no run `x`"):
        journal.ask(STATE, "x", Request("stop"))


def test_an_answer_outlives_the_engine_and_an_order_does_not(opened: Journal) -> None:
    journal.ask(STATE, "r", Request("stop"))
    journal.ask(STATE, "r", Request("approve", "r.wait"))
    opened.close()
    with journal.reopen(STATE, "r") as again:
        assert again.requests() == [Request("approve", "r.wait")]
        again.flush()
    with journal.reopen(STATE, "r") as again:
        assert again.requests() == []


def test_a_follower_reads_what_is_new(opened: Journal) -> None:
    first, second = Node("r.a", "t", "Pod"), Node("r.b", "t", "Pod")
    opened.record(first)
    opened.flush()
    with journal.Follower(STATE, "r") as follower:
        assert [node.name for node in follower.news().nodes] == ["r.a"]
        assert follower.news().nodes == ()
        opened.record(second)
        first.phase = "Running"
        opened.record(first)
        opened.flush()
        assert [(n.name, n.phase) for n in follower.news().nodes] == [
            ("r.a", "Running"),
            ("r.b", "Pending"),
        ]
        opened.finish("Succeeded", "", 200.0)
        assert follower.news().phase == "Succeeded"


def artifact(opened: Journal, name: str, text: str) -> Path:
    path = opened.folder / "artifacts" / name / "out"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    return path


def test_only_ends_that_still_hold_are_known(opened: Journal) -> None:
    for name in ("kept", "gone", "longer", "edited", "folder"):
        path = artifact(opened, name, "12345")
        if name == "folder":
            path.unlink()
            (path / "below").mkdir(parents=True)
            (path / "below" / "file").write_text("x")
        opened.record(ended(name, artifacts={"out": path}))
    opened.record(ended("bad", "Failed"))
    opened.record(Node("running", "t", "Pod", "Running"))
    opened.flush()
    found = opened.folder / "artifacts"
    (found / "gone/out").unlink()
    (found / "longer/out").write_text("123456")
    (found / "edited/out").write_text("12354")
    assert list(journal.known(STATE, "r")) == ["kept", "folder", "bad"]
    assert list(journal.known(STATE, "r", ("Succeeded",))) == ["kept", "folder"]
    (found / "folder/out/below/file").rename(found / "folder/out/below/other")
    assert list(journal.known(STATE, "r", ("Succeeded",))) == ["kept"]


def test_half_written_artifacts_are_swept(opened: Journal) -> None:
    whole = artifact(opened, "a", "x")
    (whole.parent / ".out.partial").write_text("half")
    (whole.parent / ".tree.partial").mkdir()
    opened.close()
    journal.reopen(STATE, "r").close()
    assert [path.name for path in whole.parent.iterdir()] == ["out"]


def test_S13_a_moved_run_is_read(opened: Journal, tmp_path: Path) -> None:
    path = artifact(opened, "a", "x")
    opened.record(ended("a", artifacts={"out": path.absolute()}, log=path.absolute()))
    opened.finish("Succeeded", "", 200.0)
    opened.close()
    STATE.rename(tmp_path / "else where")
    (node,) = journal.load(tmp_path / "else where", "r").nodes
    assert node.artifacts["out"].read_text() == "x"
    assert node.log is not None
    assert node.log.is_file()
    assert list(journal.known(tmp_path / "else where", "r")) == ["a"]
    assert [run.name for run in journal.runs(tmp_path / "else where")] == ["r"]


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
def test_S14_the_record_is_private(mask: int) -> None:
    old = os.umask(mask)
    try:
        with journal.create(STATE, described()) as opened:
            opened.record(ended("a"))
            opened.flush()
            paths = [STATE, *STATE.rglob("*")]
            open_to_others = {
                str(path): oct(path.stat().st_mode)
                for path in paths
                if stat.S_IMODE(path.stat().st_mode) & 0o077
            }
    finally:
        os.umask(old)
    assert open_to_others == {}


def test_the_first_format_is_read() -> None:
    STATE.mkdir()
    with sqlite3.connect(STATE / "runs.db") as first:
        first.executescript("""
            create table runs (uid text primary key, name text, workflow text, phase text,
              started real, finished real);
            create table nodes (run text, name text, template text, type text, phase text,
              message text, started real, finished real, exit_code integer, outputs text,
              primary key (run, name));
        """)
        first.execute("insert into runs values ('u', 'old', 'w', 'Failed', 1, 2)")
        first.execute("insert into runs values ('v', 'cut', 'w', 'Running', 3, null)")
        for run in "uv":
            values = (run, "x.a", "a", "Pod", "Failed", "m", 1, 2, 7, json.dumps({"q": "1"}))
            first.execute("insert into nodes values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
    first.close()
    found = [(run.name, run.phase) for run in journal.runs(STATE)]
    assert found == [("cut", "Interrupted"), ("old", "Failed")]
    (node,) = journal.load(STATE, "old").nodes
    assert (node.name, node.phase, node.exit_code, node.parameters) == (
        "x.a",
        "Failed",
        7,
        {"q": "1"},
    )
    with pytest.raises(EngineError, match="no run `cut` to go on with"):
        journal.reopen(STATE, "cut")
    journal.create(STATE, described("new")).close()
    assert [run.name for run in journal.runs(STATE)] == ["new", "cut", "old"]


def several(*phases: str) -> None:
    """Make runs r0, r1, …, each begun a second after the one before."""
    for number, phase in enumerate(phases):
        about = described(f"r{number}")
        with journal.create(STATE, replace(about, started=100.0 + number)) as made:
            artifact(made, "a", "x" * 100)
            if phase != "Interrupted":
                made.finish(phase, "", 200.0)


def names() -> list[str]:
    return [run.name for run in journal.runs(STATE)]


def test_clean_takes_what_it_is_told(opened: Journal) -> None:
    several("Succeeded", "Failed", "Succeeded", "Interrupted", "Succeeded")
    foreseen = journal.clean(STATE, Choice(), dry=True)
    assert [run.name for run in foreseen.runs] == ["r4", "r3", "r2", "r1", "r0"]
    assert foreseen.size > 500
    assert len(names()) == 6
    gone = journal.clean(STATE, Choice(phases=("Failed",)))
    assert [run.name for run in gone.runs] == ["r1"]
    journal.clean(STATE, Choice(before=101.5))
    assert names() == ["r4", "r3", "r2", "r"]
    journal.clean(STATE, Choice(keep=1))
    assert names() == ["r4", "r"]
    assert (STATE / "runs/r4/artifacts/a/out").read_text() == "x" * 100
    assert sorted(path.name for path in (STATE / "runs").iterdir()) == ["r", "r4"]
    opened.record(ended("a"))
    opened.flush()


def test_clean_sweeps_what_was_left_half_done() -> None:
    several("Succeeded")
    (STATE / "runs/.removed-1/steps").mkdir(parents=True)
    (STATE / "runs/.removed-1/steps").chmod(0)
    (STATE / "runs/unborn").mkdir()
    (STATE / "runs/unborn/lock").touch()
    os.utime(STATE / "runs/unborn", (0, 0))
    (STATE / "runs/just-begun").mkdir()
    journal.clean(STATE, Choice(keep=1))
    assert sorted(path.name for path in (STATE / "runs").iterdir()) == ["just-begun", "r0"]


def test_a_run_that_ended_before_it_began_is_no_run() -> None:
    several("Succeeded")
    with sqlite3.connect(STATE / "runs.db") as listed:
        listed.execute(
            "insert into runs select 'x', 'u', workflow, '', '', 'Running', '', 1, null from runs"
        )
    listed.close()
    (STATE / "runs/x").mkdir()
    (STATE / "runs/x/run.db").touch()
    assert names() == ["r0"]
    journal.create(STATE, described("x")).close()
    assert names() == ["x", "r0"]


@pytest.mark.parametrize("content", [b"", None])
def test_a_run_whose_record_is_being_made_is_starting_and_not_damaged(
    content: bytes | None,
) -> None:
    with journal.create(STATE, described("done")) as made:
        whole = made.folder / "run.db"
    place = STATE / "runs" / "r"
    place.mkdir()
    if content is None:
        with contextlib.closing(sqlite3.connect(place / whole.name)) as empty:
            empty.execute("create table early (x)")
    else:
        (place / whole.name).write_bytes(content)
    with pytest.raises(EngineError, match="is starting") as caught:
        journal.load(STATE, "r")
    assert not isinstance(caught.value, journal.Damaged)
    assert "Damaged" not in {run.phase for run in journal.runs(STATE)}


def test_a_record_that_comes_meanwhile_is_read() -> None:
    with journal.create(STATE, described("done")) as made:
        pass
    place = STATE / "runs" / "r"
    place.mkdir()
    (place / "run.db").touch()

    later = threading.Timer(0.3, os.replace, (made.folder / "run.db", place / "run.db"))
    later.start()
    assert journal.load(STATE, "r").description.name == "done"
    later.join()
