"""What expressions see of a scope of dotted names: nested maps, looked up and never built."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol


class Scope(Protocol):
    """A mapping of dotted names that knows by itself what lies below one.

    A large scope has this, so that a look-up need not walk over all its names.
    """

    def below(self, name: str) -> bool:
        """Whether a name begins with `name` and a dot."""
        ...


class Names(Mapping[str, Any]):
    """The names of a scope below `prefix` (which is empty or ends with a dot).

    Where a name has others below it, those hide its own value (Argo's expand.removeConflicts).
    """

    def __init__(
        self,
        scope: Mapping[str, str],
        prefix: str = "",
        below: Callable[[str], bool] | None = None,
    ) -> None:
        self.scope, self.prefix = scope, prefix
        self.below = below or _below(scope)

    def __getitem__(self, key: str) -> Any:
        name = f"{self.prefix}{key}"
        if self.below(name):
            return Names(self.scope, f"{name}.", self.below)
        return self.scope[name]

    def __iter__(self) -> Iterator[str]:
        size = len(self.prefix)
        names = (name[size:] for name in self.scope if name.startswith(self.prefix))
        return iter(dict.fromkeys(name.partition(".")[0] for name in names))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, key: object) -> bool:
        name = f"{self.prefix}{key}"
        return name in self.scope or self.below(name)


class Layers(Mapping[str, Any]):
    """Several scopes as one; what stands in a later one hides what stands in an earlier one."""

    __slots__ = ("_layers",)
    _layers: tuple[Mapping[str, Any], ...]

    def __init__(self, *layers: Mapping[str, Any]) -> None:
        flat: list[Mapping[str, Any]] = []
        for layer in layers:
            flat += reversed(layer._layers) if isinstance(layer, Layers) else (layer,)
        self._layers = tuple(reversed(flat))

    def __getitem__(self, name: str) -> Any:
        for layer in self._layers:
            value = layer.get(name)
            if value is not None:
                return value
        raise KeyError(name)

    def __contains__(self, name: object) -> bool:
        return any(name in layer for layer in self._layers)

    def __iter__(self) -> Iterator[str]:
        seen: dict[str, None] = {}
        for layer in reversed(self._layers):
            seen |= dict.fromkeys(layer)
        return iter(seen)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def below(self, name: str) -> bool:
        """Whether a name of one of the scopes begins with `name` and a dot."""
        return any(below(layer, name) for layer in self._layers)


def below(scope: Mapping[str, Any], name: str) -> bool:
    """Whether a name of `scope` begins with `name` and a dot."""
    known = getattr(scope, "below", None)
    if known is not None:
        return bool(known(name))
    start = f"{name}."
    return any(each.startswith(start) for each in scope)


def _below(scope: Mapping[str, str]) -> Callable[[str], bool]:
    """Return whether names of a scope begin with one and a dot, listing them once at most."""
    known: Callable[[str], bool] | None = getattr(scope, "below", None)
    if known:
        return known
    listed: list[str] = []

    def below(name: str) -> bool:
        if not listed:
            listed.append("\n".join(("", *scope)))
        return f"\n{name}." in listed[0]

    return below
