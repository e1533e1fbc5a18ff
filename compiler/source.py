"""Source: rendered text, and for each of its lines the template line that it came from."""

from functools import cached_property

from compiler.problems import Location, Problem, Related
from compiler.record import record


@record
class Source:
    """Text ready for YAML; `origins[i]` is the (file, line) of its line `i` (0-based).

    `made[i]` are the loops, macros and includes that made line `i`; empty for a plain text.
    `templates` holds the lines of each template file; `problems` is what rendering met and
    went on after, so that later stages can report theirs in the same run.
    """

    text: str
    origins: tuple[tuple[str, int], ...]
    templates: dict[str, tuple[str, ...]]
    problems: tuple[Problem, ...] = ()
    made: tuple[tuple[Related, ...], ...] = ()

    def locate(self, line: int, column: int, width: int = 1, token: str = "") -> Location:
        """Return the template's place of `line`, `column` (0-based) of the rendered text.

        Where rendering changed the line, the column is that of `token` in the template, else
        that of the line's first character.
        """
        if not self.origins:
            return Location("", line + 1, column + 1, width)
        index = min(line, len(self.origins) - 1)
        file, origin = self.origins[index]
        via = self.made[index] if self.made else ()
        lines = self.templates.get(file, ())
        written = lines[origin - 1] if origin <= len(lines) else ""
        if written == self.line(line):
            return Location(file, origin, column + 1, width, via)
        found = written.find(token) if token else -1
        if found < 0:
            found, width = len(written) - len(written.lstrip()), len(written.strip()) or 1
        return Location(file, origin, found + 1, width, via)

    def line(self, line: int) -> str:
        """Return line `line` (0-based) of the rendered text; nothing beyond its end."""
        lines = self._lines
        return lines[line] if line < len(lines) else ""

    @cached_property
    def _lines(self) -> list[str]:
        return self.text.split("\n")


def plain(file: str, text: str) -> Source:
    """Return the source of a text that is no template: each line is its own origin."""
    lines = tuple(text.split("\n"))
    origins = tuple((file, number) for number in range(1, len(lines) + 1))
    return Source(text, origins, {file: lines})
