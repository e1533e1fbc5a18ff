"""Hardware profiles of a project: each with what it extends, and everything wrong with them."""

from collections.abc import Iterator, Mapping
from functools import reduce
from typing import Any

from compiler import demands
from compiler.document import Document, Path
from compiler.hardware import Nodes
from compiler.problems import Location, Problem, nearest

Body = Mapping[str, Any]


def over(base: Body, body: Body) -> dict[str, Any]:
    """Return `base` with `body` over it: mappings key by key, all else replaced."""
    own = {key: value for key, value in body.items() if key != "extends"}
    if isinstance(own.get("gpu"), int):
        own["gpu"] = {"count": own["gpu"]}
    return _merged(base, own)


def _merged(base: Body, body: Body) -> dict[str, Any]:
    found = dict(base)
    for key, value in body.items():
        below = base.get(key)
        both = isinstance(below, Mapping) and isinstance(value, Mapping)
        found[key] = _merged(below, value) if both else value  # type: ignore[arg-type]
    return found


def whole(name: str, bodies: Mapping[str, Body]) -> dict[str, Any]:
    """Return profile `name` with all it extends; the bodies have no cycle."""
    chain = [bodies[link] for link in reversed(_chain(name, bodies))]
    return reduce(over, chain, {})


def _chain(name: str, bodies: Mapping[str, Body]) -> list[str]:
    """Return the names from `name` to what it extends last, or to the first that repeats."""
    found = [name]
    while (parent := bodies[found[-1]].get("extends")) in bodies:
        found.append(str(parent))
        if found.count(found[-1]) > 1:
            break
    return found


def check(document: Document, nodes: Nodes) -> list[Problem]:
    """Return what is wrong with the profiles of a project, and with how environments bind them."""
    bodies: Mapping[str, Body] = document.data.get("hardware", {})
    places = {("hardware", name): body for name, body in bodies.items()}
    for environment, fields in document.data.get("environments", {}).items():
        for name, body in fields.get("hardware", {}).items():
            places["environments", environment, "hardware", name] = body  # type: ignore[index]
    broken = [*_unknown(document, places, bodies), *_cycles(document, bodies)]
    if broken:
        return broken
    return [
        problem
        for path, body in places.items()
        if not isinstance(body, str)
        for problem in faults(document, path, _over(body, bodies), nodes)
    ]


def _over(body: Body, bodies: Mapping[str, Body]) -> dict[str, Any]:
    return over(whole(body["extends"], bodies) if "extends" in body else {}, body)


def faults(document: Document, path: Path, body: Body, nodes: Nodes) -> list[Problem]:
    """Return what is wrong with hardware that is written at `path`, and all it extends."""
    return [
        Problem("bad-hardware", fault.message, document.at((*path, *fault.path)), fault.hint)
        for fault in demands.check(body, nodes)
    ]


def _unknown(
    document: Document, places: Mapping[Any, Any], bodies: Mapping[str, Body]
) -> Iterator[Problem]:
    for path, body in places.items():
        name = body if isinstance(body, str) else body.get("extends")
        if name is not None and name not in bodies:
            at = document.at(path if isinstance(body, str) else (*path, "extends"))
            hint = nearest(name, tuple(bodies))
            yield Problem("unknown-profile", f"no hardware profile `{name}`", at, hint)


def _cycles(document: Document, bodies: Mapping[str, Body]) -> Iterator[Problem]:
    told: set[str] = set()
    for name in bodies:
        chain = _chain(name, bodies)
        if len(chain) > 1 and chain[-1] == name and name not in told:
            told |= set(chain)
            at: Location = document.at(("hardware", name, "extends"))
            message = f"profiles extend each other: {' → '.join(chain)}"
            yield Problem("profile-cycle", message, at, "remove one of these `extends`")
