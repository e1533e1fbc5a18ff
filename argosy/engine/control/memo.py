"""`memoize`: what a step of the same key has put out before (Argo's controller/cache)."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from argosy.engine import disk
from argosy.engine.cachestore import CacheStore, Result, differing, parts
from argosy.engine.control import inputs, words
from argosy.engine.control.call import Job
from argosy.engine.failure import EngineError
from argosy.engine.nodes import Node
from compiler.record import replace

Data = Mapping[str, Any]
_NAMES = {"template": "its definition", "image": "its image"}
_KEY = re.compile(r"[a-zA-Z0-9][-a-zA-Z0-9_.]*")


class Memo:
    """The cache of one job: its name, the key, and from when on a result counts.

    `why` says after `found` why there is a result or none.
    """

    def __init__(
        self, store: CacheStore, cache: str, key: str, age: float, parts: Mapping[str, str]
    ) -> None:
        self._store, self._cache, self._key, self._age = store, cache, key, age
        self._parts = parts
        self.why = "the cache was not asked"

    def found(self, now: float, place: Path) -> Result | None:
        """Return what is remembered and not too old, its artifacts copied below `place`."""
        result = self._store.get(self._cache, self._key, now - self._age if self._age else 0.0)
        if result is None:
            self.why = self._missing()
            return None
        try:
            copied = {name: _copied(path, place / name) for name, path in result.artifacts.items()}
        except OSError as error:
            self.why = f"what the cache keeps cannot be copied: {error.strerror}"
            return None
        self.why = f"the result of run {result.run} is under the same key"
        return replace(result, artifacts=copied)

    def _missing(self) -> str:
        last = self._store.last(self._cache)
        if last is None:
            return "the cache keeps no result of it yet"
        changed = differing(self._parts, last.parts)
        if not changed:
            return f"what run {last.run} kept is too old, damaged or removed"
        names = ", ".join(_NAMES.get(name, name) for name in changed)
        return f"the cache has no result: since run {last.run} there is a change in {names}"

    def keep(self, run: str, node: Node, now: float) -> None:
        """Remember what a node has put out."""
        result = Result(
            run,
            node.name,
            now,
            dict(node.parameters),
            dict(node.artifacts),
            node.result,
            node.exit_code,
            self._parts,
        )
        if failed := self._store.put(self._cache, self._key, result):
            self.why += f"; its result was not kept: {failed}"


def _copied(source: Path, target: Path) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    disk.remove(target)
    disk.copy(source, target)
    return target


def memo(store: CacheStore, job: Job) -> Memo | None:
    """Return the cache of a job, None without one; raise `EngineError` for a key that cannot be."""
    declared: Data = inputs.replaced(job.body.get("memoize") or {}, job)
    if not declared:
        return None
    key = str(declared.get("key", ""))
    if not _KEY.fullmatch(key):
        raise EngineError(f"invalid cache key: {key}")
    age = 0.0
    if declared.get("maxAge"):
        try:
            age = words.go_duration(str(declared["maxAge"]))
        except EngineError as error:
            raise EngineError(f"invalid maxAge: {error}") from None
    place = (declared.get("cache") or {}).get("configMap") or {}
    given = {name: path for name, path in job.artifacts.items() if isinstance(path, Path)}
    return Memo(store, str(place.get("name", "")), key, age, parts(job.body, job.inputs, given))


def keep(found: Result, node: Node) -> None:
    """Give a node what is remembered."""
    node.parameters, node.artifacts = dict(found.parameters), dict(found.artifacts)
    node.result, node.exit_code, node.cached = found.result, found.exit_code, True
