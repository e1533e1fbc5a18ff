"""`when` conditions as Argo reads them (Knetic/govaluate), words standing for themselves."""

import re

_TEXT = re.compile(r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"")
_UNCLOSED = re.compile(r"(?:^|[^\\])(['\"])(?:(?!\1)[^\\]|\\.)*$")
_OPERANDS = ("text", "word", "open", "prefix")
_DECIDE = ("compare", "join", "prefix")
_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"|\[[^\]]*\])"
    r"|(?P<prefix>!(?![=~])|~)"
    r"|(?P<compare>==|!=|>=|<=|=~|!~|>(?!>)|<(?!<))|(?P<join>&&|\|\|)"
    r"|(?P<sign>\*\*|>>|<<|\?\?|[-+*/%&|^?:,])|(?P<open>\()|(?P<close>\))"
    r"|(?P<word>\d[\d.]*(?:[eE][-+]?\d+)?|0x[0-9a-fA-F]+|[^\W\d_][\w.]*))"
)


def wrong(text: str, *, boolean: bool = True) -> str:
    """Say what is wrong with a condition; nothing if it can be read.

    `boolean`: whether it is known whole, so that it must also compare something.
    """
    if _UNCLOSED.search(_TEXT.sub("0", text)):
        return "Unclosed string literal"
    tokens, rest = _tokens(text)
    if rest:
        return f"Invalid token: '{rest[:20]}'"
    depth, operand = 0, False
    for kind, word in tokens:
        if kind in _OPERANDS if operand else kind not in _OPERANDS and word != "-":
            return f"Cannot transition token types to '{word}'"
        operand = kind in ("text", "word", "close")
        depth += (kind == "open") - (kind == "close")
        if depth < 0:
            break
    if depth:
        return "Unbalanced parenthesis"
    if not operand:
        return "Unexpected end of expression"
    decides = any(kind in _DECIDE or word in ("true", "false", "?") for kind, word in tokens)
    return f"Expected boolean evaluation for '{text}'" if boolean and not decides else ""


def _tokens(text: str) -> tuple[list[tuple[str, str]], str]:
    """Return the tokens, and the rest that is none."""
    found: list[tuple[str, str]] = []
    position = 0
    while position < len(text.rstrip()):
        match = _TOKEN.match(text, position)
        if not match:
            return found, text[position:].strip()
        kind, word = str(match.lastgroup), match[0].strip()
        found.append(("compare" if word == "in" else kind, word))
        position = match.end()
    return found, ""
