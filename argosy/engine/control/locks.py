"""`synchronization`: mutexes and semaphores, within a run and between the runs of one machine.

Each place in a lock is a file that the kernel locks, so that a run which dies lets go of it.
"""

from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from argosy.engine.control import words
from argosy.engine.disk import make
from argosy.engine.failure import EngineError
from argosy.engine.journal import lock as files
from compiler.record import field, mutable

Data = Mapping[str, Any]
_AGAIN = 0.25  # seconds after which a lock that another run has is tried again


@mutable
class Lock:
    """A lock that `limit` may hold: who holds it, and who waits, in the order of their coming.

    `full` says that other runs have what is left of it.
    """

    name: str
    limit: int
    holders: list[str] = field(default_factory=list)
    waiting: deque[str] = field(default_factory=deque)
    full: bool = False

    @property
    def wait(self) -> str:
        """What the controller says to who waits."""
        free = 0 if self.full else self.limit - len(self.holders)
        return f"Waiting for {self.name} lock. Lock status: {free}/{self.limit}"


class Locks:
    """All locks of a run; each node takes all of its locks at once, or none.

    `folder` is that of all runs; `later` calls back after some seconds.
    """

    def __init__(
        self,
        namespace: str,
        maps: Mapping[str, Data],
        folder: Path,
        later: Callable[[float, Callable[[], None]], None],
    ) -> None:
        self._namespace, self._maps = namespace, maps
        self._folder, self._later, self._looking = folder, later, False
        self._places: dict[str, list[files.Lock]] = {}
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
        for place in self._places.pop(holder, ()):
            place.close()
        for lock in held:
            lock.holders.remove(holder)
        for lock in self._wanted.pop(holder, ([], None))[0]:
            lock.waiting.remove(holder)
        if held:
            self._grant()

    def close(self) -> None:
        """Let go of everything, as the run is over."""
        for places in self._places.values():
            for place in places:
                place.close()
        self._places.clear()

    def abandon(self) -> None:
        """Let everyone who waits begin, to find that it is over."""
        for holder, (locks, begin) in list(self._wanted.items()):
            del self._wanted[holder]
            for lock in locks:
                lock.waiting.remove(holder)
            begin()

    def _grant(self) -> None:
        for holder, (locks, begin) in list(self._wanted.items()):
            free = all(len(lock.holders) < lock.limit for lock in locks)
            if holder not in self._wanted or not free:
                continue
            places = self._taken(locks)
            if places is None:
                self._look_again()
                continue
            del self._wanted[holder]
            for lock in locks:
                lock.waiting.remove(holder)
                lock.holders.append(holder)
            self._held[holder], self._places[holder] = locks, places
            begin()

    def _taken(self, locks: list[Lock]) -> list[files.Lock] | None:
        """Return a place in each of the locks; None when another run has all those of one."""
        found: list[files.Lock] = []
        make(self._folder)
        for lock in locks:
            names = (f"{quote(lock.name, safe='')}.{number}" for number in range(lock.limit))
            place = next(filter(None, (files.take(self._folder / name) for name in names)), None)
            lock.full = place is None
            if place is None:
                for each in found:
                    each.close()
                return None
            found.append(place)
        return found

    def _look_again(self) -> None:
        if not self._looking:
            self._looking = True
            self._later(_AGAIN, self._again)

    def _again(self) -> None:
        self._looking = False
        self._grant()

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
