"""Problems for people: the place, an excerpt with a caret, and what would be right."""

import unicodedata
from collections.abc import Callable, Sequence

from argosy.report.document import document
from argosy.report.words import counted
from compiler.problems import Location, Problem

Read = Callable[[str], Sequence[str] | None]
_COLORS = {"error": "\x1b[1;31m", "warning": "\x1b[1;33m", "dim": "\x1b[2m", "bold": "\x1b[1m"}
_RESET = "\x1b[0m"
_TAB = 4
_LEAST = 12
_EXPLAINED = 3


def human(
    problems: Sequence[Problem],
    read: Read,
    *,
    color: bool = False,
    unicode: bool = True,
    width: int = 100,
    most: int | None = None,
) -> str:
    """Return the first `most` problems with excerpts, and a line that counts all of them.

    `read` gives the lines of a file, None when it has none; `width` is in columns.
    """
    paint = Painter(color, "│" if unicode else "|")
    blocks = [_block(problem, read, paint, width) for problem in problems[:most]]
    if hidden := len(problems) - len(blocks):
        blocks.append(f"and {hidden} more; see them: argosy validate --max {len(problems)}")
    return "\n\n".join([*blocks, f"{count(problems)}{_more(problems)}"]) + "\n"


def _more(problems: Sequence[Problem]) -> str:
    from compiler.catalogue import numbers

    found = [
        numbers()[code] for code in dict.fromkeys(p.code for p in problems) if code in numbers()
    ]
    return f"; see: argosy explain {' '.join(found[:_EXPLAINED])}" if found else ""


def count(problems: Sequence[Problem]) -> str:
    """Return `2 errors and 1 warning in 1 file`."""
    files = len({problem.at.file for problem in problems})
    found = []
    for severity in ("error", "warning"):
        number = sum(problem.severity == severity for problem in problems)
        found += [counted(number, severity)] if number else []
    return f"{' and '.join(found)} in {counted(files, 'file')}"


class Painter:
    """Colours, where they are wanted; `bar` is the line beside an excerpt."""

    def __init__(self, color: bool, bar: str) -> None:
        self.color, self.bar = color, bar

    def __call__(self, style: str, text: str) -> str:
        return f"{_COLORS[style]}{text}{_RESET}" if self.color else text


def _block(problem: Problem, read: Read, paint: Painter, width: int) -> str:
    head = paint(problem.severity, f"{problem.severity}[{named(problem.code)}]")
    parts = [f"{paint('bold', str(problem.at))}: {head} {plain(problem.message)}"]
    if line := _masked(problem, _line(problem.at, read)):
        parts += _excerpt(problem, line, paint, width)
    margin = " " * (len(str(problem.at.line)) + 1)
    for word, text in (("help", problem.hint), ("note", problem.note)):
        parts += [f"{margin} {paint('bold', word)}: {plain(text)}"] if text else []
    for related in problem.places:
        text = f"{plain(related.message)}: {related.at}"
        room = width - len(margin) - _columns(text) - 10
        line = _shown(_line(related.at, read).strip())
        shown = f"{line[:room]}…" if len(line) > room else line
        excerpt = paint("dim", f" {paint.bar} {shown}") if line and room > _LEAST else ""
        parts.append(f"{margin} {paint('bold', 'note')}: {text}{excerpt}")
    return "\n".join(parts)


def _line(at: Location, read: Read) -> str:
    lines = read(at.file) or ()
    return lines[at.line - 1] if at.line <= len(lines) else ""


def _masked(problem: Problem, line: str) -> str:
    """Hide what a secret would tell: logs of continuous integration are read by many."""
    if problem.code != "secret":
        return line
    start = problem.at.column - 1
    end = start + problem.at.width
    return f"{line[:start]}{'*' * len(line[start:end])}{line[end:]}"


def _excerpt(problem: Problem, line: str, paint: Painter, width: int) -> list[str]:
    number = str(problem.at.line)
    start = min(problem.at.column - 1, len(line))
    before, marked = _shown(line[:start]), _shown(line[start : start + problem.at.width])
    text, offset = _shown(line), _columns(before)
    room = max(width - len(number) - 4, 20)
    if offset > room // 2 and _columns(text) > room:
        text, offset = "…" + line[max(start - room // 3, 0) :], min(start, room // 3) + 1
        text = _shown(text)
    text = text[:room] + ("…" if len(text) > room else "")
    caret = "^" * max(min(_columns(marked), room - offset), 1)
    gutter, empty = f"{number} {paint.bar}", f"{' ' * len(number)} {paint.bar}"
    carets = paint(problem.severity, caret)
    return [f"{paint('dim', gutter)} {text}", f"{paint('dim', empty)} {' ' * offset}{carets}"]


def named(slug: str) -> str:
    """Return the number and the slug of a code, as people see it."""
    from compiler.catalogue import numbers

    return f"{numbers().get(slug, '')} {slug}".lstrip()


def plain(text: str) -> str:
    """Return `text` with control characters shown, so that it cannot steer a terminal."""
    if text.isprintable():
        return text
    return "".join(c if c == "\n" or not _steers(c) else f"\\x{ord(c):02x}" for c in text)


def _shown(text: str) -> str:
    return plain(text.replace("\n", " ").expandtabs(_TAB))


def _steers(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cf", "Cs")


def _columns(text: str) -> int:
    wide = sum(unicodedata.east_asian_width(c) in ("W", "F") for c in text)
    return len(text) + wide - sum(bool(unicodedata.combining(c)) for c in text)


def as_json(problems: Sequence[Problem]) -> str:
    """Return the problems as JSON, by the schema `diagnostics`."""
    from compiler.catalogue import numbers

    found = [
        {
            "code": numbers().get(p.code, p.code),
            "name": p.code,
            "severity": p.severity,
            "message": p.message,
            "hint": p.hint,
            "note": p.note,
            **_place(p.at),
            "related": [{"message": r.message, **_place(r.at)} for r in p.places],
        }
        for p in problems
    ]
    return document({"version": 1, "problems": found})


def _place(at: Location) -> dict[str, str | int]:
    return {"file": at.file, "line": at.line, "column": at.column, "width": at.width}


def github(problems: Sequence[Problem]) -> str:
    """Return the problems as workflow commands, which GitHub shows beside the lines."""
    # only the first ten of each kind are shown
    worst = sorted(problems, key=lambda problem: problem.severity != "error")
    return "".join(_command(problem) + "\n" for problem in worst)


def _command(problem: Problem) -> str:
    at = problem.at
    fields = {
        "file": at.file,
        "line": at.line,
        "col": at.column,
        "endColumn": at.column + at.width,
        "title": named(problem.code),
    }
    described = ",".join(f"{name}={_property(str(value))}" for name, value in fields.items())
    return f"::{problem.severity} {described}::{_data(told(problem))}"


def told(problem: Problem) -> str:
    """Return everything about a problem but its place, without excerpts."""
    notes = [f"note: {related.message}: {related.at}" for related in problem.places]
    lines = [("", problem.message), ("help: ", problem.hint), ("note: ", problem.note)]
    return "\n".join([*(f"{word}{text}" for word, text in lines if text), *notes])


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
