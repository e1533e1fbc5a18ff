"""What a step gives to its component, held against what the component declares."""

from collections.abc import Iterator
from typing import Any

from compiler import matrix, parameters
from compiler.pipeline import Argument
from compiler.problems import Problem, nearest
from compiler.reference import Reference, references, whole
from compiler.scope import Scope
from compiler.spec import ComponentSpec, ParameterSpec, StepSpec
from compiler.texts import Texts

_WIDER = {("integer", "number"), *((kind, "string") for kind in ("integer", "number", "boolean"))}
Given = tuple[tuple[Argument, ...] | None, list[Reference]]


def resolve(step: StepSpec, scope: Scope, texts: Texts) -> Given:
    """Return the arguments of `step`, and the references in them; None without a component."""
    if step.component is None:
        return None, []
    texts.problems.extend(_unknown(step, step.component, texts))
    texts.problems.extend(_inputs(step, step.component, scope, texts))
    used: list[Reference] = []
    arguments = [
        Argument("params", name, parameter.type, _text(step, parameter, scope, texts, used))
        for name, parameter in step.component.params.items()
    ]
    arguments += [
        Argument("inputs", name, "string", "")
        for name in step.component.inputs
        if name not in step.inputs
    ]
    return tuple(arguments), used


def _unknown(step: StepSpec, component: ComponentSpec, texts: Texts) -> Iterator[Problem]:
    """Yield values, inputs and outputs that the component does not know."""
    what = f"component `{component.reference}`"
    for name in step.given.keys() - component.params.keys():
        hint = nearest(name, tuple(component.params)) or "it has none"
        at = texts.document.key(step.at("with", name))
        yield Problem("unknown-argument", f"{what} has no parameter `{name}`", at, hint)
    for name in step.outputs.keys() & component.outputs.keys():
        if not texts.document.foreign(step.at("outputs", name)):
            at = texts.document.key(step.at("outputs", name))
            message = f"{what} says itself where `{name}` is"
            yield Problem("unknown-argument", message, at, "remove it")
    if component.open:
        return
    read = set(_read(step))
    for name in step.inputs.keys() - component.inputs.keys() - read:
        hint = nearest(name, tuple(component.inputs)) or "it has none"
        at = texts.document.key(step.at("inputs", name))
        yield Problem("unknown-argument", f"{what} has no input `{name}`", at, hint)
    for name in step.outputs.keys() - component.outputs.keys():
        hint = nearest(name, tuple(component.outputs)) or "it has none"
        at = texts.document.key(step.at("outputs", name))
        yield Problem("unknown-argument", f"{what} has no output `{name}`", at, hint)


def _read(step: StepSpec) -> Iterator[str]:
    """Yield the inputs that values and variables of the step itself refer to."""
    for value in (*step.given.values(), *step.env.values()):
        for reference in references(value) if isinstance(value, str) else ():
            if reference.namespace == "inputs":
                yield reference.path


def _inputs(
    step: StepSpec, component: ComponentSpec, scope: Scope, texts: Texts
) -> Iterator[Problem]:
    """Yield inputs that are not wired, or wired to something of another type."""
    for name, entrance in component.inputs.items():
        if name not in step.inputs:
            if not entrance.optional:
                at = texts.document.key(step.path)
                message = f"component `{component.reference}` needs input `{name}`"
                hint = f'add `inputs: {{{name}: "${{steps.STEP.outputs.NAME}}"}}`'
                yield Problem("missing-argument", message, at, hint)
            continue
        kind = scope.kind(f"inputs.{name}")
        if kind and not fits(kind, entrance.type):
            at = texts.document.at(step.inputs[name].at)
            message = f"input `{name}` is {_a(entrance.type)}, this is {_a(kind)}"
            yield Problem("wrong-argument", message, at, f"see `{component.reference}`")


def _text(
    step: StepSpec, parameter: ParameterSpec, scope: Scope, texts: Texts, used: list[Reference]
) -> str:
    """Return the text of a parameter's value; what is wrong with it goes to the problems."""
    if parameter.name not in step.given:
        if parameter.default is None:
            at = texts.document.key(step.path)
            message = f"step `{step.name}` gives no `{parameter.name}`"
            hint = f"add `with: {{{parameter.name}: …}}`, {_a(parameter.type)}"
            texts.problems.append(Problem("missing-argument", message, at, hint))
        return matrix.text("" if parameter.default is None else parameter.default)
    value, path = step.given[parameter.name], step.at("with", parameter.name)
    found = texts.checked(value, path, scope) if isinstance(value, str) else []
    used += found
    if isinstance(value, list):
        texts.plain(value, path)
    sound = isinstance(value, str) and len(found) < len(list(references(value)))
    refused = None if sound else _refusal(parameter, value, found, scope)
    if refused:
        at = texts.document.at(path)
        texts.problems.append(Problem("wrong-argument", refused[0], at, refused[1]))
    return matrix.text(value)


def _refusal(
    parameter: ParameterSpec, value: Any, found: list[Reference], scope: Scope
) -> tuple[str, str] | None:
    """Return (message, hint) when the parameter cannot take the value.

    Of a value that is known at run time only, the type alone is held against the parameter.
    """
    if not found:
        return parameters.misfit(parameter, value)
    kind = (scope.kind(found[0].dotted) or "") if whole(value) else "string"
    if fits(kind, parameter.type):
        return None
    return f"`{parameter.name}` is {_a(parameter.type)}, this is {_a(kind)}", ""


def fits(kind: str, wanted: str) -> bool:
    return kind == wanted or (kind, wanted) in _WIDER


def _a(kind: str) -> str:
    return {"artifact": "a file", "integer": "an integer"}.get(kind, f"a {kind}")
