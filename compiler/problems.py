"""The one error currency: a problem with a place, and the exception that carries all of them."""

from typing import Literal

from compiler.record import field, record


@record
class Location:
    """A place in a file of the source tree: 1-based line and column, and a width.

    `via` are the loops, macros and includes of a template that made the line, the innermost first.
    """

    file: str
    line: int = 1
    column: int = 1
    width: int = field(default=1, compare=False)
    via: "tuple[Related, ...]" = field(default=(), compare=False, repr=False)

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"

    def __lt__(self, other: "Location") -> bool:
        return (self.file, self.line, self.column) < (other.file, other.line, other.column)


@record
class Related:
    """Another place that a problem is about, and why: `first defined here`."""

    message: str
    at: Location


@record
class Problem:
    """One mistake: what is wrong (`message`), where (`at`), and what would be right (`hint`)."""

    code: str
    message: str
    at: Location
    hint: str = ""
    note: str = ""
    severity: Literal["error", "warning"] = "error"
    related: tuple[Related, ...] = field(default=(), compare=False)

    @property
    def places(self) -> tuple[Related, ...]:
        """Every other place to look at: what is related, then how a template made the line."""
        return (*self.related, *self.at.via)


class Rejected(Exception):  # noqa: N818 - an answer about the input, not a fault of the program
    """The input has mistakes; raised at the end of a stage with every one of them."""

    def __init__(self, problems: "list[Problem] | tuple[Problem, ...]") -> None:
        super().__init__(f"{len(problems)} problems")
        found = dict.fromkeys(problems)
        self.problems = tuple(sorted(found, key=lambda p: (p.at, p.code, p.message)))


def nearest(name: str, known: "list[str] | tuple[str, ...]") -> str:
    """Return `did you mean …?` when a known name resembles this one, else what is known."""
    from compiler.spelling import closest

    if close := closest(name, known):
        return f"did you mean `{close}`?"
    return f"known here: {', '.join(sorted(known)[:12])}" if known else ""
