"""Sprig's `semver`: a version as a value, with methods."""

from argosy.engine.language.sprig import semvers
from argosy.engine.language.values import Defined


class SemVer(Defined):
    """A `*semver.Version`; `before` is what stands behind `-`, `metadata` behind `+`."""

    go_type, go_kind = "*semver.Version", "ptr"

    def __init__(self, text: str) -> None:
        self._version = semvers.read(text)
        self.numbers, self.before = self._version
        self.original, self.metadata = text, text.partition("+")[2]

    def __str__(self) -> str:
        text = ".".join(map(str, self.numbers))
        before = f"-{self.before}" if self.before else ""
        return f"{text}{before}{f'+{self.metadata}' if self.metadata else ''}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SemVer) and vars(other) == vars(self)

    def __hash__(self) -> int:
        return hash(self.original)

    def json(self) -> str:
        """A text, whose signs need no escapes."""
        return f'"{self}"'

    def compared(self, other: "SemVer") -> int:
        """Return -1, 0 or 1 as it is before, like or after another."""
        order = semvers.compare(self._version, other._version)
        return (order > 0) - (order < 0)
