"""Results of steps kept for later runs: what Argo's `memoize` keeps in a ConfigMap.

Which steps are kept, under which key and for how long, the manifests say, as on a cluster; this
store adds that nothing is believed unless its digest still fits. Results are small files, artifacts
are objects named after their content. A run copies what it takes, so that any part of the store may
be removed at any time.
"""

import contextlib
import json
import os
import stat
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from argosy.engine import disk, fingerprint
from compiler.record import as_data, field, record, replace

_ABANDONED = 24 * 3600.0  # seconds after which nobody is about to finish what is half there


@record
class Result:
    """What a step put out: `created` in seconds since the epoch, by node `node` of run `run`.

    `parts` are digests of what the result follows from, by name, for telling why there is no hit.
    """

    run: str
    node: str
    created: float
    parameters: Mapping[str, str] = field(default_factory=dict)
    artifacts: Mapping[str, Path] = field(default_factory=dict)
    result: str | None = None
    exit_code: int | None = None
    parts: Mapping[str, str] = field(default_factory=dict)


class CacheStore:
    """The store in folder `folder`; any number of processes may use it at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def get(self, cache: str, key: str, not_before: float = 0.0) -> Result | None:
        """Return the result under `key` of `cache` unless it is older than `not_before`.

        None too when a file of it is missing, or is not what was put in. The artifacts are paths
        in the store: to be copied, not changed.
        """
        file = self._file(cache, key)
        found = _read(file)
        if found is None or found.created < not_before:
            return None
        placed = {name: self._object(str(digest)) for name, digest in found.artifacts.items()}
        if not all(_holds(path) for path in placed.values()):
            return None
        with contextlib.suppress(OSError):
            os.utime(file)
        return replace(found, artifacts=placed)

    def put(self, cache: str, key: str, result: Result) -> str:
        """Keep a result; return why it could not be kept, nothing when it is.

        Of two that put under one key the later one stays; both are whole.
        """
        file = self._file(cache, key)
        try:
            disk.make(file.parent)
            kept = {name: self._keep(path) for name, path in result.artifacts.items()}
            disk.write(file, _packed(replace(result, artifacts=kept)))
        except OSError as error:
            failed = disk.failure(file, error)
            return failed.message
        return ""

    def last(self, cache: str) -> Result | None:
        """Return what was put last under any key of `cache`; its artifacts are left out."""
        try:
            files = sorted(self._place(cache).glob("*.json"), key=lambda file: file.stat().st_mtime)
        except OSError:
            return None
        found = [result for result in map(_read, files) if result]
        newest = max(found, key=lambda result: result.created, default=None)
        return newest and replace(newest, artifacts={})

    def evict(
        self, *, size: int | None = None, before: float | None = None, dry: bool = False
    ) -> int:
        """Remove results last used before `before`, then the longest unused beyond `size` bytes.

        Return how many bytes of artifacts are freed; with `dry` nothing is removed.
        """
        entries = sorted(
            (_used(file), file, _digests(file)) for file in self.folder.glob("entries/*/*.json")
        )
        sizes = {path.name: _size(path) for path in self.folder.glob("objects/*/*")}
        kept, dropped = set[str](), set[str]()
        for used, file, digests in reversed(entries):
            wanted = kept | digests
            full = size is not None and sum(sizes.get(each, 0) for each in wanted) > size
            if full or (before is not None and used < before):
                dropped |= digests
                if not dry:
                    file.unlink(missing_ok=True)
            else:
                kept = wanted
        return self._forget(kept, dropped - kept, sizes, dry)

    def _forget(
        self, kept: set[str], dropped: set[str], sizes: Mapping[str, int], dry: bool
    ) -> int:
        """Remove the objects that were dropped, and those that nothing refers to for long."""
        recent, freed = time.time() - _ABANDONED, 0
        for path in self.folder.glob("objects/*/*"):
            if path.name in kept or (path.name not in dropped and _used(path) > recent):
                continue
            freed += sizes.get(path.name, 0)
            if not dry:
                disk.remove(path)
        return freed

    def _keep(self, path: Path) -> str:
        """Put an artifact in, unless it is there; return its digest."""
        digest = fingerprint.take(path, limit=1 << 62).digest
        target = self._object(digest)
        if _holds(target):
            return digest
        disk.make(target.parent)
        partial = target.with_name(f".{os.urandom(8).hex()}.partial")
        try:
            disk.copy(path, partial, sealed=True)
            _install(partial, target)
        except OSError:
            if not _holds(target):
                raise
        finally:
            disk.remove(partial)
        return digest

    def _place(self, cache: str) -> Path:
        return self.folder / "entries" / _name(cache)

    def _file(self, cache: str, key: str) -> Path:
        return self._place(cache) / f"{_name(key)}.json"

    def _object(self, digest: str) -> Path:
        return self.folder / "objects" / digest[:2] / digest


def differing(parts: Mapping[str, str], others: Mapping[str, str]) -> tuple[str, ...]:
    """Return the names of the parts in which two results differ, sorted."""
    return tuple(sorted(n for n in {*parts, *others} if parts.get(n) != others.get(n)))


def parts(
    template: Mapping[str, Any], parameters: Mapping[str, str], artifacts: Mapping[str, Path]
) -> dict[str, str]:
    """Return digests of what the result of a step follows from, by name.

    `template` is the manifest of the step before any value is put in; a compiled one names its code
    by content.
    """
    container = template.get("container") or template.get("script") or {}
    found = {"template": _digest(template), "image": str(container.get("image", ""))}
    found |= {f"parameter {name}": _digest(value) for name, value in parameters.items()}
    for name, path in artifacts.items():
        with contextlib.suppress(OSError):
            found[f"artifact {name}"] = fingerprint.take(path).digest
    return found


def _digest(value: object) -> str:
    return _name(json.dumps(value, sort_keys=True, default=str))


def _name(text: str) -> str:
    import hashlib

    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _packed(result: Result) -> bytes:
    body = json.dumps(as_data(result), sort_keys=True)
    return f"{_name(body)}\n{body}\n".encode()


def _read(file: Path) -> Result | None:
    """Return the result in a file; None of one that is torn, changed or not ours."""
    try:
        if file.stat().st_uid != os.geteuid():
            return None
        check, _, body = file.read_bytes().decode("ascii").partition("\n")
        return Result(**json.loads(body)) if check == _name(body.removesuffix("\n")) else None
    except (OSError, ValueError, TypeError):
        return None


def _digests(file: Path) -> set[str]:
    found = _read(file)
    return {str(digest) for digest in found.artifacts.values()} if found else set()


def _holds(path: Path) -> bool:
    """Whether an object is there, ours and what its name says."""
    try:
        ours = path.lstat().st_uid == os.geteuid()
        return ours and fingerprint.take(path, limit=1 << 62).digest == path.name
    except OSError:
        return False


def _install(fresh: Path, target: Path) -> None:
    """Put an object in its place, where readers never miss one that is whole."""
    try:
        os.rename(fresh, target)  # noqa: PTH104 - a file replaces its equal
    except OSError:
        # a folder is there: another writer's, which stays, or a damaged one
        if not _holds(target):
            disk.remove(target)
            os.rename(fresh, target)  # noqa: PTH104


def _used(path: Path) -> float:
    with contextlib.suppress(OSError):
        return path.lstat().st_mtime
    return 0.0


def _size(path: Path) -> int:
    with contextlib.suppress(OSError):
        return sum(found.st_size for _, found in fingerprint.entries(path) if _is_file(found))
    return 0


def _is_file(found: os.stat_result) -> bool:
    return stat.S_ISREG(found.st_mode)
