"""What was read and judged before, by a digest of all that it depends on.

It lies in the user's cache folder, never in the project: a repository must not bring its own. A
memory that cannot be read or written is no mistake, only slow.
"""

import contextlib
import json
import os
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from argosy.cache.code import stamps

try:
    from _blake2 import blake2b  # `hashlib` loads OpenSSL, a twentieth of a start
except ImportError:
    from hashlib import blake2b

_MOST, _LARGEST = 1000, 1 << 20
_OWN = Path(__file__).parents[3]


def digest(asked: str) -> str:
    """Return what tells a question, answered by this very code, from every other."""
    found = blake2b(digest_size=20)
    for part in (_code(), asked):
        found.update(part.encode("utf-8", "surrogatepass") + b"\0")
    return found.hexdigest()


def recall(digest: str) -> list[Any] | None:
    """Return the list that was kept; None where there is none."""
    try:
        found = json.loads((_folder() / digest).read_bytes())
    except (OSError, ValueError):
        return None
    return found if isinstance(found, list) else None


def keep(digest: str, found: list[Any]) -> None:
    """Remember a list of plain data, unless it is large."""
    folder, text = _folder(), json.dumps(found)
    if len(text) > _LARGEST:
        return
    with contextlib.suppress(OSError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        partial = folder / f".{digest}.{os.getpid()}"
        partial.write_text(text, "utf-8")
        partial.replace(folder / digest)
        _forget(folder)


def _forget(folder: Path) -> None:
    """Drop the older half of what is more than is worth keeping."""
    with os.scandir(folder) as entries:
        known = sorted((entry.stat().st_mtime_ns, entry.path) for entry in entries)
    for _, path in known[: len(known) // 2] if len(known) > _MOST else ():
        Path(path).unlink(missing_ok=True)


@cache
def _code() -> str:
    return "\0".join((sys.version, *_files_of_code()))


def _files_of_code() -> Iterator[str]:
    """Yield the size and times of each file that reads or judges, since they may be worked on."""
    yield from stamps(*(_OWN / part for part in ("compiler", "schemas", "argosy/engine/manifests")))
    for place in map(Path, sys.path):
        if place.name in ("site-packages", "dist-packages") and place.is_dir():
            yield f"{place} {place.stat().st_mtime_ns}"


def _folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or str(Path("~").expanduser() / ".cache")
    return Path(base) / "argosy" / "admitted"
