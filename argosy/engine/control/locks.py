"""`synchronization`: mutexes and semaphores, within one run."""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from argosy.engine.control import words
from argosy.engine.failure import EngineError

Data = Mapping[str, Any]


@dataclass
class Lock:
    """A lock that `limit` may hold: who holds it, and who waits, in the order of their coming."""

    name: str
    limit: int
    holders: list[str] = field(default_factory=list)
    waiting: deque[str] = field(default_factory=deque)

    @property
    def wait(self) -> str:
        """What the controller says to who waits."""
        free = self.limit - len(self.holders)
        return f"Waiting for {self.name} lock. Lock status: {free}/{self.limit}"


class Locks:
    """All locks of a run; each node takes all of its locks at once, or none."""

    def __init__(self, namespace: str, maps: Mapping[str, Data]) -> None:
        self._namespace, self._maps = namespace, maps
        self._locks: dict[str, Lock] = {}
        self._wanted: dict[str, tuple[list[Lock], Callable[[], None]]] = {}
        self._held: dict[str, list[Lock]] = {}

    def take(self, holder: str, declared: Data, begin: Callable[[], None]) -> str:
        """Call `begin` with all locks held, now or later; return what is waited for, if anything.

        Raise `EngineError` for a semaphore that is not declared.
        """
        locks = [self._lock(*each) for each in self._names(declared)]
        for lock in locks:
            lock.waiting.append(holder)
        self._wanted[holder] = (locks, begin)
        self._grant()
        return next((lock.wait for lock in locks if holder in self._wanted), "")

    def leave(self, holder: str) -> None:
        """Let go of what `holder` has or waits for."""
        held = self._held.pop(holder, [])
        for lock in held:
            lock.holders.remove(holder)
        for lock in self._wanted.pop(holder, ([], None))[0]:
            lock.waiting.remove(holder)
        if held:
            self._grant()

    def _grant(self) -> None:
        for holder, (locks, begin) in list(self._wanted.items()):
            if all(len(lock.holders) < lock.limit for lock in locks):
                del self._wanted[holder]
                for lock in locks:
                    lock.waiting.remove(holder)
                    lock.holders.append(holder)
                self._held[holder] = locks
                begin()

    def _lock(self, name: str, limit: int) -> Lock:
        return self._locks.setdefault(name, Lock(name, limit))

    def _names(self, declared: Data) -> list[tuple[str, int]]:
        mutexes = [*([declared["mutex"]] if declared.get("mutex") else [])]
        mutexes += declared.get("mutexes") or []
        found = [(self._within(each, "Mutex", each.get("name", "")), 1) for each in mutexes]
        semaphores = [*([declared["semaphore"]] if declared.get("semaphore") else [])]
        semaphores += declared.get("semaphores") or []
        return found + [self._semaphore(each) for each in semaphores]

    def _within(self, lock: Data, kind: str, name: str) -> str:
        return f"{lock.get('namespace') or self._namespace}/{kind}/{name}"

    def _semaphore(self, declared: Data) -> tuple[str, int]:
        reference = declared.get("configMapKeyRef") or {}
        name, key = reference.get("name", ""), reference.get("key", "")
        full = self._within(declared, "ConfigMap", f"{name}/{key}")
        data = (self._maps.get(name) or {}).get("data") or {}
        try:
            return full, int(data[key])
        except (KeyError, ValueError):
            said = f"failed to initialize semaphore {full} with limit"
            raise EngineError(f"Failed to acquire the synchronization lock. {said}") from None


def declared(body: Data, scope: Mapping[str, Any]) -> Data:
    """Return the `synchronization` of a template with its tags replaced."""
    found: Data = words.substitute(body.get("synchronization") or {}, scope)
    return found
