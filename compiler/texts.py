"""References and expressions in the texts of a spec: read, checked against a scope, reported."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from compiler import expression
from compiler.document import Document, Path
from compiler.expression import Expression, ExpressionError
from compiler.problems import Problem, nearest
from compiler.record import record
from compiler.reference import NESTED, Reference, owned, references
from compiler.scope import Scope, problem


@record
class Texts:
    """Reads texts of `document`; what is wrong with them goes to `problems`."""

    document: Document
    problems: list[Problem]

    def checked(self, text: str, path: Path, scope: Scope) -> list[Reference]:
        """Return the references of a text that Argo reads; report what it would take for its own.

        Those that name nothing are reported too.
        """
        if "{{" in text:
            hint = "Argo would evaluate it; pass such text in a file"
            at = self.document.at(path)
            self.problems.append(Problem("braces", "`{{` cannot stand in a value", at, hint))
        self._joined(text, path, scope.at(path))
        return self.named(text, path, scope)

    def named(self, text: str, path: Path, scope: Scope) -> list[Reference]:
        """Return the references of a text; report those that name nothing."""
        self._nested(text, path)
        found, scope = [], scope.at(path)
        for reference in references(text):
            width = reference.end - reference.start
            refused = problem(scope, reference.dotted, reference.start, width, path)
            if refused is None and self._is_file(reference, scope, path):
                continue
            self.problems.extend([refused] if refused else [])
            bound = scope.own and reference.namespace == "params"
            found += [] if refused or bound else [reference]
        return found

    def written(self, text: str, path: Path, scope: Scope) -> str:
        """Return a text that was checked, its references as the whole pipeline reads them."""
        return owned(text) if scope.at(path).own else text

    def _nested(self, text: str, path: Path) -> None:
        for match in NESTED.finditer(text):
            at = self.document.within(path, match.start(), len(match[0]))
            message, hint = "a reference cannot stand in another", "name what is meant itself"
            self.problems.append(Problem("nested-reference", message, at, hint))

    def _joined(self, text: str, path: Path, scope: Scope) -> None:
        """Report a reference whose value could become `{{` or `$(` with what is before it."""
        end, before = 0, ""
        for reference in references(text):
            touching = reference.start == end and scope.kind(before) == "string"
            if touching or text[: reference.start].endswith("{"):
                at = self.document.within(path, reference.start, reference.end - reference.start)
                what = "another reference" if touching else "a `{`"
                message = f"{what} directly before {reference}: Argo could evaluate what they make"
                hint = "put a character between them, or make the text in a `run:` script"
                self.problems.append(Problem("braces", message, at, hint))
            end, before = reference.end, reference.dotted

    def plain(self, data: Any, path: Path, mark: str = "{{") -> None:
        """Report every text of `data` that holds what only a run could replace."""
        if isinstance(data, str) and ((mark and mark in data) or any(references(data))):
            at, message = self.document.at(path), "this is fixed when it is rendered"
            hint = "write it without `{{` and references"
            self.problems.append(Problem("braces", message, at, hint))
        parts = data.items() if isinstance(data, Mapping) else []
        for key, value in enumerate(data) if isinstance(data, list) else parts:
            self.plain(value, (*path, key))

    def _is_file(self, reference: Reference, scope: Scope, path: Path) -> bool:
        """Report an artifact of another step that is named where only a value can stand."""
        known = scope.kind(reference.dotted)
        if reference.namespace != "steps" or known != "artifact":
            return False
        name = reference.path.rpartition(".")[2]
        at = self.document.within(path, reference.start, reference.end - reference.start)
        hint = f'declare it: `inputs: {{{name}: "{reference}"}}`, then write ${{inputs.{name}}}'
        message = f"{reference} is a file, it must arrive as an input"
        self.problems.append(Problem("undeclared-input", message, at, hint))
        return True

    def condition(self, text: str | None, path: Path, scope: Scope) -> Expression | None:
        """Parse a condition over the names of `scope`; report what is wrong with it."""

        def types(names: Sequence[tuple[str, int]]) -> Mapping[str, str]:
            found = [problem(scope, name, column, len(name), path) for name, column in names]
            self.problems.extend(item for item in found if item)
            return {name: kind for name, _ in names if (kind := scope.kind(name))}

        return None if text is None else self._expression(text, path, types)

    def gate(self, text: str, path: Path, types: Mapping[str, str]) -> Expression | None:
        """Parse a condition over the metrics of `types`; report what is wrong with it."""

        def known(names: Sequence[tuple[str, int]]) -> Mapping[str, str]:
            for name, column in names:
                if name not in types:
                    at = self.document.within(path, column, len(name))
                    hint = nearest(name, tuple(types)) or "the step puts out no number"
                    message = f"no metric is called `{name}`"
                    self.problems.append(Problem("unknown-metric", message, at, hint))
            return types

        return self._expression(text, path, known)

    def _expression(
        self,
        text: str,
        path: Path,
        types: Callable[[Sequence[tuple[str, int]]], Mapping[str, str]],
    ) -> Expression | None:
        try:
            parsed = expression.parse(text)
            names = expression.names(parsed)
            known = types(names)
            if any(name not in known for name, _ in names):
                return None
            if (kind := expression.type_of(parsed, known)) != "boolean":
                raise ExpressionError(f"a condition is needed; this is a {kind}", 0, len(text))
        except ExpressionError as error:
            at = self.document.within(path, error.column, error.width)
            hint = "comparisons, and/or/not/in, arithmetic, numbers and 'text'"
            self.problems.append(Problem("expression", error.message, at, hint))
            return None
        return parsed
