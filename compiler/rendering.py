"""One rendering of a template: the files it reads, what is undefined in it, and where it fails."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from compiler import marks
from compiler.inputs import note
from compiler.marks import Trail, template_lines
from compiler.problems import Location, Problem, Rejected, nearest
from compiler.record import replace
from compiler.sandbox import FILTERS, TICK, Exhausted, environment
from compiler.source import Source

_CONTEXT = ("env", "vars", "project", "models")
CHARACTERS, _FILE, FILES = 2_000_000, 1024 * 1024, 500
_LIMITS = (Exhausted, MemoryError, RecursionError, TimeoutError)
_FAULTS = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


class Rendering:
    """One rendering: the texts that were read and the problems that were met."""

    def __init__(self, file: str, text: str, root: Path) -> None:
        self.file, self.root = file, root
        self.texts = {file: text}
        self.problems: dict[Problem, Problem] = {}
        self.trail = Trail(self._line)

    def render(self, context: Mapping[str, object]) -> Source:
        from jinja2 import TemplateError

        try:
            text = self._text(context)
            found = list(self.problems)
            marked = self._marked(context)
        except _LIMITS as error:
            raise Rejected([*self.problems, self._exhausted(error)]) from None
        except (TemplateError, *_FAULTS) as error:
            raise Rejected([*self.problems, self._traced(error, context)]) from None
        templates = {name: tuple(body.split("\n")) for name, body in self.texts.items()}
        places, made = marks.origins(text, marked, self.file, self.trail.known)
        problems = tuple(self.problems[problem] for problem in found)
        return Source(text, tuple(places), templates, problems, tuple(made))

    def _text(self, context: Mapping[str, object]) -> str:
        rendering = environment(self._load, self._undefined(), marks.ticking(TICK))
        chunks, size = [], 0
        for chunk in rendering.get_template(self.file).generate(context):
            chunks.append(chunk)
            size += len(chunk)
            if size > CHARACTERS:
                raise Exhausted(f"the template gives more than {CHARACTERS:,} characters")
        return "".join(chunks)

    def _marked(self, context: Mapping[str, object]) -> str:
        rendering = environment(self._load, self._undefined(), marks.marking())
        rendering.globals.update(self.trail.calls())
        text: str = rendering.get_template(self.file).render(context)
        return text

    def _load(self, name: str) -> str | None:
        if name not in self.texts:
            text = self._read(name)
            if text is None:
                return None
            self.texts[name] = text
            if len(self.texts) > FILES:
                raise Exhausted(f"the template includes more than {FILES} files")
        return self.texts[name]

    def _read(self, name: str) -> str | None:
        """Read a file of the project, to which no link leads and which is not hidden.

        In `.git` or `.env` stand what the person or the CI who renders may use, and nobody else.
        """
        path = note(self.root / name)
        steps = [part for part in (path, *path.parents) if part.is_relative_to(self.root)]
        hidden = any(part.startswith(".") for part in Path(name).parts)
        if hidden or not path.resolve().is_relative_to(self.root.resolve()):
            return None
        if any(step.is_symlink() for step in steps if step != self.root) or not path.is_file():
            return None
        try:
            text = path.read_text("utf-8") if path.stat().st_size <= _FILE else None
        except (OSError, UnicodeDecodeError):
            return None
        return None if text and (marks.OPEN in text or marks.CLOSE in text) else text

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
        file, line = next(template_lines(), (self.file, 1))
        known = list(owner) if isinstance(owner, Mapping) else list(_CONTEXT)
        written = self.texts.get(file, "").split("\n")
        body = written[line - 1] if line <= len(written) else ""
        word = rf"\b({re.escape(name)})\b"
        match = re.search(rf"\{{[{{%].*?{word}", body) or re.search(word, body)
        column, width = (match.start(1) + 1, len(name)) if match else (1, 1)
        at = Location(file, line, column, width, self.trail.via)
        hint = nearest(name, [str(key) for key in known])
        problem = Problem("undefined-variable", f"`{name}` is undefined", at, hint)
        # the second rendering knows the trail
        self.problems[problem] = max(
            self.problems.get(problem, problem), problem, key=lambda p: len(p.at.via)
        )

    def _traced(self, error: Exception, context: Mapping[str, object]) -> Problem:
        """Return the problem of `error`; render once more to see which turn of a loop it is in."""
        from jinja2 import TemplateError

        problem = self._located(error)
        try:
            self._marked(context)
        except (TemplateError, *_FAULTS) as again:
            if self._located(again) == problem:
                return replace(problem, at=replace(problem.at, via=self.trail.via))
        except _LIMITS:
            pass
        return problem

    def _located(self, error: Exception) -> Problem:
        file, line = self._raised(error)
        if type(error).__name__ == "TemplateNotFound":
            message = f"template `{error}` is not a file of this project"
        else:
            message = str(getattr(error, "message", None) or error)
        file = getattr(error, "filename", None) or file
        line = getattr(error, "lineno", None) or line
        return Problem("template", message, self._line(file, line), _meant(message))

    def _exhausted(self, error: BaseException) -> Problem:
        messages: dict[type, str] = {
            RecursionError: "the template includes or calls itself without end",
            MemoryError: "the template takes too much memory",
        }
        hint = "write data into `vars`, or into a file beside the spec, and loop over that"
        message = messages.get(type(error), str(error))
        return Problem("template-limit", message, self._line(*self._raised(error)), hint)

    def _raised(self, error: BaseException) -> tuple[str, int]:
        place, trace = (self.file, 1), error.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code.co_filename in self.texts:
                place = (trace.tb_frame.f_code.co_filename, trace.tb_lineno)
            trace = trace.tb_next
        return place

    def _line(self, file: str, line: int) -> Location:
        file = file if file in self.texts else self.file
        lines = self.texts[file].split("\n")
        text = lines[line - 1] if 0 < line <= len(lines) else ""
        return Location(file, line, len(text) - len(text.lstrip()) + 1, len(text.strip()) or 1)


def _meant(message: str) -> str:
    """Return the filter that was meant where Jinja knows none of a name."""
    unknown = re.match(r"No filter named '(.*?)'", message)
    return nearest(unknown[1], FILTERS) if unknown else ""
