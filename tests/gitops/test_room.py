"""V06: what a killed process leaves goes away, and what a living one works with does not."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gitops.room import room

WORKER = """
import sys, time
from pathlib import Path
from gitops.room import room
with room(Path(sys.argv[1])) as folder:
    print(folder, flush=True)
    time.sleep(600)
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@contextmanager
def worker(home: Path) -> Iterator[tuple["subprocess.Popen[str]", Path]]:
    """A process that works in a room."""
    command = [sys.executable, "-c", WORKER, str(home)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    try:
        yield process, Path(process.stdout.readline().strip())
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_V06_the_room_of_a_living_process_stays_however_old_it_is(home: Path) -> None:
    with worker(home) as (_, folder):
        os.utime(folder, (1, 1))
        with room(home) as other:
            assert folder.is_dir()
            assert other != folder
        assert sorted(home.iterdir()) == [folder]


def test_V06_the_room_of_a_killed_process_goes_at_once(home: Path) -> None:
    with worker(home) as (process, folder):
        (folder / "half").mkdir()
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert folder.is_dir()
        with room(home) as other:
            assert sorted(home.iterdir()) == [other]
    assert list(home.iterdir()) == []


def test_V06_a_room_that_is_just_being_made_is_let_be(home: Path) -> None:
    fresh, old = home / "fresh", home / "old"
    for folder in (fresh, old):
        folder.mkdir(parents=True)
    os.utime(old, (1, time.time() - 7200))
    with room(home):
        assert fresh.is_dir()
        assert not old.exists()


def test_V06_a_link_in_place_of_a_lock_is_not_followed(home: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    (home / "odd").mkdir(parents=True)
    elsewhere.write_text("mine")
    (home / "odd" / ".alive").symlink_to(elsewhere)
    with room(home):
        pass
    assert elsewhere.read_text() == "mine"
