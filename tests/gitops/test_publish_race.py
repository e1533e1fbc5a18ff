"""Publishers at once, and publishers that are killed: real processes, one repository."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from gitops.outcome import Published, Superseded, Unchanged

if TYPE_CHECKING:
    from tests.gitops.conftest import Place

_PUBLISHER = """
import sys
from pathlib import Path
from compiler.tree import RenderedTree
from gitops.publish import publish
from gitops.source import read_source
from gitops.target import Target

root, bare, state, environment, content = sys.argv[1:]
target = Target(bare, "main", f"envs/{environment}", environment)
tree = RenderedTree({"a/one.yaml": content.encode(), "a/two.yaml": b"two"})
done = publish(target, tree, read_source(Path(root)), state=Path(state), deadline=50)
print(type(done).__name__, done.commit)
"""


def _start(place: "Place", environment: str, content: str) -> "subprocess.Popen[bytes]":
    arguments = [str(place.root), str(place.bare), str(place.state), environment, content]
    command = [sys.executable, "-c", _PUBLISHER, *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def _kill_once(began: Path, process: "subprocess.Popen[bytes]") -> None:
    while not began.exists():
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.communicate()


def _end(process: "subprocess.Popen[bytes]") -> str:
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err.decode()
    return out.decode()


def _hook(place: "Place", name: str, script: str) -> Path:
    hook = place.bare / "hooks" / name
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\n{script}\n")
    hook.chmod(0o755)
    return hook


def _refuse_rewrites(place: "Place") -> None:
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


def test_eight_environments_at_once_lose_nothing(place: "Place") -> None:
    _refuse_rewrites(place)
    names = [f"e{number}" for number in range(8)]
    running = [_start(place, name, name) for name in names]
    commits = {_end(process).split()[1] for process in running}
    assert len(commits) == 8
    assert {name: place.at_tip(f"envs/{name}/a/one.yaml").decode() for name in names} == {
        name: name for name in names
    }
    assert _every_move_is_forward(place) == 8
    refs = place.git("for-each-ref", "--format=%(refname)", "refs/argosy", at=place.bare)
    assert len(refs.splitlines()) == 8


def test_two_runs_of_one_environment_end_in_one_state(place: "Place") -> None:
    _refuse_rewrites(place)
    for _ in range(3):
        running = [_start(place, "dev", "same") for _ in range(2)]
        assert all(_end(process) for process in running)
    assert _every_move_is_forward(place) == 1
    assert place.git("rev-list", "--count", "main", at=place.bare) == "1"


def _checked_out(place: "Place", sha: str) -> Path:
    clone = place.root.parent / f"at-{sha[:10]}"
    place.git("clone", "--quiet", str(place.root), str(clone))
    place.git("checkout", "--quiet", sha, at=clone)
    return clone


def test_of_runs_at_once_the_newest_source_wins(place: "Place") -> None:
    _refuse_rewrites(place)
    roots = [_checked_out(place, place.commit(f"s{number}").sha) for number in range(4)]
    arguments = [str(place.bare), str(place.state), "dev"]
    running = [
        subprocess.Popen(
            [sys.executable, "-c", _PUBLISHER, str(root), *arguments, f"from s{number}"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for number, root in enumerate(roots)
    ]
    ended = [_end(process).split()[0] for process in running]
    assert ended[3] == "Published"
    assert set(ended) <= {"Published", "Superseded"}
    assert place.at_tip("envs/dev/a/one.yaml") == b"from s3"
    assert _every_move_is_forward(place) == ended.count("Published")


def test_a_newer_run_without_a_commit_defeats_an_older_one_at_the_last_moment(
    place: "Place", tmp_path: Path
) -> None:
    """S3 renders like S1 and moves only its marker, while the push of S2 is on its way."""
    place.publish({"a/one.yaml": b"good", "a/two.yaml": b"two"}, project="")
    second = place.commit("s2")
    third = _checked_out(place, place.commit("s3: revert s2").sha)
    flag, script = tmp_path / "flag", tmp_path / "publisher.py"
    script.write_text(_PUBLISHER)
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


def test_a_publisher_killed_before_the_push_leaves_no_trouble(
    place: "Place", tmp_path: Path
) -> None:
    place.publish()
    tip, began = place.tip(), tmp_path / "began"
    hook = _hook(place, "pre-receive", f"touch {began}\nsleep 3\nexit 1\n")
    _kill_once(began, _start(place, "dev", "killed"))
    hook.unlink()
    assert place.tip() == tip
    assert len(list(place.state.glob("publish/*"))) == 1
    done = place.publish({**place.files, "b.yaml": b"b\n"})
    assert isinstance(done, Published)
    assert done.attempts == 1


def test_a_publisher_killed_after_the_push_is_found_done(place: "Place", tmp_path: Path) -> None:
    began = tmp_path / "began"
    hook = _hook(place, "post-receive", f"touch {began}\nsleep 3\n")
    _kill_once(began, _start(place, "dev", "done"))
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
