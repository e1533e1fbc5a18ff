"""`memoize`: what a step of the same key has put out before (Argo's controller/cache)."""

import re
from collections.abc import Mapping
from typing import Any

from argosy.engine.cachestore import CacheStore, Result
from argosy.engine.control import inputs, words
from argosy.engine.control.call import Job
from argosy.engine.failure import EngineError
from argosy.engine.nodes import Node

Data = Mapping[str, Any]
_KEY = re.compile(r"[a-zA-Z0-9][-a-zA-Z0-9_.]*")


class Memo:
    """The cache of one job: its name, the key, and from when on a result counts."""

    def __init__(self, store: CacheStore, cache: str, key: str, age: float) -> None:
        self._store, self._cache, self._key, self._age = store, cache, key, age

    def found(self, now: float) -> Result | None:
        """Return what is remembered and not too old."""
        return self._store.get(self._cache, self._key, now - self._age if self._age else 0.0)

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
        )
        self._store.put(self._cache, self._key, result)


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
    return Memo(store, str(place.get("name", "")), key, age)


def keep(found: Result, node: Node) -> None:
    """Give a node what is remembered."""
    node.parameters, node.artifacts = dict(found.parameters), dict(found.artifacts)
    node.result, node.exit_code, node.cached = found.result, found.exit_code, True
