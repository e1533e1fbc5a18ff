"""Jinja → Source: sandboxed, strict, without clock or chance, every line mapped to its template.

Files without a Jinja marker are their own source; Jinja is imported for the others only.
"""

from collections.abc import Mapping
from pathlib import Path

from compiler.problems import Location, Problem, Rejected
from compiler.source import Source, plain

_MARKERS = ("{{", "{%", "{#")
_PRIVATE = ("\ue000", "\ue001")


def is_template(text: str) -> bool:
    """Say whether `text` holds anything for Jinja."""
    return any(marker in text for marker in _MARKERS)


def render(file: str, text: str, context: Mapping[str, object], root: Path) -> Source:
    """Return the source of template `file` below `root`; raise `Rejected` if it is no template."""
    if any(character in text for character in _PRIVATE):
        raise Rejected([Problem("bad-character", "a private-use character", Location(file))])
    if not is_template(text):
        return plain(file, text)
    from compiler.rendering import Rendering

    return Rendering(file, text, root).render(context)
