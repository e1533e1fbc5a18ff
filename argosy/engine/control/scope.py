"""Scopes: dotted tags → values, in layers that are looked up and never copied."""

from collections.abc import Iterator, Mapping
from typing import Any


class Layers(Mapping[str, Any]):
    """Several scopes as one; what stands in a later one hides what stands in an earlier one."""

    __slots__ = ("_layers",)
    _layers: tuple[Mapping[str, Any], ...]

    def __init__(self, *layers: Mapping[str, Any]) -> None:
        flat: list[Mapping[str, Any]] = []
        for layer in layers:
            flat += reversed(layer._layers) if isinstance(layer, Layers) else (layer,)
        self._layers = tuple(reversed(flat))

    def __getitem__(self, tag: str) -> Any:
        for layer in self._layers:
            value = layer.get(tag)
            if value is not None:
                return value
        raise KeyError(tag)

    def __contains__(self, tag: object) -> bool:
        return any(tag in layer for layer in self._layers)

    def __iter__(self) -> Iterator[str]:
        seen: dict[str, None] = {}
        for layer in reversed(self._layers):
            seen |= dict.fromkeys(layer)
        return iter(seen)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def below(self, name: str) -> bool:
        """Whether a tag begins with `name` and a dot."""
        return any(below(layer, name) for layer in self._layers)


def below(layer: Mapping[str, Any], name: str) -> bool:
    """Whether a tag of `layer` begins with `name` and a dot."""
    asked = getattr(layer, "below", None)
    if asked is not None:
        return bool(asked(name))
    start = f"{name}."
    return any(tag.startswith(start) for tag in layer)
