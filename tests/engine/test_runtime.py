"""The supervisor: processes started, their output kept, their end told."""

import os
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from argosy.engine.failure import EngineError
from tests.engine.processes import PATIENCE, Bench


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.runtime.close()


def test_a_process_gets_what_it_was_given(bench: Bench) -> None:
    bench.start("a", 'echo "$V $PWD"; echo wrong >&2; exit 3', env={"V": "ü $x"})
    ended = bench.end("a")
    assert (ended.code, ended.timed_out, ended.note) == (3, False, "")
    assert bench.log("a").read_text() == f"ü $x {bench.folder}\nwrong\n"
    assert ended.usage.cpu > 0
    assert ended.usage.memory > 1 << 20
    assert abs(ended.finished - time.time()) < PATIENCE


def test_a_result_is_standard_output_alone_and_its_end(bench: Bench) -> None:
    result = bench.folder / "result"
    bench.start("a", "head -c 900000 /dev/zero; echo wrong >&2; echo last", result=result)
    bench.end("a")
    assert result.stat().st_size == 262_144
    assert result.read_bytes().endswith(b"\0last\n")
    assert b"wrong\n" in bench.log("a").read_bytes()


def test_what_ends_at_once_is_told_for_each(bench: Bench) -> None:
    for number in range(50):
        bench.start(str(number), f"exit {number}")
    assert [bench.end(str(number)).code for number in range(50)] == list(range(50))


def test_a_command_that_is_not_there_is_told_in_the_words_of_argo(bench: Bench) -> None:
    said = 'failed to find name in PATH: exec: "nope": executable file not found in \\$PATH'
    with pytest.raises(EngineError, match=said):
        bench.start("a", "", argv=("nope",))
    bench.start("b", "", argv=("/nope/nope",))
    ended = bench.end("b")
    assert (ended.code, ended.note) == (64, "cannot start: No such file or directory: /nope/nope")


def test_a_signal_to_the_engine_ends_a_wait(bench: Bench) -> None:
    import signal

    before = signal.signal(signal.SIGUSR1, lambda *_: None)
    try:
        bench.start("a", f"kill -USR1 {os.getpid()}; sleep 300")
        start = time.monotonic()
        assert bench.runtime.wait(PATIENCE) == []
        assert time.monotonic() - start < PATIENCE / 2
    finally:
        signal.signal(signal.SIGUSR1, before)


def test_what_is_stopped_is_told_once_it_has_ended(bench: Bench) -> None:
    bench.start("a", "trap 'exit 7' TERM; while :; do sleep 0.1; done")
    bench.start("b", "exec sleep 300")
    bench.runtime.wait(0.5)
    bench.runtime.stop("a", PATIENCE)
    bench.runtime.stop("b", 0.0)
    bench.runtime.stop("unknown", 0.0)
    assert bench.end("a").code == 7
    assert (bench.end("b").code, bench.end("b").note) == (137, "killed by SIGKILL")


def test_a_process_inherits_its_three_descriptors_and_no_other(bench: Bench) -> None:
    script = "import os; print(len(os.listdir('/proc/self/fd')))"  # one more: the folder itself
    bench.start("a", "", argv=(sys.executable, "-I", "-c", script))
    bench.end("a")
    assert bench.log("a").read_text() == "4\n"


def test_a_thousand_steps_at_once_need_no_higher_bound_of_files(bench: Bench) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if 0 < hard < 1200:
        pytest.skip(f"{hard} files are all that may be open here")
    for number in range(700):
        bench.start(str(number), "", argv=("sleep", "300"))
    bench.start("bound", "ulimit -n")
    assert bench.end("bound").code == 0
    assert bench.log("bound").read_text() == f"{soft}\n"
    assert not bench.ended.keys() - {"bound"}
