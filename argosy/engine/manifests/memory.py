"""Verdicts that were given before, by a digest of all that they depend on.

They lie in the user's cache folder, never in the project: a repository must not bring its own. A
memory that cannot be read or written is no mistake, only slow.
"""

import contextlib
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

try:
    from _blake2 import blake2b  # `hashlib` loads OpenSSL, a twentieth of a start
except ImportError:
    from hashlib import blake2b

_MOST = 1000
_OWN = Path(__file__).parents[3]


def digest(asked: str) -> str:
    """Return what tells a question, answered by this very code, from every other."""
    found = blake2b(digest_size=20)
    for part in (sys.version, *_code(), asked):
        found.update(part.encode("utf-8", "surrogatepass") + b"\0")
    return found.hexdigest()


def recall(digest: str) -> list[str] | None:
    """Return the notes of a verdict that had nothing else to say; None of one that is not known."""
    try:
        found = json.loads((_folder() / digest).read_bytes())
    except (OSError, ValueError):
        return None
    right = isinstance(found, list) and all(isinstance(note, str) for note in found)
    return found if right else None


def keep(digest: str, notes: list[str]) -> None:
    """Remember such a verdict."""
    folder = _folder()
    with contextlib.suppress(OSError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        partial = folder / f".{digest}.{os.getpid()}"
        partial.write_text(json.dumps(notes), "utf-8")
        partial.replace(folder / digest)
        _forget(folder)


def _forget(folder: Path) -> None:
    """Drop the older half of what is more than is worth keeping."""
    with os.scandir(folder) as entries:
        known = sorted((entry.stat().st_mtime_ns, entry.path) for entry in entries)
    for _, path in known[: len(known) // 2] if len(known) > _MOST else ():
        Path(path).unlink(missing_ok=True)


def _code() -> Iterator[str]:
    """Yield the size and times of each file that judges, since they may be worked on."""
    for part in ("compiler", "schemas", "argosy/engine/manifests"):
        yield from sorted(_files(_OWN / part))
    for place in map(Path, sys.path):
        if place.name in ("site-packages", "dist-packages") and place.is_dir():
            yield f"{place} {place.stat().st_mtime_ns}"


def _files(folder: Path | str) -> Iterator[str]:
    with contextlib.suppress(FileNotFoundError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                if entry.name != "__pycache__":
                    yield from _files(entry.path)
            else:
                found = entry.stat()
                yield f"{entry.path} {found.st_size} {found.st_mtime_ns} {found.st_ctime_ns}"


def _folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or str(Path("~").expanduser() / ".cache")
    return Path(base) / "argosy" / "admitted"
