"""Bounds for the tree of processes of a step: a control group where this user may make one.

Both versions of control groups serve. Without a writable one, RLIMIT_NPROC bounds the processes of
a user other than root, all of theirs together; memory is then not bounded.
"""

import contextlib
import os
import time
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path

from argosy.engine.failure import EngineError
from argosy.engine.runtime.launch import Launch
from compiler.record import replace

_MOUNT = Path("/sys/fs/cgroup")
_ENTER = 'for each in $1; do echo $$ >"$each/cgroup.procs" || exit 64; done; shift; exec "$@"'
_FILES = {  # the files of a bound in version 2 and in version 1
    "pids": ("pids.max", "pids.max"),
    "memory": ("memory.max", "memory.limit_in_bytes"),
}
_EVENTS = ("memory.events", "memory.oom_control")


class Bounds:
    """Makes and removes the control groups of a run; `mark` names them."""

    def __init__(self, mark: str) -> None:
        self._mark, self._count = mark, 0
        self._groups: dict[str, list[Path]] = {}

    @cached_property
    def kinds(self) -> Mapping[str, Path]:
        """What can be bounded by control groups here, of `pids` and `memory`: below which one."""
        return dict(_writable())

    def bound(self, launch: Launch) -> Launch:
        """Return the launch in a group that has its bounds, or as near to it as can be had."""
        asked = {"pids": launch.pids, "memory": launch.memory}
        wanted = {kind: most for kind, most in asked.items() if most}
        if not wanted:
            return launch
        groups = [self._group(kind, most) for kind, most in wanted.items() if kind in self.kinds]
        self._groups[launch.key] = groups
        argv = launch.argv
        if groups:
            listed = " ".join(dict.fromkeys(map(str, groups)))
            argv = ("/bin/sh", "-c", _ENTER, "bounds", listed, *argv)
        if launch.pids and "pids" not in self.kinds and os.geteuid() and (limiter := _limiter()):
            argv = (limiter, f"--nproc={launch.pids + _processes_of_user()}", *argv)
        return replace(launch, argv=argv)

    def release(self, key: str) -> bool:
        """Remove the groups of a launch that has ended; return whether its memory ran out."""
        groups = self._groups.pop(key, [])
        ran_out = any(_ran_out(group) for group in groups)
        for group in groups:
            _remove(group)
        return ran_out

    def _group(self, kind: str, most: int) -> Path:
        self._count += 1
        group = self.kinds[kind] / f"argosy-{self._mark}-{self._count}"
        try:
            group.mkdir()
            name = next(name for name in _FILES[kind] if (group / name).exists())
            (group / name).write_text(str(most))
        except OSError as error:
            raise EngineError(f"control group {group} cannot be made: {error.strerror}") from None
        with contextlib.suppress(OSError):  # swap would only make the end slower
            (group / "memory.swap.max").write_text("0")
        return group


def _limiter() -> str | None:
    import shutil

    return shutil.which("prlimit")


def _writable() -> Iterator[tuple[str, Path]]:
    """Yield each kind of bound and the group below which this process may make others."""
    try:
        lines = Path("/proc/self/cgroup").read_text("utf-8").splitlines()
    except OSError:
        return
    own = {names: path for line in lines for _, names, path in [line.split(":", 2)]}
    for kind in _FILES:
        unified = _MOUNT / own.get("", "/").lstrip("/")
        single = _MOUNT / kind / own.get(kind, "/").lstrip("/")
        for place in (unified, single):
            if _offers(place, kind):
                yield kind, place
                break


def _offers(place: Path, kind: str) -> bool:
    """Whether a group made at `place` has the bound: tried, since no file tells it."""
    trial = place / f"argosy-trial-{os.getpid()}"
    try:
        trial.mkdir()
    except OSError:
        return False
    try:
        return any(os.access(trial / name, os.W_OK) for name in _FILES[kind])
    finally:
        _remove(trial)


def _ran_out(group: Path) -> bool:
    for name in _EVENTS:
        with contextlib.suppress(OSError):
            words = (group / name).read_text("utf-8").split()
            if "oom_kill" in words:
                return words[words.index("oom_kill") + 1] != "0"
    return False


def _remove(group: Path) -> None:
    for _ in range(50):
        try:
            group.rmdir()
        except FileNotFoundError:
            return
        except OSError:
            time.sleep(0.01)  # the kernel is not done with its last process
        else:
            return


def _processes_of_user() -> int:
    found = 0
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and entry.stat().st_uid == os.getuid():
                found += len(list((entry / "task").iterdir()))
    return found
