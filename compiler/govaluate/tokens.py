"""The words of a condition as govaluate reads them: kinds, and which kind may follow which."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from compiler.golang.numbers import float_shown
from compiler.golang.strconv import parse_float
from compiler.govaluate.times import instant

PREFIXES = ("-", "!", "~")
MODIFIERS = ("+", "-", "*", "/", "%", "**", "&", "|", "^", ">>", "<<")
COMPARATORS = ("==", "!=", ">", ">=", "<", "<=", "=~", "!~", "in")
_SIGNS: Mapping[str, Sequence[str]] = {
    "MODIFIER": MODIFIERS,
    "LOGICALOP": ("&&", "||"),
    "COMPARATOR": COMPARATORS,
    "TERNARY": ("?", ":", "??"),
}
_OPERANDS = ("NUMERIC", "BOOLEAN", "VARIABLE", "STRING", "ACCESSOR", "CLAUSE")
_OPERATORS = ("MODIFIER", "COMPARATOR", "LOGICALOP", "CLAUSE_CLOSE", "SEPARATOR")
_NEXT: Mapping[str, Sequence[str]] = {
    "UNKNOWN": ("PREFIX", "PATTERN", "TIME", *_OPERANDS),
    "CLAUSE": ("PREFIX", "PATTERN", "TIME", "CLAUSE_CLOSE", *_OPERANDS),
    "CLAUSE_CLOSE": (
        *("NUMERIC", "BOOLEAN", "VARIABLE", "STRING", "PATTERN", "TIME", "CLAUSE", "TERNARY"),
        *_OPERATORS,
    ),
    **dict.fromkeys(("NUMERIC", "BOOLEAN", "STRING", "VARIABLE"), ("TERNARY", *_OPERATORS)),
    **dict.fromkeys(("TIME", "PATTERN"), _OPERATORS),
    "ACCESSOR": ("CLAUSE", "TERNARY", *_OPERATORS),
    "MODIFIER": ("PREFIX", "CLAUSE_CLOSE", *_OPERANDS),
    "COMPARATOR": ("PREFIX", "TIME", "CLAUSE_CLOSE", "PATTERN", *_OPERANDS),
    "LOGICALOP": ("PREFIX", "TIME", "CLAUSE_CLOSE", *_OPERANDS),
    "PREFIX": ("NUMERIC", "BOOLEAN", "VARIABLE", "ACCESSOR", "CLAUSE", "CLAUSE_CLOSE"),
    "TERNARY": ("PREFIX", "TIME", "SEPARATOR", *_OPERANDS),
    "SEPARATOR": ("PREFIX", "TIME", *_OPERANDS),
}
_ENDS = ("CLAUSE_CLOSE", "NUMERIC", "BOOLEAN", "STRING", "TIME", "PATTERN", "VARIABLE", "ACCESSOR")


class UnreadableError(ValueError):
    """The text is no condition, in govaluate's words."""


class Token(NamedTuple):
    """A word; `kind` is govaluate's name of it."""

    kind: str
    value: Any

    @property
    def text(self) -> str:
        """How it is written in messages, a parenthesis as its number."""
        if self.kind.startswith("CLAUSE"):
            return str(ord(self.value))
        if isinstance(self.value, bool) or self.value is None:
            return "<nil>" if self.value is None else str(self.value).lower()
        if isinstance(self.value, float):
            return float_shown(self.value)
        return f"[{' '.join(self.value)}]" if isinstance(self.value, list) else str(self.value)


def tokens(text: str) -> list[Token]:
    """Split a condition; raise `UnreadableError` in govaluate's words."""
    reader, found, before = _Reader(text), list[Token](), "UNKNOWN"
    while (token := reader.token(prefix="PREFIX" in _NEXT[before])) is not None:
        found.append(token)
        before = token.kind
    opened = sum((t.kind == "CLAUSE") - (t.kind == "CLAUSE_CLOSE") for t in found)
    if opened:
        raise UnreadableError("Unbalanced parenthesis")
    return found


def check(words: Sequence[Token]) -> None:
    """Raise `UnreadableError` where a word may not follow the one before it."""
    before = Token("UNKNOWN", None)
    for token in words:
        if token.kind not in _NEXT[before.kind]:
            if (before.kind, token.kind) == ("VARIABLE", "CLAUSE"):
                raise UnreadableError(f"Undefined function {before.text}")
            raise UnreadableError(
                f"Cannot transition token types from {before.kind} [{before.text}] "
                f"to {token.kind} [{token.text}]"
            )
        before = token
    if before.kind not in _ENDS:
        raise UnreadableError("Unexpected end of expression")


def named_as_texts(words: Sequence[Token]) -> list[Token]:
    """Return the words with names as texts, which they stand for in Argo."""
    return [Token("STRING", t.value) if t.kind == "VARIABLE" else t for t in words]


class _Reader:
    def __init__(self, text: str) -> None:
        self.text, self.position = text, 0

    def token(self, *, prefix: bool) -> Token | None:
        """Read a word, or None at the end; `prefix`: whether `-` may be a sign of a number."""
        while self.position < len(self.text) and self.text[self.position].isspace():
            self.position += 1
        if self.position >= len(self.text):
            return None
        character = self.text[self.position]
        if _is_numeric(character):
            return self.number()
        if character in ",()":
            self.position += 1
            kinds = {",": "SEPARATOR", "(": "CLAUSE", ")": "CLAUSE_CLOSE"}
            return Token(kinds[character], character)
        if character == "[":
            return self.enclosed("VARIABLE", "Unclosed parameter bracket", lambda c: c != "]")
        if character.isalpha():
            return _word(self.read(_is_variable))
        if character in "'\"":
            token = self.enclosed("STRING", "Unclosed string literal", lambda c: c not in "'\"")
            seconds = instant(token.value)
            return token if seconds is None else Token("TIME", seconds)
        return self.sign(prefix=prefix)

    def sign(self, *, prefix: bool) -> Token:
        text = self.read(_is_sign)
        if prefix and text in PREFIXES:
            return Token("PREFIX", text)
        for kind, signs in _SIGNS.items():
            if text in signs:
                return Token(kind, text)
        raise UnreadableError(f"Invalid token: '{text}'")

    def number(self) -> Token:
        if self.text.startswith("0x", self.position) and self.position + 2 < len(self.text):
            self.position += 2
            digits = self.read(lambda c: c.isdigit() or c.lower() in "abcdef")
            try:
                value = int(digits, 16)
            except ValueError:
                value = 2**64
            if value >= 2**64:
                raise UnreadableError(f"Unable to parse hex value '{digits}' to uint64\n")
            return Token("NUMERIC", float(value))
        digits = self.read(_is_numeric)
        try:
            return Token("NUMERIC", parse_float(digits))
        except ValueError:
            raise UnreadableError(
                f"Unable to parse numeric value '{digits}' to float64\n"
            ) from None

    def enclosed(self, kind: str, unclosed: str, inside: Callable[[str], bool]) -> Token:
        self.position += 1
        text = self.read(inside, spaces=True)
        if self.position >= len(self.text):
            raise UnreadableError(unclosed)
        self.position += 1
        return Token(kind, text)

    def read(self, belongs: Callable[[str], bool], *, spaces: bool = False) -> str:
        """Read while characters belong; a backslash takes the next one as it is."""
        found: list[str] = []
        while self.position < len(self.text):
            character = self.text[self.position]
            if character == "\\":
                self.position += 1
                if self.position >= len(self.text):
                    size = len(self.text)
                    raise UnreadableError(
                        f"runtime error: index out of range [{size}] with length {size}"
                    )
                found.append(self.text[self.position])
            elif character.isspace() and not spaces:
                if found:
                    break
            elif not belongs(character):
                break
            else:
                found.append(character)
            self.position += 1
        return "".join(found)


def _word(text: str) -> Token:
    if text in ("true", "false"):
        return Token("BOOLEAN", text == "true")
    if text in ("in", "IN"):
        return Token("COMPARATOR", "in")
    if "." not in text:
        return Token("VARIABLE", text)
    if text.endswith("."):
        raise UnreadableError(f"Hanging accessor on token '{text}'")
    for part in text.split(".")[1:]:
        first = part[:1]
        if first.upper() != first:
            raise UnreadableError(f"Unable to access unexported field '{part}' in token '{text}'")
    return Token("ACCESSOR", text.split("."))


def _is_numeric(character: str) -> bool:
    return character.isdecimal() or character == "."


def _is_variable(character: str) -> bool:
    return character.isalpha() or character.isdecimal() or character in "_."


def _is_sign(character: str) -> bool:
    return not (character.isdecimal() or character.isalpha() or character in "()[]'\"")
