"""Evidence for a promotion, line by line, for a terminal and for a commit message."""

from collections.abc import Iterator, Sequence

from argosy.report.diagnostics import plain
from gitops.promotion import Evidence

_SIGNS = {"met": "✔", "missing": "✖", "unknown": "?", "note": "·"}
_WORDS = {"met": "yes", "missing": "MISSING", "unknown": "UNKNOWN", "note": "-"}


def lines(evidence: Sequence[Evidence]) -> Iterator[str]:
    """Yield a line for each, with a sign that tells whether it is enough."""
    width = max((len(line.name) for line in evidence), default=0)
    for line in evidence:
        yield f"  {_SIGNS[line.state]} {line.name:{width}}  {plain(line.text)}"


def said(evidence: Sequence[Evidence]) -> Iterator[str]:
    """Yield a line for each as a commit message has it."""
    for line in evidence:
        yield f"- {line.name} [{_WORDS[line.state]}]: {plain(line.text)}"
