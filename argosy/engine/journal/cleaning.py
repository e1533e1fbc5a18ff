"""Removing runs that nobody needs: whole folders, never one that an engine works on."""

import contextlib
import os
import stat
import time
from collections.abc import Collection
from pathlib import Path

from argosy.engine import disk, fingerprint
from argosy.engine.journal import index, lock, runfile
from argosy.engine.journal.descriptions import RunSummary
from argosy.engine.journal.reading import runs
from compiler.record import record

_DOOMED = ".removed-"
_ABANDONED = 600.0  # seconds; a run that begins has its record much sooner


@record
class Choice:
    """Which runs go: those of `phases` (default: any) that began before `before`, all but `keep`.

    `before` is in seconds since the epoch, `keep` counts the newest that would go otherwise.
    """

    before: float | None = None
    keep: int = 0
    phases: Collection[str] = ()


@record
class Cleaned:
    """The runs that went, or would go, and how many bytes of files they hold."""

    runs: tuple[RunSummary, ...]
    size: int


def clean(folder: Path, choice: Choice, *, dry: bool = False) -> Cleaned:
    """Remove runs of state folder `folder`; with `dry` only say which.

    What was left half made or half removed goes as well. Raise `EngineError` when a folder cannot
    be removed; those before it are gone then.
    """
    chosen = [run for run in runs(folder) if _matches(run, choice)][choice.keep :]
    gone, size = list[RunSummary](), 0
    for run in chosen:
        place = folder / "runs" / run.name
        held = _size(place)
        if dry or _removed(folder, place):
            gone.append(run)
            size += held
    if not dry:
        index.remove(folder, [run.name for run in gone]) if gone else None
        _sweep(folder)
    return Cleaned(tuple(gone), size)


def _matches(run: RunSummary, choice: Choice) -> bool:
    old = choice.before is None or run.started < choice.before
    return run.phase != "Running" and old and (not choice.phases or run.phase in choice.phases)


def _removed(folder: Path, place: Path) -> bool:
    """Remove a run unless an engine has taken it up; it is out of sight at once."""
    if not place.is_dir():
        return True
    held = lock.take(place / runfile.LOCK)
    if held is None:
        return False
    doomed = folder / "runs" / f"{_DOOMED}{os.urandom(8).hex()}"
    try:
        place.rename(doomed)
        disk.remove(doomed)
    except OSError as error:
        raise disk.failure(place, error, "removed") from None
    finally:
        held.close()
    return True


def _sweep(folder: Path) -> None:
    """Remove what an earlier removal, or a run that ended before it began, has left."""
    for entry in os.scandir(folder / "runs") if (folder / "runs").is_dir() else ():
        place = Path(entry)
        if entry.name.startswith(_DOOMED):
            disk.remove(place)
        elif entry.is_dir() and runfile.unborn(place) and _old(entry.stat().st_mtime):
            _removed(folder, place)


def _old(at: float) -> bool:
    return at < time.time() - _ABANDONED


def _size(place: Path) -> int:
    with contextlib.suppress(OSError):
        return sum(s.st_size for _, s in fingerprint.entries(place) if stat.S_ISREG(s.st_mode))
    return 0
