"""What befalls the disk and the records of runs: one fault each, and what must hold after it."""

import json
import os
import random
import resource
import shutil
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from argosy.engine import disk, journal
from argosy.engine.failure import EngineError
from argosy.engine.journal import Damaged, Description
from argosy.engine.manifests import load
from argosy.engine.nodes import Node
from argosy.engine.run import run
from tests.engine.chaos import Chaos, starve

ALL = "ARGOSY_CHAOS" in os.environ
SEED = int(os.environ.get("ARGOSY_SEED") or random.SystemRandom().randrange(10**6))
LEAF = {"name": "main", "container": {"image": "i", "command": ["sh", "-c", "echo hello"]}}
MANIFEST = {
    "apiVersion": "argoproj.io/v1alpha1",
    "kind": "Workflow",
    "metadata": {"name": "w"},
    "spec": {"entrypoint": "main", "templates": [LEAF]},
}


def stored(state: Path, name: str, phase: str = "Succeeded", started: float = 100.0) -> Path:
    """Store a run with one node and return its folder."""
    about = Description(name, f"uid-{name}", "w", started=started)
    with journal.create(state, about) as made:
        made.record(Node(f"{name}.a", "t", "Pod", phase, "", started, started + 1))
        (made.folder / "logs").mkdir()
        made.finish(phase, "", started + 2)
        return made.folder


def execute(folder: Path, name: str = "r") -> str:
    """Run one step below `folder` in this process; return the phase of the run."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "w.json").write_text(json.dumps(MANIFEST))
    ended = run(
        load(folder / "w.json"),
        name=name,
        parameters={},
        folder=folder / "state",
        environment={},
        on_event=lambda _event: None,
    )
    return ended.phase


@pytest.mark.parametrize("point", [point for point in disk.POINTS if point != "file"])
def test_S02_any_write_may_fail_once(point: str, tmp_path: Path) -> None:
    chance = random.Random(f"{SEED}{point}")  # noqa: S311
    count, found = starve(tmp_path / "whole", point, 10**9)
    assert count, f"nothing is written at {point}"
    assert found == []
    chosen = range(1, count + 1) if ALL else [chance.randint(1, count)]
    for number in chosen:
        error = chance.choice(("ENOSPC", "ENOSPC", "EIO", "EROFS", "EACCES", "EMFILE"))
        _, found = starve(tmp_path / f"at-{number}", point, number, error)
        assert found == [], f"seed {SEED}: {error} at write {number} of {point}"


STARVED = """
import subprocess, sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from tests.engine.chaos import Chaos
for size in sys.argv[3].split(","):
    run = Chaos(Path(sys.argv[2]) / size, lanes=2, length=3, ballast=60_000)
    run.state.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}k", "none", str(run.state)]
    subprocess.run(mount, check=True)
    said, told = run.start().communicate(timeout=120)
    assert "Traceback" not in told, told
    assert said.strip(), "nothing was said"
    full = said != "Succeeded\\n"
    subprocess.run(["mount", "-o", "remount,size=64m", str(run.state)], check=True)
    if full:
        run.committed.append({n.display_name: run.counts()[n.display_name] for n in run.nodes()
                              if n.phase == "Succeeded" and n.type == "Pod"})
        print(size, said.strip())
        said, told = run.start().communicate(timeout=120)
    assert said == "Succeeded\\n", (size, said, told)
    assert run.faults() == [], (size, run.faults())
    subprocess.run(["umount", "-l", str(run.state)], check=True)
print("whole")
"""


def unshared(*words: str) -> list[str]:
    """Return a command that may mount, or skip."""
    mine = ["unshare", *(("-m",) if os.geteuid() == 0 else ("-Urm",))]
    if not shutil.which("unshare") or subprocess.run([*mine, "true"], check=False).returncode:
        pytest.skip("this system lets nobody mount")
    return [*mine, *words]


def test_S02_a_full_disk_is_told_and_the_run_goes_on_when_there_is_space(tmp_path: Path) -> None:
    sizes = [64, 128, 256, 384, 512, 640, 768, 1024, 2048, 8192] if ALL else [96, 512]
    root = str(Path(__file__).parents[2])
    words = (sys.executable, "-c", STARVED, root, str(tmp_path), ",".join(map(str, sizes)))
    ended = subprocess.run(
        unshared(*words), capture_output=True, text=True, check=False, timeout=300
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert ended.stdout.endswith("whole\n")
    first = ended.stdout.splitlines()[0]
    assert "the disk is full" in first or "No space left" in first


def test_S02_runs_can_be_looked_at_and_removed_where_the_disk_is_full(tmp_path: Path) -> None:
    stored(tmp_path / "state", "old")
    (tmp_path / "state/runs/old/large").write_bytes(bytes(400_000))
    script = (
        'mkdir "$1" && mount -t tmpfs -o size=1m none "$1" && cp -r "$2" "$1"/state && '
        '{ head -c 9999999 /dev/zero > "$1"/fill; "$3" -c "$4" "$1"/state; }'
    )
    reader = (
        "import sys; from pathlib import Path; from argosy.engine import journal\n"
        "state = Path(sys.argv[1]); print([r.phase for r in journal.runs(state)])\n"
        "print(journal.load(state, 'old').nodes[0].phase)\n"
        "print(len(journal.clean(state, journal.Choice()).runs), journal.runs(state))"
    )
    words = (str(tmp_path / "disk"), str(tmp_path / "state"), sys.executable, reader)
    ended = subprocess.run(
        unshared("sh", "-c", script, "sh", *words), capture_output=True, text=True, check=False
    )
    assert ended.stdout == "['Succeeded']\nSucceeded\n1 []\n", ended.stderr


def test_S03_a_disk_that_is_read_only_is_told(tmp_path: Path) -> None:
    stored(tmp_path / "state", "old")
    chaos = Chaos(tmp_path / "c", 1, 1)
    script = 'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && shift && exec "$@"'
    driver = (str(tmp_path / "state"), *chaos.command(tmp_path / "state"))
    ended = subprocess.run(
        unshared("sh", "-c", script, "sh", *driver), capture_output=True, text=True, check=False
    )
    assert "Traceback" not in ended.stderr
    assert "ead-only file system" in ended.stdout or "readonly" in ended.stdout
    reader = "import sys; from pathlib import Path; from argosy.engine import journal\n"
    reader += "state = Path(sys.argv[1]); print([r.phase for r in journal.runs(state)])\n"
    reader += "print(journal.load(state, 'old').nodes[0].phase)"
    words = (str(tmp_path / "state"), sys.executable, "-c", reader, str(tmp_path / "state"))
    ended = subprocess.run(
        unshared("sh", "-c", script, "sh", *words), capture_output=True, text=True, check=False
    )
    assert ended.stdout == "['Succeeded']\nSucceeded\n", ended.stderr


@pytest.mark.parametrize("limit", [17, 18, 20, 24, 32])
def test_S03_too_few_open_files_are_told_or_enough(limit: int, tmp_path: Path) -> None:
    """With fewer than seventeen Python itself does not come as far as the engine."""
    chaos = Chaos(tmp_path / "c", 2, 2)
    bound = (limit, limit)
    engine = subprocess.Popen(
        chaos.command(chaos.state),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, bound),
    )
    said, told = engine.communicate(timeout=120)
    assert "Traceback" not in told, told
    if said != "Succeeded\n":
        assert "Too many open files" in said
        assert "ulimit" in said
        assert chaos.start().communicate(timeout=120)[0] == "Succeeded\n"
    assert chaos.faults() == []


def test_S03_the_lock_is_free_after_a_write_that_failed(tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs.db").mkdir()
    with pytest.raises(EngineError, match=r"runs\.db cannot be|runs\.db is damaged"):
        journal.create(tmp_path, Description("r", "u", "w", started=1.0))
    (tmp_path / "runs.db").rmdir()
    journal.create(tmp_path, Description("r", "u", "w", started=1.0)).close()


def test_S04_runs_side_by_side_do_not_meet(tmp_path: Path) -> None:
    several = [Chaos(tmp_path / f"c{number}", 2, 2) for number in range(4)]
    engines = [
        subprocess.Popen(each.command(tmp_path, f"r{n}"), stdout=subprocess.PIPE, text=True)
        for n, each in enumerate(several)
    ]
    assert [engine.communicate(timeout=120)[0] for engine in engines] == ["Succeeded\n"] * 4
    assert {line.phase for line in journal.runs(tmp_path)} == {"Succeeded"}
    assert sorted(line.name for line in journal.runs(tmp_path)) == ["r0", "r1", "r2", "r3"]
    assert all(count == 1 for each in several for count in each.counts().values())


def test_S05_the_kernel_says_who_lives_not_a_number_in_a_file(tmp_path: Path) -> None:
    with journal.create(tmp_path, Description("r", "u", "w", started=1.0)) as opened:
        (opened.folder / "lock").write_text("999999999\n")
        assert [line.phase for line in journal.runs(tmp_path)] == ["Running"]
    with sqlite3.connect(tmp_path / "runs/r/run.db") as record:
        record.execute("update sessions set pid = ?", (os.getpid(),))
    record.close()
    (tmp_path / "runs/r/lock").write_text(f"{os.getpid()}\n")
    assert [line.phase for line in journal.runs(tmp_path)] == ["Interrupted"]
    journal.reopen(tmp_path, "r").close()


def spoil_truncated(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def spoil_emptied(file: Path) -> None:
    os.truncate(file, 0)


def spoil_garbage(file: Path) -> None:
    file.write_bytes(random.Random(1).randbytes(file.stat().st_size))  # noqa: S311


def spoil_middle(file: Path) -> None:
    with file.open("r+b") as record:
        record.seek(4096)
        record.write(b"\xff" * (file.stat().st_size - 4096))


def spoil_newer(file: Path) -> None:
    with sqlite3.connect(file) as record:
        record.execute("pragma user_version = 99")
    record.close()


def spoil_content(file: Path) -> None:
    with sqlite3.connect(file) as record:
        record.execute('update nodes set content = \'{"name": 1, "artifacts": 7}\'')
        record.execute("update run set description = 'x'")
    record.close()


SPOILS = [spoil_truncated, spoil_emptied, spoil_garbage, spoil_middle, spoil_newer, spoil_content]


@pytest.mark.parametrize("spoil", SPOILS)
def test_S06_a_damaged_record_is_that_of_one_run(
    spoil: Callable[[Path], None], tmp_path: Path
) -> None:
    for number in range(3):
        stored(tmp_path, f"r{number}", started=100.0 + number)
    file = tmp_path / "runs/r1/run.db"
    spoil(file)
    before = file.read_bytes()
    for reading in (journal.load, journal.known, journal.reopen):
        with pytest.raises(Damaged, match=r"damaged|newer Argosy"):
            reading(tmp_path, "r1")
    with pytest.raises(EngineError, match="a run called `r1` exists"):
        journal.create(tmp_path, Description("r1", "u", "w", started=1.0))
    with pytest.raises(EngineError):
        journal.ask(tmp_path, "r1", journal.Request("stop"))
    assert file.read_bytes() == before
    found = {line.name: line.phase for line in journal.runs(tmp_path)}
    assert found == {"r0": "Succeeded", "r1": "Damaged", "r2": "Succeeded"}
    assert journal.load(tmp_path, "r0").phase == "Succeeded"
    journal.clean(tmp_path, journal.Choice(phases=("Damaged",)))
    assert [line.name for line in journal.runs(tmp_path)] == ["r2", "r0"]


@pytest.mark.parametrize("command", ["runs", "logs r1", "why r1 a", "report r1", "resume r1"])
def test_S06_every_command_tells_of_a_damaged_record(command: str, tmp_path: Path) -> None:
    (tmp_path / "argosy.yaml").write_text("apiVersion: argosy.dev/v1\nkind: Project\nname: t\n")
    for number in range(2):
        stored(tmp_path / ".argosy", f"r{number}")
    spoil_garbage(tmp_path / ".argosy/runs/r1/run.db")
    ended = subprocess.run(
        [sys.executable, "-m", "argosy", *command.split()],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    # the list still says Succeeded: a run that has ended well is not resumed
    assert ended.returncode in ((0,) if command == "runs" else (1, 2, 4))
    assert "Traceback" not in ended.stdout + ended.stderr
    assert command in ("runs", "resume r1") or "damaged" in ended.stderr.lower()


@pytest.mark.parametrize("spoil", SPOILS[:4])
def test_S06_a_damaged_list_is_made_anew(spoil: Callable[[Path], None], tmp_path: Path) -> None:
    for number in range(3):
        stored(tmp_path, f"r{number}", started=100.0 + number)
    spoil(tmp_path / "runs.db")
    for suffix in ("-wal", "-shm"):
        (tmp_path / f"runs.db{suffix}").unlink(missing_ok=True)
    assert [line.name for line in journal.runs(tmp_path)] == ["r2", "r1", "r0"]
    stored(tmp_path, "r3", started=104.0)
    assert [line.name for line in journal.runs(tmp_path)] == ["r3", "r2", "r1", "r0"]


def test_S06_the_list_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    stored(tmp_path, "r0")
    spoil_newer(tmp_path / "runs.db")
    with pytest.raises(Damaged, match="newer Argosy"):
        journal.runs(tmp_path)
    with pytest.raises(Damaged, match="newer Argosy"):
        stored(tmp_path, "r1")
    with sqlite3.connect(tmp_path / "runs.db") as found:
        assert found.execute("select name from runs").fetchall() == [("r0",)]
    found.close()


@pytest.mark.parametrize("tear", ["cut", "noise"])
def test_S07_a_torn_end_of_the_log_takes_only_itself(tear: str, tmp_path: Path) -> None:
    with journal.create(tmp_path / "a", Description("r", "u", "w", started=1.0)) as opened:
        lengths = []
        for name in "xyz":
            opened.record(Node(f"r.{name}", "t", "Pod", "Succeeded", "", 1.0, 2.0))
            opened.flush()
            lengths.append((opened.folder / "run.db-wal").stat().st_size)
        shutil.copytree(tmp_path / "a", tmp_path / "b")
    log = tmp_path / "b/runs/r/run.db-wal"
    if tear == "cut":
        os.truncate(log, lengths[2] - 100)
    else:
        log.write_bytes(log.read_bytes()[: lengths[1] + 30] + os.urandom(5000))
    (tmp_path / "b/runs/r/run.db-shm").unlink()
    found = journal.load(tmp_path / "b", "r")
    assert found.phase == "Interrupted"
    assert [node.name for node in found.nodes] == ["r.x", "r.y"]
    assert sorted(journal.known(tmp_path / "b", "r")) == ["r.x", "r.y"]


NAMES = [
    "with space",
    'quote\'s "double"',
    "new\nline",
    "émoji 🚀",
    "percent%20?#&",
    "x" * 250,
    os.fsdecode(b"\xff\xfe bytes"),
    "-dash",
    "$(touch gone)`id`;&",
]


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_S11_odd_folders_serve(name: str) -> None:
    short = Path("/tmp") / f"argosy-{os.getpid()}-{abs(hash(name)) % 10**6}"
    try:
        assert execute(short / name) == "Succeeded"
        (line,) = journal.runs(short / name / "state")
        nodes = journal.load(short / name / "state", line.name).nodes
        assert nodes[0].log is not None
        assert nodes[0].log.read_text() == "hello\n"
    finally:
        shutil.rmtree(short, ignore_errors=True)


def test_S11_a_link_to_the_project_serves(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    assert execute(tmp_path / "link") == "Succeeded"
    assert [line.phase for line in journal.runs(tmp_path / "real/state")] == ["Succeeded"]


def test_S11_a_path_that_is_too_long_is_refused_beforehand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for _ in range(16):
        os.mkdir("d" * 240)  # noqa: PTH102
        os.chdir("d" * 240)
    assert len(os.fsencode(os.getcwd())) > 3800  # noqa: PTH109
    with pytest.raises(EngineError, match="the path of the project is too long"):
        execute(Path())
    assert not Path("state").exists()


def test_S12_a_disk_without_locks_is_refused_with_the_reason(tmp_path: Path) -> None:
    chaos = Chaos(tmp_path / "c", 1, 1)
    said, told = chaos.start(ARGOSY_FAULT="lock:1:ENOLCK").communicate(timeout=60)
    assert "cannot be locked: No locks available" in said
    assert "local disk" in said
    assert "Traceback" not in told


def test_S12_a_lock_that_keeps_nobody_away_is_refused(tmp_path: Path) -> None:
    compiler = shutil.which("cc")
    if compiler is None or sys.platform != "linux":
        pytest.skip("needs a C compiler")
    (tmp_path / "no.c").write_text("int flock(int f, int o) { return 0; }\n")
    library = str(tmp_path / "no.so")
    subprocess.run([compiler, "-shared", "-fPIC", "-o", library, tmp_path / "no.c"], check=True)
    chaos = Chaos(tmp_path / "c", 1, 1)
    said, told = chaos.start(LD_PRELOAD=library).communicate(timeout=60)
    assert "has no effect on this disk" in said, said + told


@pytest.mark.parametrize("home", [None, "/nonexistent", "/proc"])
def test_S14_a_run_needs_no_home(home: str | None, tmp_path: Path) -> None:
    chaos = Chaos(tmp_path / "c", 1, 2)
    said, told = chaos.start(HOME=home or "").communicate(timeout=60)
    assert said == "Succeeded\n", told
    modes = [path.lstat().st_mode for path in (chaos.state / "runs", chaos.state / "runs/r")]
    assert [stat.S_IMODE(mode) & 0o077 for mode in modes] == [0, 0]


def test_S15_a_hundred_thousand_old_runs_cost_little(tmp_path: Path) -> None:
    stored(tmp_path, "first")
    rest = ("w", "dev", "", "Succeeded", "")
    rows = ((f"old-{n}", f"u{n}", *rest, n, n + 1) for n in range(100_000))
    with sqlite3.connect(tmp_path / "runs.db") as listed:
        listed.executemany("insert into runs values (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
    listed.close()
    since = time.monotonic()
    assert len(journal.runs(tmp_path)) == 100_001
    all_of_them = time.monotonic() - since
    assert len(journal.runs(tmp_path, 20)) == 20
    stored(tmp_path, "last", started=200_000.0)
    begun = time.monotonic() - since - all_of_them
    gone = journal.clean(tmp_path, journal.Choice(keep=10))
    assert len(gone.runs) == 99_992
    assert [line.name for line in journal.runs(tmp_path, 2)] == ["last", "old-99999"]
    print(f"list {all_of_them:.2f} s, begin {begun:.2f} s")  # noqa: T201
    assert all_of_them < 10
    assert begun < 1
