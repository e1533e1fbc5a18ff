"""Run-time references: `${params.rows}` and its kin, found in text; `$${…}` is the literal."""

import re
from collections.abc import Callable, Iterator

from compiler.problems import nearest
from compiler.record import record

NAMESPACES = ("params", "steps", "inputs", "matrix", "each", "run")
# where a program finds parameters of its own, rather than the pipeline's; no text of a user's
OWN = "own"
PATTERN = re.compile(r"(\$*)\$\{([A-Za-z_][A-Za-z0-9_]*)\.([^{}\s]*)\}")
NESTED = re.compile(rf"(?<!\$)\$\{{(?:{'|'.join(NAMESPACES)})\.[^{{}}\s]*\$\{{")


@record
class Reference:
    """`${namespace.path}` at `start`…`end` of the text that holds it."""

    namespace: str
    path: str
    start: int
    end: int

    def __str__(self) -> str:
        return f"${{{self.namespace}.{self.path}}}"

    @property
    def dotted(self) -> str:
        """`namespace.path`, as expressions write it."""
        return f"{self.namespace}.{self.path}"

    @property
    def output(self) -> tuple[str, str]:
        """The step and the output of it, of a reference to `steps`."""
        step, _, output = self.path.partition(".outputs.")
        return step, output


def references(text: str) -> Iterator[Reference]:
    """Yield every reference of `text`, known namespace or not, in order."""
    for match in PATTERN.finditer(text):
        if not match[1]:
            yield Reference(match[2], match[3], match.start(), match.end())


def whole(text: str) -> Reference | None:
    """Return the reference that is all of `text`, None when there is more, or none."""
    found = list(references(text))
    return found[0] if len(found) == 1 and str(found[0]) == text else None


def misnamed(reference: Reference) -> str:
    """Return what to write instead of an unknown namespace, or nothing when it is known."""
    if reference.namespace in NAMESPACES:
        return ""
    close = nearest(reference.namespace, NAMESPACES)
    return f"{close} (write `$${{…}}` for a literal `${{`)"


def owned(text: str) -> str:
    """Return `text` with its references to parameters meant as the program's own."""

    def renamed(match: re.Match[str]) -> str:
        ours = not match[1] and match[2] == "params"
        return f"${{{OWN}.{match[3]}}}" if ours else match[0]

    return PATTERN.sub(renamed, text)


def substitute(text: str, spell: Callable[[Reference], str]) -> str:
    """Replace each reference by what `spell` writes, and `$${` by `${`."""

    def replaced(match: re.Match[str]) -> str:
        if match[1]:
            return match[0][1:]
        return spell(Reference(match[2], match[3], match.start(), match.end()))

    return PATTERN.sub(replaced, text)
