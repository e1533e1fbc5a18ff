"""`pipeline:` steps: which pipelines are called, with which values, and what they put out."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from compiler import matrix, parameters, uses
from compiler.convention import FORBIDDEN
from compiler.document import Path
from compiler.pipeline import Call, Input, Parameter, Pipeline
from compiler.problems import Location, Problem, Rejected, nearest
from compiler.record import record, replace
from compiler.reference import Reference, references, whole
from compiler.scope import Scope, problem
from compiler.spec import FanSpec, InputSpec, OutputSpec, Spec, StepSpec
from compiler.texts import Texts

Read = Callable[[str], Pipeline]


@record
class Calls:
    """Finds the pipelines that others call; `chain` are those whose calls led here, then ours."""

    known: Sequence[str]
    chain: tuple[str, ...]
    read: Read

    def attach(self, spec: Spec) -> tuple[Spec, list[Problem]]:
        """Return `spec`, its calls knowing what they call, and what is wrong with those."""
        problems: list[Problem] = []
        steps = {name: self._attached(spec, step, problems) for name, step in spec.steps.items()}
        return replace(spec, steps=steps), problems

    def _attached(self, spec: Spec, step: StepSpec, problems: list[Problem]) -> StepSpec:
        if step.kind != "pipeline":
            return step
        if refused := self._refusal(step.action, spec.document.at(step.at("pipeline"))):
            problems.append(refused)
            return step
        try:
            called = self.read(step.action)
        except Rejected as rejected:
            problems += rejected.problems
            return step
        found = {o.name: OutputSpec(o.name, "", o.type) for o in called.outputs}
        return replace(step, action=called, outputs=found)

    def _refusal(self, name: str, at: Location) -> Problem | None:
        if name in self.chain:
            chain = " → ".join((*self.chain[self.chain.index(name) :], name))
            message, hint = f"pipelines call each other: {chain}", "remove one of these calls"
            return Problem("call-cycle", message, at, hint)
        if name not in self.known:
            hint = nearest(name, tuple(self.known))
            return Problem("unknown-pipeline", f"no pipeline `{name}`", at, hint)
        return None


def resolve(step: StepSpec, scope: Scope, texts: Texts) -> tuple[Call, list[Reference]]:
    """Return what a step calls and the references in what it gives; report what does not fit."""
    called: Pipeline = step.action
    declared = {parameter.name: parameter for parameter in called.params}
    document, used, given = scope.spec.document, list[Reference](), []
    for name, value in step.given.items():
        if name not in declared:
            hint = nearest(name, tuple(declared)) or "it has none"
            message = f"pipeline `{called.name}` has no parameter `{name}`"
            at = document.key(step.at("with", name))
            texts.problems.append(Problem("unknown-argument", message, at, hint))
            continue
        used += _value(declared[name], value, step.at("with", name), scope, texts)
        given.append((name, matrix.text(value)))
    for name, parameter in declared.items():
        if parameter.default is None and name not in step.given:
            at = document.at(step.at("pipeline"))
            hint = f"add `with: {{{name}: …}}`, of type {parameter.type}"
            message = f"parameter `{name}` of pipeline `{called.name}` is not given"
            texts.problems.append(Problem("missing-argument", message, at, hint))
    return Call(called, tuple(given)), used


def _value(
    parameter: Parameter, value: Any, path: Path, scope: Scope, texts: Texts
) -> list[Reference]:
    """Return the references of a value that `parameter` is given; report what it cannot be."""

    def report(message: str, hint: str = "") -> None:
        at = scope.spec.document.at(path)
        texts.problems.append(Problem("wrong-argument", message, at, hint))

    if not isinstance(value, str) or not any(references(value)):
        if message := parameters.unfit(parameter, value):
            report(*message)
        return []
    used = texts.checked(value, path, scope)
    reference = whole(value)
    kind = scope.kind(reference.dotted) if reference else "string"
    if used and not uses.fits(kind or "", parameter.type):
        report(f"`{parameter.name}` is of type {parameter.type}, {value} of type {kind}")
    elif mark := next((mark for mark in FORBIDDEN[1:] if mark in value), ""):
        report(f"`{mark}` in a value would be changed on the way", "pass it in a file")
    return used


def outputs(spec: Spec, texts: Texts) -> Iterator[Input]:
    """Yield the outputs that a pipeline declares; report those that are none of its steps'."""
    for name, entry in spec.outputs.items():
        outside = replace(next(iter(spec.steps.values())), name="", inputs={}, fan=FanSpec())
        if found := _output(name, entry, Scope(spec, outside), texts):
            yield found


def _output(name: str, entry: InputSpec, scope: Scope, texts: Texts) -> Input | None:
    reference = whole(entry.source)
    if reference is None or reference.namespace != "steps":
        message, hint = "an output is one output of one step", 'write "${steps.STEP.outputs.NAME}"'
    elif refused := problem(scope, reference.dotted, 0, reference.end, entry.at):
        texts.problems.append(refused)
        return None
    else:
        step, output = reference.output
        kind = scope.kind(reference.dotted) or ""
        at = scope.spec.document.at(entry.at)
        found = Input(name, step, output, kind, _text(entry.default), at)
        message, hint = _unfit(found, many=scope.spec.steps[step].fan.many, default=entry.default)
        if not message:
            return found
    at = scope.spec.document.at(entry.at)
    texts.problems.append(Problem("bad-output", message, at, hint))
    return None


def _text(value: Any) -> str | None:
    return None if value is None else matrix.text(value)


def _unfit(found: Input, *, many: bool, default: Any) -> tuple[str, str]:
    """Return (message, hint) why an output of a step cannot be one of the pipeline."""
    if many and found.type == "artifact":
        return f"`{found.step}` puts out many files", "gather them in a step"
    if default is None:
        return "", ""
    if many or found.type in ("artifact", "list"):
        return "only a single value can have a default", "gather it in a step that always runs"
    message = parameters.mistyped(found.type, default)
    return (message, "") if message else parameters.altered(default) or ("", "")
