"""What outlives a run or an attempt: the cache of a step, and its checkpoint."""

from collections.abc import Mapping
from typing import Any

from compiler.duration import go
from compiler.problems import Location
from compiler.record import field, record

_AGE = "30d"
_SIZE = "10Gi"


@record
class Cache:
    """Outputs of an equal earlier execution are taken if they are not older than `max_age`.

    `salt` is part of what must be equal: another one begins anew.
    """

    max_age: str
    salt: str
    at: Location = field(compare=False)


@record
class Checkpoint:
    """A folder of the work folder that each attempt of a step finds as the last one left it.

    `size` is in the words of Kubernetes; without a `storage_class` it is that of the cluster.
    """

    path: str
    size: str
    storage_class: str
    at: Location = field(compare=False)


def checkpoint(body: str | Mapping[str, Any] | None, at: Location) -> Checkpoint | None:
    """Return the checkpoint of a step as declared: a path, or a mapping."""
    if body is None:
        return None
    found: Mapping[str, Any] = {"path": body} if isinstance(body, str) else body
    path = found["path"].rstrip("/")
    return Checkpoint(path, found.get("size", _SIZE), found.get("storageClass", ""), at)


def cache(body: bool | Mapping[str, Any] | None, at: Location) -> Cache | None:
    """Return the cache of a step as declared: `true`, `false`, or a mapping."""
    if body is None or body is False:
        return None
    found: Mapping[str, Any] = {} if body is True else body
    return Cache(go(found.get("maxAge", _AGE)), str(found.get("salt", "")), at)
