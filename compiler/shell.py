"""References in shell scripts: each becomes the expansion of a variable, never text.

A value that arrives by environment and is expanded inside double quotes can neither become code
nor split into words. Where a shell would not expand it so, the reference is refused.
"""

import re
from collections.abc import Callable, Iterator

from compiler.record import record
from compiler.reference import PATTERN, Reference

_REMEDY = {
    "single": "close the single quotes around it: 'a '${{…}}' b', or use double quotes",
    "heredoc-literal": "a quoted here-document expands nothing: write <<EOF without quotes",
    "arithmetic": "assign it to a variable first: x=${{…}}; then use $((x + 1))",
    "backtick": "use $(…) instead of backticks",
    "escaped": "drop the backslash; or write $${{…}} for the text itself",
    "code": "give the value as an argument: sh -c 'echo \"$1\"' sh ${{…}}",
}
_WHERE = {
    "single": "inside single quotes",
    "heredoc-literal": "inside a quoted here-document",
    "arithmetic": "inside an arithmetic expression",
    "backtick": "inside backticks",
    "escaped": "after a backslash",
    "code": "inside code for another program",
}
# what `eval`, or a program that is given code on its command line, would read as code again
_OPTIONS = r"(?:\s+-(?:o\s+)?[a-zA-Z]+)*\s+-[a-zA-Z]*"
_CODE = re.compile(
    r"(?:(?:^|[\n;&|({])\s*eval\s[^\n;|&]*|(?:^|[\s;&|(/])(?:"
    rf"(?:(?:ba|da|a|z|k)?sh|python[\d.]*){_OPTIONS}c|(?:perl|ruby|node|Rscript){_OPTIONS}e"
    r""")\s+(?:"[^"]*|[^\s"']*))$"""
)
_COMMAND = re.compile(r"(?:^|[\n;&|({]|\b(?:do|then|else|if|while|until)\s)\s*$")
_QUOTES = {"'": "single", "$'": "ansi", '"': "double"}
_FAR = 2000
_EXPANDING = ("plain", "double", "heredoc")


@record
class Misplaced:
    """A reference where a shell would not expand it safely."""

    reference: Reference
    where: str
    remedy: str


@record
class Translated:
    """The script with variables for references, and the references that cannot stand."""

    script: str
    misplaced: tuple[Misplaced, ...]


def translate(script: str, variable: Callable[[Reference], str]) -> Translated:
    """Replace each reference of `script` by the quoted expansion of `variable(reference)`."""
    contexts = _contexts(script)
    parts: list[str] = []
    misplaced: list[Misplaced] = []
    last = 0
    for match in PATTERN.finditer(script):
        context = contexts[match.start() + len(match[1])]
        parts.append(script[last : match.start()])
        last = match.end()
        if match[1] or context == "comment":
            escape = "\\" if context in _EXPANDING else ""
            parts.append(escape + match[0][1:] if match[1] else match[0])
            continue
        reference = Reference(match[2], match[3], match.start(), match.end())
        before = script[max(0, match.start() - _FAR) : match.start()]
        place = "code" if context in _EXPANDING and _CODE.search(before) else context
        if place in _REMEDY:
            remedy = _REMEDY[place].replace("${{…}}", str(reference))
            misplaced.append(Misplaced(reference, _WHERE[place], remedy))
        parts.append(_expansion(variable(reference), context))
    parts.append(script[last:])
    return Translated("".join(parts), tuple(misplaced))


def _expansion(name: str, context: str) -> str:
    return f"${{{name}}}" if context in ("double", "heredoc") else f'"${{{name}}}"'


def _contexts(script: str) -> list[str]:
    """Return the quoting context of every character of `script`."""
    lexer = _Lexer(script)
    contexts = ["plain"] * (len(script) + 1)
    while lexer.position < len(script):
        start, context = lexer.position, lexer.context
        lexer.step()
        for index in range(start, min(lexer.position, len(script))):
            contexts[index] = context
        if script[start] == "\\" and lexer.position == start + 2 and context in _EXPANDING:
            contexts[min(start + 1, len(script))] = "escaped"
    return contexts


@record
class _Heredoc:
    delimiter: str
    context: str
    tabs: bool


class _Lexer:
    """Follows the quoting of a POSIX shell (XCU 2.2, 2.6, 2.7.4), character by character."""

    def __init__(self, script: str) -> None:
        self.script = script
        self.position = 0
        self.stack: list[str] = ["plain"]
        self.pending: list[_Heredoc] = []

    @property
    def context(self) -> str:
        top = self.stack[-1]
        same = {"brace": self._outer(), "ansi": "single", "arithmetic-group": "arithmetic"}
        return "plain" if top == "case" else same.get(top, top)

    def _outer(self) -> str:
        found = next((c for c in reversed(self.stack) if c != "brace"), "plain")
        return "plain" if found == "case" else found

    def step(self) -> None:
        """Consume one token of the current context."""
        getattr(self, f"_in_{self.stack[-1].replace('-', '_')}")()

    def _at(self, text: str) -> bool:
        return self.script.startswith(text, self.position)

    def _enter(self, context: str, width: int) -> None:
        self.stack.append(context)
        self.position += width

    def _leave(self, width: int = 1) -> None:
        if len(self.stack) > 1:
            self.stack.pop()
        self.position += width

    def _in_plain(self) -> None:
        quote = next((mark for mark in _QUOTES if self._at(mark)), "")
        if quote:
            self._enter(_QUOTES[quote], len(quote))
        elif self._at("#") and self._starts_word():
            self._skip_comment()
        elif self._at("<<<"):
            self.position += 3
        elif self._at("<<"):
            self._open_heredoc()
        elif self._at("("):
            self._enter("plain", 1)
        elif self._at(")"):
            self._leave()
        elif self._at("case") and self._starts_command():
            self._enter("case", 4)
        elif self._at("\n") and self.pending:
            self._read_heredocs()
        else:
            self._expansions()

    def _in_case(self) -> None:
        """Of a pattern, `)` ends no substitution."""
        if self._at("esac") and self._starts_word():
            self._leave(4)
        elif self._at(")"):
            self.position += 1
        else:
            self._in_plain()

    def _expansions(self) -> None:
        if self._at("\\"):
            self.position += 2
        elif self._at("$(("):
            self._enter("arithmetic", 3)
        elif self._at("$("):
            self._enter("plain", 2)
        elif PATTERN.match(self.script, self.position):
            self.position = PATTERN.match(self.script, self.position).end()  # type: ignore[union-attr]
        elif self._at("${"):
            self._enter("brace", 2)
        elif self._at("`"):
            self._enter("backtick", 1)
        else:
            self.position += 1

    def _in_brace(self) -> None:
        if self._at("}"):
            self._leave()
        elif self._outer() == "plain":
            self._in_plain()
        elif self._at('"'):
            self._enter("double", 1)
        else:
            self._expansions()

    def _in_double(self) -> None:
        if self._at('"'):
            self._leave()
        else:
            self._expansions()

    def _in_single(self) -> None:
        if self._at("'"):
            self._leave()
        else:
            self.position += 1

    def _in_ansi(self) -> None:
        if self._at("\\"):
            self.position += 2
        else:
            self._in_single()

    def _in_backtick(self) -> None:
        if self._at("\\"):
            self.position += 2
        elif self._at("`"):
            self._leave()
        else:
            self.position += 1

    def _in_arithmetic(self) -> None:
        if self._at("))"):
            self._leave(2)
        elif self._at("("):
            self._enter("arithmetic-group", 1)
        else:
            self.position += 1

    def _in_arithmetic_group(self) -> None:
        if self._at(")"):
            self._leave()
        elif self._at("("):
            self._enter("arithmetic-group", 1)
        else:
            self.position += 1

    def _in_comment(self) -> None:
        if self._at("\n"):
            self.stack.pop()
        else:
            self.position += 1

    def _in_heredoc(self) -> None:
        self._heredoc_line(self._expansions)

    def _in_heredoc_literal(self) -> None:
        self._heredoc_line(self._one)

    def _one(self) -> None:
        self.position += 1

    def _heredoc_line(self, consume: Callable[[], None]) -> None:
        if self.position == 0 or self.script[self.position - 1] == "\n":
            line = self.script[self.position :].split("\n", 1)[0]
            document = self.pending[0]
            if (line.lstrip("\t") if document.tabs else line) == document.delimiter:
                self.position += len(line)
                self.pending.pop(0)
                self.stack.pop()
                if self.pending:
                    self._read_heredocs()
                return
        consume()

    def _starts_word(self) -> bool:
        return self.position == 0 or self.script[self.position - 1] in " \t\n;&|("

    def _starts_command(self) -> bool:
        return bool(_COMMAND.search(self.script[max(0, self.position - 20) : self.position]))

    def _skip_comment(self) -> None:
        self._enter("comment", 1)

    def _open_heredoc(self) -> None:
        self.position += 2
        tabs = self._at("-")
        self.position += tabs
        while self._at(" "):
            self.position += 1
        word = "".join(self._word())
        plain = word.translate({ord(c): None for c in "'\"\\"})
        literal = "heredoc-literal" if plain != word else "heredoc"
        self.pending.append(_Heredoc(plain, literal, tabs))

    def _word(self) -> Iterator[str]:
        while self.position < len(self.script) and self.script[self.position] not in " \t\n;&|<>()":
            yield self.script[self.position]
            self.position += 1

    def _read_heredocs(self) -> None:
        self._enter(self.pending[0].context, 1)
