"""Publishers at once, and publishers that are killed: real processes, one repository."""

import os
import random
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gitops import lock
from gitops.outcome import Published, Superseded, Unchanged
from tests.gitops import processes

if TYPE_CHECKING:
    import subprocess

    from tests.gitops.conftest import Place

# `make race` sets them to 50, 3 and 200
_PUBLISHERS = int(os.environ.get("ARGOSY_PUBLISHERS", "6"))
_ROUNDS = int(os.environ.get("ARGOSY_ROUNDS", "2"))
_KILLS = int(os.environ.get("ARGOSY_KILLS", "6"))


def _hook(place: "Place", name: str, script: str) -> Path:
    hook = place.bare / "hooks" / name
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\n{script}\n")
    hook.chmod(0o755)
    return hook


def _log_moves(place: "Place") -> None:
    place.git("config", "core.logAllRefUpdates", "always", at=place.bare)


def _every_move_is_forward(place: "Place") -> int:
    """Read the server's own log of the branch; each entry must start where the last one ended."""
    lines = (place.bare / "logs/refs/heads/main").read_text().splitlines()
    moves = [line.split(" ")[:2] for line in lines]
    assert moves[0][0] == "0" * 40
    assert [old for old, _ in moves[1:]] == [new for _, new in moves[:-1]]
    for old, new in moves[1:]:
        assert place.git("rev-parse", f"{new}^", at=place.bare) == old
    return len(moves)


def test_V01_fifty_publishers_lose_and_double_nothing(place: "Place", url: str) -> None:
    _log_moves(place)
    names = [f"e{number}" for number in range(_PUBLISHERS)]
    began = time.monotonic()
    running = [
        processes.start(place, name, *(f"{name}-{n}" for n in range(_ROUNDS)), url=url)
        for name in names
    ]
    ended = [outcome for process in running for outcome in processes.end(process)]
    assert [kind for kind, *_ in ended] == ["Published"] * _PUBLISHERS * _ROUNDS
    assert len({commit for _, commit, _ in ended}) == _PUBLISHERS * _ROUNDS
    assert _every_move_is_forward(place) == _PUBLISHERS * _ROUNDS
    last = {name: place.at_tip(f"envs/{name}/a/one.yaml").decode() for name in names}
    assert last == {name: f"{name}-{_ROUNDS - 1}" for name in names}
    refs = place.git("for-each-ref", "--format=%(refname)", "refs/argosy", at=place.bare)
    assert len(refs.splitlines()) == _PUBLISHERS
    tries = [int(attempts) for *_, attempts in ended]
    took = time.monotonic() - began
    sys.stdout.write(f"{len(ended)} publishes in {took:.0f} s, at most {max(tries)} tries\n")


def test_V01_two_runs_of_one_environment_end_in_one_state(place: "Place") -> None:
    _log_moves(place)
    for _ in range(3):
        running = [processes.start(place, "dev", "same") for _ in range(2)]
        assert all(processes.end(process) for process in running)
    assert _every_move_is_forward(place) == 1
    assert place.git("rev-list", "--count", "main", at=place.bare) == "1"


def _checked_out(place: "Place", sha: str) -> Path:
    clone = place.root.parent / f"at-{sha[:10]}"
    place.git("clone", "--quiet", str(place.root), str(clone))
    place.git("checkout", "--quiet", sha, at=clone)
    return clone


def test_V02_of_runs_at_once_the_newest_source_wins(place: "Place", url: str) -> None:
    _log_moves(place)
    roots = [_checked_out(place, place.commit(f"s{number}").sha) for number in range(4)]
    running = [
        processes.start(place, "dev", f"from s{number}", root=root, url=url)
        for number, root in enumerate(roots)
    ]
    ended = [processes.end(process)[0][0] for process in running]
    assert ended[3] == "Published"
    assert set(ended) <= {"Published", "Superseded"}
    assert place.at_tip("envs/dev/a/one.yaml") == b"from s3"
    assert _every_move_is_forward(place) == ended.count("Published")


def test_V02_a_newer_run_without_a_commit_defeats_an_older_one_at_the_last_moment(
    place: "Place", tmp_path: Path
) -> None:
    """S3 renders like S1 and moves only its marker, while the push of S2 is on its way."""
    place.publish({"a/one.yaml": b"good", "a/two.yaml": b"two"}, project="")
    second = place.commit("s2")
    third = _checked_out(place, place.commit("s3: revert s2").sha)
    flag, script = tmp_path / "flag", tmp_path / "publisher.py"
    script.write_text(processes.PUBLISHER)
    _hook(
        place,
        "pre-receive",
        f"[ -e {flag} ] && exit 0\ntouch {flag}\nexec >{flag} 2>&1\n"
        f"{sys.executable} {script} {third} {place.bare} {place.state} dev good",
    )
    late = place.publish({"a/one.yaml": b"bad", "a/two.yaml": b"two"}, source=second, project="")
    assert flag.read_text().startswith("Unchanged ")
    assert isinstance(late, Superseded)
    assert place.at_tip("envs/dev/a/one.yaml") == b"good"


def _kill_once(began: Path, process: "subprocess.Popen[bytes]") -> None:
    processes.wait_for(began)
    process.kill()
    process.communicate()


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="reads /proc")
def test_V05_two_hundred_kills_leave_no_half_state(place: "Place") -> None:
    """At any moment, with and without the git processes; the server lives on."""
    chance = random.Random(int(os.environ.get("ARGOSY_SEED", "7")))  # noqa: S311 - repeatable
    place.publish(_generation(0), project="")
    began = time.monotonic()
    place.publish(_generation(1), project="", source=place.commit("1"))
    usual = time.monotonic() - began
    done = 0
    for number in range(2, _KILLS + 2):
        before = place.tip()
        source = place.commit(str(number))
        pid = os.fork()
        if pid == 0:
            with suppress(BaseException):
                place.publish(_generation(number), project="", source=source)
            os._exit(0)
        time.sleep(chance.uniform(0, 1.3 * usual))
        processes.kill(pid, alone=chance.random() < 0.5)
        found = _whole_state(place)
        done += place.tip() != before
        assert found <= number
        again = place.publish(_generation(number), project="", source=source)
        assert isinstance(again, Published | Unchanged)
        assert _whole_state(place) == number
    commits = place.git("rev-list", "--count", "main", at=place.bare)
    assert commits == str(_KILLS + 2)
    sys.stdout.write(f"{_KILLS} kills, {done} of them after the push\n")


def _generation(number: int) -> dict[str, bytes]:
    """Files of which each says, in its content or its name, to which publish it belongs."""
    same = {f"a/{name}.yaml": b"%d" % number for name in ("one", "two", "three")}
    return {**same, f"b/{number}.yaml": b"new", f"b/{number + 1}.yaml": b"stays for one more"}


def _whole_state(place: "Place") -> int:
    """Return the generation at the tip, after checking that all of it is of that one."""
    number = int(place.at_tip("envs/dev/a/one.yaml"))
    written = lock.read(place.at_tip("envs/dev/argosy.lock"))
    files = {path: place.at_tip(f"envs/dev/{path}") for path in written.files}
    assert files == _generation(number)
    assert written.verify(files) == ()
    marker = place.git("for-each-ref", "--format=%(objectname)", "refs/argosy", at=place.bare)
    assert marker == place.tip()
    return number


def test_V05_a_publisher_killed_before_the_push_leaves_no_trouble(
    place: "Place", tmp_path: Path
) -> None:
    place.publish()
    tip, began = place.tip(), tmp_path / "began"
    hook = _hook(place, "pre-receive", f"touch {began}\nsleep 3\nexit 1\n")
    _kill_once(began, processes.start(place, "dev", "killed"))
    hook.unlink()
    assert place.tip() == tip
    assert len(list(place.state.glob("publish/*"))) == 1
    done = place.publish({**place.files, "b.yaml": b"b\n"})
    assert isinstance(done, Published)
    assert done.attempts == 1


def test_V05_a_publisher_killed_after_the_push_is_found_done(
    place: "Place", tmp_path: Path
) -> None:
    began = tmp_path / "began"
    hook = _hook(place, "post-receive", f"touch {began}\nsleep 3\n")
    _kill_once(began, processes.start(place, "dev", "done"))
    hook.unlink()
    again = place.publish({"a/one.yaml": b"done", "a/two.yaml": b"two"}, project="")
    assert isinstance(again, Unchanged)
    assert place.git("rev-list", "--count", "main", at=place.bare) == "1"


def test_a_push_whose_reply_is_lost_counts_once(place: "Place", tmp_path: Path) -> None:
    """The server dies between moving the refs and saying so."""
    died = tmp_path / "died"
    _hook(
        place,
        "reference-transaction",
        f'[ "$1" = committed ] || exit 0\n[ -e {died} ] && exit 0\ntouch {died}\nkill -9 $PPID\n',
    )
    done = place.publish()
    assert died.exists()
    assert isinstance(done, Published)
    assert place.tip() == done.commit
    assert place.git("rev-list", "--count", "main", at=place.bare) == "1"


def test_leftovers_of_killed_publishers_go_away(place: "Place") -> None:
    old = place.state / "publish" / "old"
    (old / "objects.git").mkdir(parents=True)
    os.utime(old, (1, 1))
    place.publish()
    assert list(place.state.glob("publish/*")) == []
