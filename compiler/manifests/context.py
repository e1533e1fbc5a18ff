"""One validation of one manifest: what is known by name so far, and what was found."""

from collections.abc import Callable, Container
from typing import Any

from compiler.manifests.findings import Path
from compiler.manifests.holders import Data, Holder, Library
from compiler.record import field, mutable

Found = tuple[Path, str, str]
Arguments = Data | None
"""The arguments of a caller; None where none are known and any may come."""


@mutable
class Context:
    """`template`: a WorkflowTemplate by itself; `lenient`: arguments may come at submission."""

    library: Library
    namespace: str
    template: bool
    lenient: bool
    visit: Callable[["Context", Holder, Data, Path, Arguments], Data | None]
    known: dict[str, str] = field(default_factory=dict)
    seen: set[tuple[str, str]] = field(default_factory=set)
    found: dict[Found, None] = field(default_factory=dict)
    away: Path | None = None

    def report(self, rule: str, path: Path, message: str) -> None:
        """Note a finding; in a template of another object, at what refers to it."""
        self.found.setdefault((path if self.away is None else self.away, rule, message))


Scope = dict[str, Any]


class Layers(Container[str]):
    """Names of several scopes, none of them copied."""

    def __init__(self, *scopes: Container[str]) -> None:
        self.scopes = scopes

    def __contains__(self, name: object) -> bool:
        return any(name in scope for scope in self.scopes)
