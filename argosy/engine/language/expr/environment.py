"""What an Argo expression sees: the names of a scope, and Argo's functions over them."""

from collections.abc import Iterator, Mapping
from typing import Any

from argosy.engine.language import sprig
from argosy.engine.language.expr.builtins import from_json, to_floating, to_integer
from argosy.engine.language.expr.jsonpath import query
from argosy.engine.language.scope import Names
from argosy.engine.language.values import to_json


def _jsonpath(text: str, path: str) -> Any:
    return query(path, from_json(text))


FUNCTIONS: Mapping[str, Any] = {
    "asInt": to_integer,
    "asFloat": to_floating,
    "jsonpath": _jsonpath,
    "toJson": to_json,
    "sprig": sprig.FUNCTIONS,
}


class Environment(Mapping[str, Any]):
    """A scope with Argo's functions, which hide names of the scope (Argo's GetFuncMap)."""

    def __init__(self, scope: Mapping[str, Any]) -> None:
        self.names = Names(scope)

    def __getitem__(self, key: str) -> Any:
        return FUNCTIONS[key] if key in FUNCTIONS else self.names[key]

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys((*self.names, *FUNCTIONS)))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, key: object) -> bool:
        return key in FUNCTIONS or key in self.names
