"""What expressions see of a scope of dotted names: nested maps, looked up and never built."""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol, runtime_checkable


@runtime_checkable
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

    def __init__(self, scope: Mapping[str, str], prefix: str = "") -> None:
        self.scope, self.prefix = scope, prefix

    def __getitem__(self, key: str) -> Any:
        name = f"{self.prefix}{key}"
        if _is_below(self.scope, name):
            return Names(self.scope, f"{name}.")
        return self.scope[name]

    def __iter__(self) -> Iterator[str]:
        size = len(self.prefix)
        names = (name[size:] for name in self.scope if name.startswith(self.prefix))
        return iter(dict.fromkeys(name.partition(".")[0] for name in names))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, key: object) -> bool:
        name = f"{self.prefix}{key}"
        return name in self.scope or _is_below(self.scope, name)


class Layers(Mapping[str, str]):
    """Several scopes as one; the first that holds a name gives it."""

    def __init__(self, *scopes: Mapping[str, str]) -> None:
        self.scopes = scopes

    def __getitem__(self, key: str) -> str:
        for scope in self.scopes:
            if key in scope:
                return scope[key]
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(name for scope in self.scopes for name in scope))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, key: object) -> bool:
        return any(key in scope for scope in self.scopes)

    def below(self, name: str) -> bool:
        """Whether a name of one of the scopes begins with `name` and a dot."""
        return any(_is_below(scope, name) for scope in self.scopes)


def _is_below(scope: Mapping[str, str], name: str) -> bool:
    if isinstance(scope, Scope):
        return scope.below(name)
    start = f"{name}."
    return any(each.startswith(start) for each in scope)
