"""Files into a folder that may hold others: all of them or none, and nothing overwritten.

A folder that does not exist appears whole, by one rename. Into one that does, staged files are
linked, which the kernel refuses where something is; the project file comes last, so that a folder
is a project only when it is complete. What a killed process left is taken back by the next one.
"""

import fcntl
import os
import shutil
import signal
import stat
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from argosy.failure import Failure
from compiler.record import record

_STAGE = ".argosy-init-"
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Occupied(Failure):
    """Files of others stand where ours would; nothing was written. `paths` are theirs."""

    exit_code = 1

    def __init__(self, paths: list[str]) -> None:
        hint = "move them away, or keep them as they are with `--keep`"
        there = (
            "1 file exists and differs"
            if len(paths) == 1
            else f"{len(paths)} files exist and differ"
        )
        super().__init__(f"{there}; nothing was written", hint)
        self.paths = paths


@record
class Placed:
    """Paths that were written, that were there and equal, and that differ and were kept."""

    written: tuple[str, ...]
    equal: tuple[str, ...]
    kept: tuple[str, ...]


def place(files: Mapping[str, bytes], root: Path, keep: frozenset[str] = frozenset()) -> Placed:
    """Write `files` below `root`; of those in `keep` one that exists and differs is left alone.

    Raise `Occupied` when another differs, `Failure` when the folder cannot be written.
    """
    try:
        fresh = not os.path.lexists(root)
        beside = root.parent if fresh else root
        beside.mkdir(parents=True, exist_ok=True)
        with _alone(beside):
            _take_back(beside)
            return _whole(files, root) if fresh else _among(files, root, keep)
    except OSError as error:
        where = error.filename2 or error.filename or root
        raise Failure(f"{where} cannot be written: {error.strerror}; nothing was changed") from None


def _whole(files: Mapping[str, bytes], root: Path) -> Placed:
    with _staged(files, root.parent) as stage:
        stage.chmod(0o755)
        os.rename(stage, root)  # noqa: PTH104 - fails if somebody put something there meanwhile
    return Placed(tuple(files), (), ())


def _among(files: Mapping[str, bytes], root: Path, keep: frozenset[str]) -> Placed:
    state = {path: _standing(root, path, content) for path, content in files.items()}
    kept = [path for path, found in state.items() if found == "differs" and path in keep]
    wrong = [path for path, found in state.items() if found == "differs" and path not in keep]
    if wrong:
        raise Occupied(wrong)
    missing = {path: files[path] for path, found in state.items() if found == "missing"}
    if missing:
        with _staged(missing, root) as stage:
            _link(stage, root, missing)
    equal = [path for path, found in state.items() if found == "equal"]
    return Placed(tuple(missing), tuple(equal), tuple(kept))


def _standing(root: Path, path: str, content: bytes) -> str:
    """Say what stands at `path`: `missing`, `equal`, or `differs`, as anything but a file does."""
    parts = Path(path).parts
    for depth in range(1, len(parts)):
        try:
            found = root.joinpath(*parts[:depth]).lstat()
        except FileNotFoundError:
            return "missing"
        if not stat.S_ISDIR(found.st_mode):
            return "differs"
    try:
        if not stat.S_ISREG((root / path).lstat().st_mode):
            return "differs"
        return "equal" if (root / path).read_bytes() == content else "differs"
    except FileNotFoundError:
        return "missing"


@contextmanager
def _staged(files: Mapping[str, bytes], beside: Path) -> Iterator[Path]:
    """Yield a folder in `beside` that holds `files`, and remove it afterwards."""
    stage = Path(tempfile.mkdtemp(prefix=_STAGE, dir=beside))
    try:
        for path, content in files.items():
            (stage / path).parent.mkdir(parents=True, exist_ok=True)
            (stage / path).write_bytes(content)
        yield stage
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _link(stage: Path, root: Path, paths: Mapping[str, bytes]) -> None:
    # Ctrl-C waits for the end of this
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    made: list[Path] = []
    try:
        for path in paths:
            made += _folders(root, path)
            os.link(stage / path, root / path)
    except OSError:
        _unlink(stage, root)
        for folder in reversed(made):
            with suppress(OSError):
                folder.rmdir()
        raise
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _folders(root: Path, path: str) -> Iterator[Path]:
    """Make the folders of `path` that are missing, and yield those that were."""
    for folder in reversed((root / path).parents):
        if folder.is_relative_to(root) and not folder.exists():
            folder.mkdir()
            yield folder


def _unlink(stage: Path, root: Path) -> None:
    """Take away each file below `root` that is one of `stage`."""
    for path in stage.rglob("*"):
        there = root / path.relative_to(stage)
        with suppress(OSError):
            if stat.S_ISREG(path.lstat().st_mode) and os.path.samestat(path.lstat(), there.lstat()):
                there.unlink()


def _take_back(beside: Path) -> None:
    """Undo what a killed process had begun here; the caller is alone in the folder."""
    for stage in beside.glob(f"{_STAGE}*"):
        _unlink(stage, beside)
        shutil.rmtree(stage, ignore_errors=True)


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    """Let one process at a time write the folder."""
    handle = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
