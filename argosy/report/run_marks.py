"""How phases look: a sign and a word, never colour alone."""

from argosy.report.markup import Markup, element
from argosy.report.run_view import Step

_SIGNS = {
    "Succeeded": "check",
    "Cached": "again",
    "Failed": "cross",
    "Error": "cross",
    "Damaged": "cross",
    "Running": "busy",
    "Suspended": "pause",
    "Interrupted": "pause",
    "Pending": "ring",
    "Skipped": "skip",
    "Omitted": "skip",
}
_SHAPES = {
    "check": "M3 8.5 6.5 12 13 4.5",
    "cross": "M4 4l8 8M12 4l-8 8",
    "busy": "M8 2.5a5.5 5.5 0 1 1-5.5 5.5",
    "pause": "M5.5 3.5v9M10.5 3.5v9",
    "ring": "M8 3.2a4.8 4.8 0 1 1-.01 0z",
    "skip": "M3.5 8h9",
    "again": "M3 8a5 5 0 0 1 8.5-3.5L13 6M13 2.5V6H9.5M13 8a5 5 0 0 1-8.5 3.5L3 10M3 13.5V10h3.5",
    "key": "M8 2.5 13.5 8 8 13.5 2.5 8z",
}


def state(step: Step) -> str:
    """Return the word for how a step stands: its phase, Cached, or Suspended."""
    if step.cached:
        return "Cached"
    return "Suspended" if step.kind == "Suspend" and step.phase == "Running" else step.phase


def known(phase: str) -> str:
    """Return a phase as the name of a class; one that is not known looks like a pending one."""
    return phase if phase in _SIGNS else "Pending"


def sprite() -> Markup:
    """Return the signs, to be used from anywhere in the page."""
    drawn = (
        element("symbol", element("path", d=path), id=f"i-{name}", viewBox="0 0 16 16")
        for name, path in _SHAPES.items()
    )
    return element("svg", *drawn, class_="sprite", aria_hidden="true")


def sign_name(phase: str) -> str:
    """Return which sign a phase has."""
    return _SIGNS.get(phase, "ring")


def sign(phase: str) -> Markup:
    """Return the sign of a phase."""
    busy = " spin" if phase == "Running" else ""
    return icon(sign_name(phase), busy)


def icon(name: str, more: str = "") -> Markup:
    """Return one of the signs."""
    use = element("use", href=f"#i-{name}")
    return element("svg", use, class_=f"icon{more}", aria_hidden="true")


def badge(phase: str, *, pill: bool = False) -> Markup:
    """Return a phase with its sign and in its colour."""
    look = f"phase {known(phase)}{' pill' if pill else ''}"
    return element("span", sign(phase), phase, class_=look)
