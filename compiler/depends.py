"""The `depends` of tasks that are written already: terms are replaced, what always holds goes."""

import re
from collections.abc import Callable, Iterator

_TOKEN = re.compile(r"[()]|&&|\|\||[\w-]+\.\w+")
_TERM = re.compile(r"([\w-]+)\.(\w+)")
Change = Callable[[str, str], str]
Node = str | tuple[str, tuple["Node", ...]]


def terms(text: str) -> Iterator[tuple[str, str]]:
    """Yield each task that `text` names, with the result that is asked of it."""
    for match in _TERM.finditer(text):
        yield match[1], match[2]


def replaced(text: str, change: Change) -> str:
    """Return `text` with each term as `change` makes it of task and result; nothing is true."""
    if not text:
        return ""
    node, _ = _any(_TOKEN.findall(text), 0, change)
    whole = isinstance(node, tuple) and node[0] == "&&"
    return _written(node)[1:-1] if whole else _written(node)


def _written(node: Node) -> str:
    if isinstance(node, str):
        return node
    sign, parts = node
    return f"({f' {sign} '.join(map(_written, parts))})"


def _any(tokens: list[str], at: int, change: Change) -> tuple[Node, int]:
    found, at = _all(tokens, at, change)
    options = [found]
    while tokens[at : at + 1] == ["||"]:
        found, at = _all(tokens, at + 1, change)
        options.append(found)
    return ("" if "" in options else _joined("||", options)), at


def _all(tokens: list[str], at: int, change: Change) -> tuple[Node, int]:
    found, at = _one(tokens, at, change)
    needed = [found]
    while tokens[at : at + 1] == ["&&"]:
        found, at = _one(tokens, at + 1, change)
        needed.append(found)
    return _joined("&&", [node for node in needed if node]), at


def _one(tokens: list[str], at: int, change: Change) -> tuple[Node, int]:
    if tokens[at] == "(":
        found, at = _any(tokens, at + 1, change)
        return found, at + 1
    task, _, result = tokens[at].partition(".")
    return change(task, result), at + 1


def _joined(sign: str, nodes: list[Node]) -> Node:
    known = tuple(dict.fromkeys(nodes))
    return (sign, known) if len(known) > 1 else known[0] if known else ""
