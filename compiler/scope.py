"""What a reference may name at a step, and of what type it is."""

from collections.abc import Iterable, Iterator, Mapping

from compiler import matrix
from compiler.document import Path
from compiler.problems import Problem, nearest
from compiler.record import record, replace
from compiler.reference import Reference, misnamed, whole
from compiler.spec import OutputSpec, ParameterSpec, Spec, StepSpec

RUN = ("name", "uid", "source", "env", "pipeline")
_SELECTED = "selected"
_OF_CALLER = ("steps", "matrix", "each")
_WHAT = {
    "params": "parameter",
    "inputs": "input",
    "matrix": "matrix axis",
    "each": "field of an item",
    "run": "field of run",
}


@record
class Scope:
    """The names that a step sees: parameters, its inputs and items, outputs of other steps.

    The texts of a component see its `own` parameters and inputs only.
    """

    spec: Spec
    step: StepSpec
    handler: bool = False
    own: bool = False

    def at(self, path: Path) -> "Scope":
        """The names that the text at `path` sees: those of the file it stands in."""
        own = self.step.component is not None and self.spec.document.foreign(path)
        return self if own == self.own else replace(self, own=own)

    @property
    def _params(self) -> Mapping[str, ParameterSpec]:
        component = self.step.component if self.own else None
        return component.params if component else self.spec.params

    def kind(self, dotted: str) -> str | None:
        """Return the type of a dotted name, None when nothing has this name here."""
        namespace, _, path = dotted.partition(".")
        match namespace:
            case "params":
                parameter = self._params.get(path)
                return parameter.type if parameter else None
            case "inputs":
                return self._input(path)
            case "steps":
                return None if self.handler or self.own else self._output(path)
            case "run":
                return "string" if path in self._run() else None
        return dict(self._axes(namespace)).get(path)

    def _input(self, name: str) -> str | None:
        component = self.step.component if self.own else None
        if component and name in component.inputs:
            return component.inputs[name].type
        if component or name not in self.step.inputs:
            return None
        reference = whole(self.step.inputs[name].source)
        known = reference is not None and reference.namespace == "steps"
        return self.kind(reference.dotted) if reference and known else "artifact"

    def _output(self, path: str) -> str | None:
        name, _, key = path.partition(".outputs.")
        step = self.spec.steps.get(name)
        output = outputs(self.spec, step).get(key) if step else None
        if step is None or output is None:
            return None
        return "list" if step.fan.many and output.type != "artifact" else output.type

    def _axes(self, namespace: str) -> Iterator[tuple[str, str]]:
        if self.own or namespace != self.step.fan.namespace:
            return
        yield from matrix.kinds(self.step.fan)
        if isinstance(self.step.fan.items, str):
            yield from matrix.item_kinds(self.spec, self.step.fan.items)

    def _run(self) -> tuple[str, ...]:
        return (*RUN, "status") if self.handler else RUN

    def _known(self, namespace: str) -> tuple[str, ...]:
        return {
            "params": tuple(self._params),
            "inputs": tuple(self._entrances()),
            "run": self._run(),
        }.get(namespace, tuple(name for name, _ in self._axes(namespace)))

    def _entrances(self) -> Iterable[str]:
        component = self.step.component if self.own else None
        return component.inputs if component else self.step.inputs

    def refuse(self, dotted: str) -> tuple[str, str] | None:
        """Return (message, hint) when `dotted` names nothing here, else None."""
        namespace, _, path = dotted.partition(".")
        if hint := misnamed(Reference(namespace, path, 0, 0)):
            return f"`{namespace}` is no namespace of references", hint
        if self.own and namespace in _OF_CALLER:
            hint = "declare a parameter or an input, which the step fills"
            return f"a component does not see the `{namespace}` of who uses it", hint
        if namespace == "steps":
            return self._refuse_step(path)
        if self.kind(dotted) is not None:
            return None
        empty = "none is declared" if namespace != "run" else ""
        hint = nearest(path, self._known(namespace)) or empty
        return f"no {_WHAT[namespace]} is called `{path}`", hint

    def _refuse_step(self, path: str) -> tuple[str, str] | None:
        name, _, rest = path.partition(".")
        if self.handler:
            return "a handler sees params and run only", "write what it needs to an artifact store"
        if name not in self.spec.steps:
            return f"no step is called `{name}`", nearest(name, tuple(self.spec.steps))
        word, _, key = rest.partition(".")
        if word != "outputs" or not key:
            return f"`steps.{path}` is no output", f"write ${{steps.{name}.outputs.NAME}}"
        known = tuple(outputs(self.spec, self.spec.steps[name]))
        if key not in known:
            return f"step `{name}` has no output `{key}`", nearest(key, known) or "it has none"
        if name == self.step.name:
            return "a step cannot refer to its own outputs", ""
        return None


def outputs(spec: Spec, step: StepSpec) -> Mapping[str, OutputSpec]:
    """The outputs of a step; a `select` has those of its source, and what it chose."""
    if step.kind == "register":
        return {"version": _value("version", "integer"), "uri": _value("uri", "string")}
    if step.kind != "select":
        return step.outputs
    source = spec.steps.get(step.action["from"])
    if source is None or source.kind == "select":
        return {}
    found = {name: _selected(output) for name, output in source.outputs.items()}
    for axis, kind in matrix.kinds(source.fan):
        name = f"matrix_{axis}"
        found[name] = OutputSpec(name, f"outputs/values/matrix-{axis}", kind)
    return {**found, _SELECTED: _value(_SELECTED, "string")}


def _selected(output: OutputSpec) -> OutputSpec:
    if output.type == "artifact":
        return OutputSpec(output.name, f"outputs/artifacts/{output.name}", "artifact")
    return replace(_value(output.name, output.type), items=output.items)


def _value(name: str, kind: str) -> OutputSpec:
    return OutputSpec(name, f"outputs/values/{name}", kind)


def problem(
    scope: Scope, dotted: str, start: int, width: int, path: tuple[str | int, ...]
) -> Problem | None:
    """Return the problem of `dotted` at `start` of the text at `path`, if it names nothing."""
    refused = scope.refuse(dotted)
    if refused is None:
        return None
    at = scope.spec.document.within(path, start, width)
    return Problem("unknown-reference", refused[0], at, refused[1])
