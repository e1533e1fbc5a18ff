"""The words of an expression: names, numbers, texts and signs, each with its place."""

import re
from functools import cache
from typing import NamedTuple, NoReturn

from compiler.exprlang.vocabulary import OPERATORS

_SKIPPED = r"(?P<skip>\s+|//[^\n]*|/\*.*?\*/)"
_DIGITS = r"(?:0[xX][0-9a-fA-F_]*|0[oO][0-7_]*|0[bB][01_]*|[0-9][0-9_]*)(?:\.(?!\.)[0-9_]*)?"
_NUMBER = rf"(?P<number>(?:{_DIGITS}|\.[0-9][0-9_]*)(?:[eE][-+]?[0-9_]*)?)"
_STRING = r"(?P<string>'(?:\\.|[^'\\\n])*'|\"(?:\\.|[^\"\\\n])*\")"
_SIGN = r"(?P<sign>\?[.?]?|\|\|?|::?|/(?!\*)|[(\[{)\]},;%+^-]|[&!=*<>][&=*]?|\.\.?)"
_TOKEN = (
    rf"{_SKIPPED}|{_NUMBER}|{_STRING}|(?P<raw>`[^`]*`)"
    rf"|(?P<pointer>##?)(?P<field>(?:\w|\$)*)|(?P<name>(?:[^\W\d]|\$)(?:\w|\$)*)|{_SIGN}"
)
_ESCAPE = (
    r"\\(?:([abfnrtv\\'\"])|([0-7]{3})|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))"
)
_LETTERS = dict(zip("abfnrtv\\", "\a\b\f\n\r\t\v\\", strict=True))


class UnreadableError(ValueError):
    """The text is no expression; `at` is where it stops being one, counted in characters."""

    def __init__(self, message: str, at: int) -> None:
        super().__init__(message)
        self.at = at


class Token(NamedTuple):
    """A word; `kind` is Identifier, Operator, Bracket, Number, String or EOF, as expr-lang says."""

    kind: str
    text: str
    at: int

    def __str__(self) -> str:
        """How expr-lang shows it in messages."""
        return f'{self.kind}("{self.text}")' if self.text else self.kind


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Compile a pattern when it is needed first: many starts read no expression."""
    return re.compile(pattern, re.DOTALL)


def tokens(text: str) -> list[Token]:
    """Split `text`; raise `UnreadableError` at the first character that begins no word."""
    found: list[Token] = []
    position = 0
    while position < len(text):
        match = _compiled(_TOKEN).match(text, position)
        if not match:
            _refuse(text, position)
        found += _words(match, text)
        position = match.end()
    return [*found, Token("EOF", "", max(len(text) - 1, 0))]


def _words(match: re.Match[str], text: str) -> list[Token]:
    at = match.start()
    kind = str(match.lastgroup)
    if kind == "skip":
        return []
    if kind == "field":
        field = [Token("Identifier", match[kind], at)] if match[kind] else []
        return [Token("Operator", match["pointer"], at), *field]
    word = match[kind]
    if kind == "sign":
        return [Token("Bracket" if word in "([{}])" else "Operator", word, at)]
    if kind == "name":
        return [Token("Operator" if word in OPERATORS else "Identifier", word, at)]
    if kind == "number":
        following = text[match.end() : match.end() + 1]
        if following.isalnum() or following in ("_", "$"):
            raise UnreadableError(f'bad number syntax: "{word}{following}"', match.end())
        return [Token("Number", word, at)]
    return [Token("String", word[1:-1] if kind == "raw" else _unescaped(word, at), at)]


def _unescaped(word: str, at: int) -> str:
    quote = word[0]

    def character(match: re.Match[str]) -> str:
        letter, octal, *hexadecimal, wrong = match.groups()
        if wrong is not None or (letter in ("'", '"') and letter != quote):
            raise UnreadableError("invalid char escape", at + match.start() + 2)
        if letter:
            return _LETTERS.get(letter, letter)
        digits = octal or next(filter(None, hexadecimal))
        return _rune(int(digits, 8 if octal else 16), at)

    return _compiled(_ESCAPE).sub(character, re.sub("\r\n?", "\n", word[1:-1]))


def _rune(number: int, at: int) -> str:
    if number > 0x10FFFF:
        raise UnreadableError("unable to unescape string", at)
    return chr(number) if not 0xD800 <= number < 0xE000 else "\ufffd"


def _refuse(text: str, at: int) -> NoReturn:
    character = text[at]
    if character in "'\"`":
        raise UnreadableError("literal not terminated", len(text))
    if text.startswith("/*", at):
        raise UnreadableError("unclosed comment", len(text))
    raise UnreadableError(f"unrecognized character: U+{ord(character):04X} '{character}'", at)
