"""Jinja → Source: sandboxed, strict, without clock or chance, every line mapped to its template.

Files without a Jinja marker are their own source; Jinja is imported for the others only.
"""

import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compiler.problems import Location, Problem, Rejected, nearest
from compiler.source import Source, plain

if TYPE_CHECKING:
    from jinja2 import TemplateError
    from jinja2.lexer import Token, TokenStream

_MARKERS = ("{{", "{%", "{#")
_MARK = re.compile("\ue000([^\ue001]*)\ue001")
_FILTERS = [
    "abs",
    "batch",
    "capitalize",
    "default",
    "dictsort",
    "first",
    "float",
    "format",
    "groupby",
    "indent",
    "int",
    "items",
    "join",
    "last",
    "length",
    "list",
    "lower",
    "map",
    "max",
    "min",
    "reject",
    "rejectattr",
    "replace",
    "reverse",
    "round",
    "select",
    "selectattr",
    "slice",
    "sort",
    "string",
    "sum",
    "title",
    "trim",
    "truncate",
    "unique",
    "upper",
    "wordcount",
]
_CONTEXT = ("env", "vars", "project")
_LIMIT = 2_000_000
_FAULTS = (ArithmeticError, AttributeError, LookupError, MemoryError, TypeError, ValueError)


def render(file: str, text: str, context: Mapping[str, object], root: Path) -> Source:
    """Return the source of template `file` below `root`; raise `Rejected` if it is no template."""
    if "\ue000" in text or "\ue001" in text:
        raise Rejected([Problem("bad-character", "a private-use character", Location(file))])
    if not any(marker in text for marker in _MARKERS):
        return plain(file, text)
    return _Renderer(file, text, root).render(context)


class _Renderer:
    """One rendering: the texts that were read and the problems that were met."""

    def __init__(self, file: str, text: str, root: Path) -> None:
        self.file, self.root = file, root
        self.texts = {file: text}
        self.problems: list[Problem] = []

    def render(self, context: Mapping[str, object]) -> Source:
        from jinja2 import TemplateError

        try:
            text = self._text(context, marked=False)
            marked = self._text(context, marked=True)
        except TemplateError as error:
            raise Rejected([*self.problems, self._located(error)]) from None
        except RecursionError:
            raise Rejected([self._problem("the template includes itself without end")]) from None
        except _FAULTS as error:
            raise Rejected([*self.problems, self._failed(error)]) from None
        if len(text) > _LIMIT:
            raise Rejected([self._problem(f"the template gives more than {_LIMIT:,} characters")])
        templates = {name: tuple(body.split("\n")) for name, body in self.texts.items()}
        origins = tuple(_origins(text, marked, self.file))
        return Source(text, origins, templates, tuple(dict.fromkeys(self.problems)))

    def _text(self, context: Mapping[str, object], *, marked: bool) -> str:
        environment = _environment(self._load, self._undefined())
        if marked:
            environment.add_extension(_line_marks())
        text: str = environment.get_template(self.file).render(context)
        return text

    def _load(self, name: str) -> str | None:
        if name in self.texts:
            return self.texts[name]
        path = self.root / name
        inside = path.resolve().is_relative_to(self.root.resolve())
        if not inside or any(p.is_symlink() for p in (path, *path.parents) if p != self.root):
            return None
        try:
            self.texts[name] = path.read_text("utf-8")
        except (OSError, UnicodeDecodeError):
            return None
        return self.texts[name]

    def _undefined(self) -> type:
        from jinja2 import StrictUndefined

        renderer = self

        class Recorded(StrictUndefined):
            """Records its use and goes on, so that one run shows every mistake."""

            def _use(self) -> str:
                renderer.record(self._undefined_name or "?", self._undefined_obj)
                return "undefined"

            def __str__(self) -> str:  # type: ignore[override]
                return self._use()

            def __iter__(self) -> Iterator[Any]:  # type: ignore[override]
                self._use()
                return iter(())

            def __bool__(self) -> bool:  # type: ignore[override]
                self._use()
                return False

            def __call__(self, *_args: object, **_named: object) -> str:  # type: ignore[override]
                return self._use()

            def __getattr__(self, name: str) -> Any:
                if name.startswith("__"):
                    raise AttributeError(name)
                self._use()
                return ""

        return Recorded

    def record(self, name: str, owner: object) -> None:
        """Note an undefined `name`, at the template line that is being rendered."""
        file, line = _template_line(self.file)
        known = list(owner) if isinstance(owner, Mapping) else list(_CONTEXT)
        written = self.texts.get(file, "").split("\n")
        body = written[line - 1] if line <= len(written) else ""
        word = rf"\b({re.escape(name)})\b"
        match = re.search(rf"\{{[{{%].*?{word}", body) or re.search(word, body)
        at = Location(file, line, match.start(1) + 1, len(name)) if match else Location(file, line)
        hint = nearest(name, [str(key) for key in known])
        self.problems.append(Problem("undefined-variable", f"`{name}` is undefined", at, hint))

    def _located(self, error: "TemplateError") -> Problem:
        line = getattr(error, "lineno", None) or self._raised_line(error)
        file = getattr(error, "filename", None) or self.file
        file = file if file in self.texts else self.file
        message = str(error.message or error) if hasattr(error, "message") else str(error)
        if type(error).__name__ == "TemplateNotFound":
            message, line = f"template `{error}` is not a file of this project", line
        return Problem("template", message, self._line(file, line))

    def _failed(self, error: Exception) -> Problem:
        return Problem("template", str(error), self._line(self.file, self._raised_line(error)))

    def _raised_line(self, error: BaseException) -> int:
        line, trace = 1, error.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code.co_filename in self.texts:
                line = trace.tb_lineno
            trace = trace.tb_next
        return line

    def _line(self, file: str, line: int) -> Location:
        lines = self.texts[file].split("\n")
        text = lines[line - 1] if 0 < line <= len(lines) else ""
        return Location(file, line, len(text) - len(text.lstrip()) + 1, len(text.strip()) or 1)

    def _problem(self, message: str) -> Problem:
        return Problem("template", message, Location(self.file))


def _environment(load: Any, undefined: type) -> Any:
    from jinja2 import FunctionLoader
    from jinja2.exceptions import SecurityError
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class Bounded(ImmutableSandboxedEnvironment):
        """Without the operators that make much of little."""

        intercepted_binops = frozenset({"*", "**"})

        def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
            if operator == "**" or not all(isinstance(n, int | float) for n in (left, right)):
                raise SecurityError(f"`{operator}` is for numbers only, and not for powers")
            return super().call_binop(context, operator, left, right)

    environment = Bounded(
        loader=FunctionLoader(
            lambda name: None if (text := load(name)) is None else (text, name, None)
        ),
        undefined=undefined,
        finalize=_written,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
    )
    environment.filters = {name: environment.filters[name] for name in _FILTERS}
    environment.globals = {"range": environment.globals["range"]}
    return environment


def _written(value: Any) -> Any:
    """Write data as YAML reads it; refuse what prints as an address in memory."""
    from jinja2 import Undefined

    if isinstance(value, str | Undefined) or (
        isinstance(value, int | float) and not isinstance(value, bool)
    ):
        return value
    if value is None or isinstance(value, dict | bool | list | tuple):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, Iterator | range):
        return json.dumps(list(value), ensure_ascii=False)
    if callable(value):
        raise TypeError("a function cannot be written: call it with `()`")
    raise TypeError(f"a {type(value).__name__} cannot be written")


def _template_line(default: str) -> tuple[str, int]:
    frame = sys._getframe(1)
    while frame is not None:
        template = frame.f_globals.get("__jinja_template__")
        if template is not None:
            return template.name or default, template.get_corresponding_lineno(frame.f_lineno)
        frame = frame.f_back  # type: ignore[assignment]
    return default, 1


def _line_marks() -> type:
    from jinja2.ext import Extension
    from jinja2.lexer import Token

    class LineMarks(Extension):
        """Prefix each line of template text with an invisible mark `file:line`."""

        def filter_stream(self, stream: "TokenStream") -> Iterator["Token"]:
            name = stream.filename or stream.name or ""
            captured, tag = 0, ""
            for token in stream:
                tag, captured = _state(token, tag, captured)
                if token.type == "data" and not captured:
                    yield Token(token.lineno, "data", _marked(token.value, name, token.lineno))
                else:
                    yield token

    return LineMarks


def _state(token: "Token", tag: str, captured: int) -> tuple[str, int]:
    """Follow blocks whose text becomes a value (`set`, `filter`, `call`): no marks in there."""
    if token.type == "block_begin":
        return "", captured
    if token.type == "name" and not tag:
        return token.value, captured - (token.value in ("endset", "endfilter", "endcall"))
    if token.type == "assign" and tag == "set":
        return "set=", captured
    if token.type == "block_end":
        return tag, captured + (tag in ("set", "filter", "call"))
    return tag, captured


def _marked(text: str, name: str, first: int) -> str:
    lines = enumerate(text.split("\n"), first)
    return "\n".join(f"\ue000{name}:{number}\ue001{line}" for number, line in lines)


def _origins(text: str, marked: str, file: str) -> list[tuple[str, int]]:
    """Return each line's (file, line); a line made of captured text gets the last place known."""
    origins, origin = [], f"{file}:1"
    for line in marked.split("\n"):
        marks = _MARK.split(line)
        shown = [place for place, part in zip(marks[1::2], marks[2::2]) if part.strip()]
        origin = next(iter(shown or marks[-2::-2]), origin)
        name, _, number = origin.rpartition(":")
        origins.append((name, int(number)))
    lines = text.count("\n") + 1
    return origins if len(origins) == lines else [(file, 1)] * lines
