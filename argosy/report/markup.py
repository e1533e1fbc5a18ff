"""HTML that is well-formed and escaped by construction: every text is data unless it is Markup."""

from collections.abc import Iterable
from html import escape

from argosy.report.excerpt import clean

_VOID = frozenset(("meta", "link", "input", "br", "hr", "img"))


class Markup(str):
    """HTML that stands as it is."""

    __slots__ = ()


Child = str | None | Iterable["Child"]
Attribute = str | float | None


def text(value: str) -> Markup:
    """Return `value` as text: escaped, without control characters."""
    return Markup(escape(clean(value)))


def element(name: str, /, *children: Child, **attributes: Attribute) -> Markup:
    """Return an element; attributes that are None or False are left out.

    An underscore at the end of an attribute's name is dropped, others become dashes.
    """
    opened = name + "".join(_attribute(key, value) for key, value in attributes.items())
    if name in _VOID:
        return Markup(f"<{opened}>")
    return Markup(f"<{opened}>{join(children)}</{name}>")


def join(children: Iterable[Child]) -> Markup:
    """Return several pieces as one."""
    return Markup("".join(_piece(child) for child in children))


def _piece(child: Child) -> str:
    if child is None:
        return ""
    if isinstance(child, Markup):
        return child
    return text(child) if isinstance(child, str) else join(child)


def _attribute(key: str, value: Attribute) -> str:
    if value is None or value is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{escape(clean(str(value)))}"'
