"""The faults P04 to P15 of steps, seen by the runtime: each bears its number in its name."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from argosy.engine.failure import EngineError
from argosy.engine.runtime import descent
from argosy.engine.runtime.processes import LONGEST
from tests.engine.processes import PATIENCE, Bench, gone, wait_for, written

FLOOD = int(os.environ.get("ARGOSY_FLOOD", "200")) << 20
MEGABYTE = 1 << 20
linux = pytest.mark.skipif(sys.platform != "linux", reason="needs the subreaper of Linux")


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.runtime.close()


def test_P05_a_step_that_ignores_sigterm_is_killed_after_its_grace(bench: Bench) -> None:
    bench.start("a", "trap '' TERM; sleep 300 & echo $! > child; while :; do sleep 1; done")
    child = written(bench.folder / "child")
    bench.runtime.stop("a", 0.2)
    assert bench.end("a").code == 137
    wait_for(lambda: gone(child))


@linux
@pytest.mark.parametrize("wiped", ["", "env -i "])
def test_P06_a_daemonised_step_is_found_and_killed(bench: Bench, wiped: str) -> None:
    bench.start("a", f"({wiped}setsid sh -c 'echo $$ > daemon; exec sleep 300' &) ; exec sleep 300")
    daemon = written(bench.folder / "daemon")
    bench.runtime.stop("a", 0.0)
    assert bench.end("a").code == 137
    wait_for(lambda: gone(daemon))


@linux
def test_P06_the_daemon_of_one_step_ends_with_it_and_spares_another(bench: Bench) -> None:
    bench.start("b", "(setsid sh -c 'echo $$ > kept; exec sleep 300' &) ; exec sleep 300")
    kept = written(bench.folder / "kept")
    bench.start("a", "(setsid sh -c 'echo $$ > lost; exec sleep 300' &) ; sleep 0.2")
    lost = written(bench.folder / "lost")
    assert bench.end("a").code == 0
    wait_for(lambda: gone(lost))
    assert not gone(kept)
    bench.runtime.stop("b", 0.0)
    bench.end("b")
    wait_for(lambda: gone(kept))


def test_P07_a_thousand_children_end_with_their_step(bench: Bench) -> None:
    bench.start("a", "i=0; while [ $i -lt 1000 ]; do sleep 300 & i=$((i+1)); done; echo done")
    assert bench.end("a").code == 0
    assert not descent.marked(bench.mark.encode())


@linux
def test_P07_a_fork_bomb_stays_within_its_bound(bench: Bench) -> None:
    kinds = bench.runtime._bounds.kinds
    if "pids" not in kinds and os.geteuid() == 0:
        pytest.skip("no control group can be made here, and RLIMIT_NPROC does not bind root")
    bench.start("a", "b() { b | b & }; b; sleep 0.3; echo survived", pids=60)
    bench.start("b", "echo beside")
    assert bench.end("b").code == 0
    bench.end("a")
    assert b"ork" in bench.log("a").read_bytes()  # cannot fork
    wait_for(lambda: not descent.marked(bench.mark.encode()))


@linux
def test_P08_no_zombie_is_left_while_a_run_goes_on(bench: Bench) -> None:
    bench.start("b", "exec sleep 300")
    for number in range(10):
        bench.start(str(number), "(sleep 0.01 &) ; (sleep 0.02 &) ; exit 0")
        bench.end(str(number))
    wait_for(lambda: len(descent.children(bench.supervisor)) == 1)
    bench.runtime.close()
    wait_for(lambda: gone(bench.supervisor))


def test_P09_a_grandchild_that_keeps_the_output_is_not_waited_for(bench: Bench) -> None:
    bench.start("a", "setsid sleep 300 & echo printed")
    start = time.monotonic()
    assert bench.end("a").code == 0
    assert time.monotonic() - start < PATIENCE / 2
    assert bench.log("a").read_text() == "printed\n"


def test_P10_a_flood_costs_neither_memory_nor_speed(tmp_path: Path) -> None:
    bench = Bench(tmp_path, head=MEGABYTE, tail=4 * MEGABYTE)
    start = time.monotonic()
    try:
        bench.start("a", f"echo first; head -c {FLOOD} /dev/zero; echo last")
        ended = bench.end("a")
        took = time.monotonic() - start
        status = Path(f"/proc/{bench.supervisor}/status").read_text()
    finally:
        bench.runtime.close()
    log = bench.log("a").read_bytes()
    lost = FLOOD + 6 + 5 - 5 * MEGABYTE
    assert log.startswith(b"first\n")
    assert log.endswith(b"\0last\n")
    assert f"\n… {lost} bytes dropped …\n".encode() in log
    assert len(log) < 6 * MEGABYTE
    assert ended.note == f"{lost} bytes of its log dropped"
    assert int(status.partition("VmHWM:")[2].split()[0]) < 100 * 1024
    assert FLOOD / MEGABYTE / took > 15  # a tenth of what a quiet machine must do


def test_P11_a_log_holds_the_raw_bytes(bench: Bench) -> None:
    odd = b"\xff\x00\x1b[31mred\x1b[0m\rprogress\r\n" + b"x" * MEGABYTE + b"\xc3"
    (bench.folder / "odd").write_bytes(odd)
    bench.start("a", "cat odd", result=bench.folder / "result")
    bench.end("a")
    assert bench.log("a").read_bytes() == odd
    assert (bench.folder / "result").read_bytes() == odd[-262_144:]
    json.dumps(bench.end("a").note)


def test_P12_a_step_over_its_time_is_ended_whole(bench: Bench) -> None:
    bench.start("a", "sleep 300 & echo $! > child; trap '' TERM; sleep 300", timeout=0.5, grace=0.2)
    child = written(bench.folder / "child")
    ended = bench.end("a")
    assert (ended.code, ended.timed_out) == (137, True)
    wait_for(lambda: gone(child))


@pytest.mark.parametrize(
    ("script", "code", "note"),
    [
        ("kill -KILL $$", 137, "killed by SIGKILL, perhaps out of memory"),
        ("kill -SEGV $$", 139, "killed by SIGSEGV"),
        ("exit 137", 137, "killed by SIGKILL, perhaps out of memory"),
        ("exit 255", 255, ""),
        ("kill -TERM $$", 143, "killed by SIGTERM"),
    ],
)
def test_P13_the_signal_that_ended_a_step_is_named(
    script: str, code: int, note: str, bench: Bench
) -> None:
    bench.start("a", script)
    assert (bench.end("a").code, bench.end("a").note) == (code, note)


@linux
def test_P13_a_step_beyond_its_bound_of_memory_is_told_as_such(bench: Bench) -> None:
    if "memory" not in bench.runtime._bounds.kinds:
        pytest.skip("no control group for memory can be made here")
    eat = "x = b'a' * 200_000_000"
    bench.start("a", "", argv=(sys.executable, "-I", "-S", "-c", eat), memory=48 * MEGABYTE)
    ended = bench.end("a")
    assert (ended.code, ended.oom) == (137, True)


def test_P14_a_step_that_reads_its_input_is_at_its_end_at_once(bench: Bench) -> None:
    bench.start("a", "cat; read line; echo $?")
    assert bench.end("a").code == 0
    assert bench.log("a").read_text() == "1\n"


@pytest.mark.parametrize("place", ["deleted", "a file"])
def test_P18_a_working_folder_that_is_gone_is_a_plain_error(bench: Bench, place: str) -> None:
    folder = bench.folder / "gone"
    if place == "a file":
        folder.touch()
    bench.start("a", "true", folder=folder)
    bench.start("b", "true")
    assert bench.end("a").code == 64
    assert bench.end("a").note.startswith("cannot start: No")
    assert bench.end("b").code == 0


def test_P19_what_no_process_can_be_given_is_refused_before_it_starts(bench: Bench) -> None:
    bench.start("fits", 'echo "${#0}"', argv=("sh", "-c", 'echo "${#0}"', "x" * LONGEST))
    assert bench.end("fits").code == 0
    with pytest.raises(EngineError, match="has 131072 bytes; a process takes 131071 at most"):
        bench.start("a", "", argv=("echo", "x" * (LONGEST + 1)))
    with pytest.raises(EngineError, match="variable `BIG`"):
        bench.start("b", "true", env={"BIG": "x" * LONGEST})
    with pytest.raises(EngineError, match="NUL"):
        bench.start("c", "", argv=("echo", "a\0b"))


@linux
def test_P03_a_killed_supervisor_takes_the_steps_with_it(bench: Bench) -> None:
    bench.start("a", "(setsid sh -c 'echo $$ > daemon; exec sleep 300' &) ; exec sleep 300")
    daemon = written(bench.folder / "daemon")
    os.kill(bench.supervisor, signal.SIGKILL)
    with pytest.raises(EngineError, match="the supervisor of this run was killed"):
        bench.end("a")
    wait_for(lambda: gone(daemon) or _zombie(daemon))
    bench.runtime.close()


def test_P04_an_engine_that_sleeps_loses_no_end(bench: Bench) -> None:
    for number in range(200):
        bench.start(str(number), "head -c 1000 /dev/zero")
    bench.runtime.wait(0)
    time.sleep(0.5)  # as after SIGSTOP: nobody reads
    assert all(bench.end(str(number)).code == 0 for number in range(200))


def test_fifty_runs_side_by_side_do_not_meet(tmp_path: Path) -> None:
    count = int(os.environ.get("ARGOSY_SIDE_BY_SIDE", "6"))
    benches = []
    for number in range(count):
        (tmp_path / str(number)).mkdir()
        benches.append(Bench(tmp_path / str(number)))
        benches[-1].start("a", f"sleep 0.2; echo {number}")
    try:
        for number, bench in enumerate(benches):
            assert bench.end("a").code == 0
            assert bench.log("a").read_text() == f"{number}\n"
    finally:
        for bench in benches:
            bench.runtime.close()


def _zombie(pid: str) -> bool:
    shown = subprocess.run(["ps", "-o", "stat=", "-p", pid], capture_output=True, text=True)
    return shown.stdout.strip()[:1] in ("", "Z")
