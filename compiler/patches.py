"""Plain data with something merged in, left out or put in; what was given stays as it is."""

from typing import Any

Place = tuple[str | int, ...]


def merge(
    data: Any, patch: Any, path: Place, origin: Place, marks: tuple[dict[Place, Any], ...]
) -> Any:
    """Return `data` with `patch` merged in (RFC 7396), and give its marks at `origin` to `path`.

    What is replaced or removed leaves no marks behind.
    """
    for known in marks:
        if not isinstance(patch, dict) or not isinstance(data, dict):
            _forget(known, path)
        for place in [p for p in known if p[: len(origin)] == origin]:
            known[(*path, *place[len(origin) :])] = known[place]
    if not isinstance(patch, dict):
        return patch
    result = dict(data) if isinstance(data, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
            for known in marks:
                _forget(known, (*path, key))
        else:
            result[key] = merge(result.get(key), value, (*path, key), (*origin, key), marks)
    return result


def _forget(marks: dict[Place, Any], path: Place) -> None:
    for place in [p for p in marks if p[: len(path)] == path]:
        del marks[place]


def without(data: Any, path: Place) -> Any:
    """Return `data` without the entry at `path`."""
    head, rest = path[0], path[1:]
    if isinstance(data, list):
        kept = [(i, v) for i, v in enumerate(data) if rest or i != head]
        return [without(v, rest) if i == head else v for i, v in kept]
    return {k: without(v, rest) if k == head else v for k, v in data.items() if rest or k != head}


def put(data: Any, path: Place, value: Any) -> Any:
    """Return `data` with `value` at `path`."""
    if not path:
        return value
    if isinstance(data, list):
        return [put(v, path[1:], value) if i == path[0] else v for i, v in enumerate(data)]
    return {**data, path[0]: put(data.get(path[0], {}), path[1:], value)}
