"""What a reference may name at a step, and of what type it is."""

from collections.abc import Mapping
from dataclasses import dataclass

from compiler import matrix
from compiler.problems import Problem, nearest
from compiler.reference import NAMESPACES, Reference, misnamed
from compiler.spec import OutputSpec, Spec, StepSpec

RUN = ("name", "uid", "source", "env", "pipeline")
_SELECTED = "selected"


@dataclass(frozen=True)
class Scope:
    """The names that a step sees: parameters, its inputs and matrix, outputs of other steps."""

    spec: Spec
    step: StepSpec
    handler: bool = False

    def types(self) -> Mapping[str, str]:
        """Every dotted name with its type, values only."""
        known = {f"params.{p.name}": p.type for p in self.spec.params.values()}
        known |= {
            f"matrix.{axis}": matrix.kind(values) for axis, values in self.step.matrix.items()
        }
        known |= {f"run.{name}": "string" for name in self._run()}
        if not self.handler:
            for name, step in self.spec.steps.items():
                for key, output in outputs(self.spec, step).items():
                    known[f"steps.{name}.outputs.{key}"] = output.type
        for name, text in self.step.inputs.items():
            found = known.get(text.removeprefix("${").removesuffix("}"), "artifact")
            known[f"inputs.{name}"] = found
        return known

    def _run(self) -> tuple[str, ...]:
        return (*RUN, "status") if self.handler else RUN

    def refuse(self, dotted: str) -> tuple[str, str] | None:
        """Return (message, hint) when `dotted` names nothing here, else None."""
        namespace, _, path = dotted.partition(".")
        reference = Reference(namespace, path, 0, 0)
        if hint := misnamed(reference):
            return f"`{namespace}` is no namespace of references", hint
        if namespace == "steps":
            return self._refuse_step(path)
        known = [n.partition(".")[2] for n in self.types() if n.startswith(f"{namespace}.")]
        if path in known:
            return None
        what = {"params": "parameter", "inputs": "input", "matrix": "matrix axis"}
        empty = "none is declared" if namespace != "run" else ""
        return f"no {what.get(namespace, 'field of run')} is called `{path}`", nearest(
            path, known
        ) or empty

    def _refuse_step(self, path: str) -> tuple[str, str] | None:
        name, _, rest = path.partition(".")
        if self.handler:
            return "a handler sees params and run only", "write what it needs to an artifact store"
        if name not in self.spec.steps:
            return f"no step is called `{name}`", nearest(name, tuple(self.spec.steps))
        word, _, key = rest.partition(".")
        if word != "outputs" or not key:
            return f"`steps.{path}` is no output", f"write ${{steps.{name}.outputs.NAME}}"
        step = self.spec.steps[name]
        if step.matrix:
            hint = f"choose one first: `best: {{select: {{from: {name}, by: …}}}}`"
            return f"step `{name}` has a matrix: its outputs are many", hint
        known = tuple(outputs(self.spec, step))
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
    for axis, values in source.matrix.items():
        found[f"matrix_{axis}"] = _value(f"matrix-{axis}", matrix.kind(values))
    return {**found, _SELECTED: _value(_SELECTED, "string")}


def _selected(output: OutputSpec) -> OutputSpec:
    if output.type == "artifact":
        return OutputSpec(output.name, f"outputs/artifacts/{output.name}", "artifact")
    return _value(output.name, output.type)


def _value(name: str, kind: str) -> OutputSpec:
    return OutputSpec(name, f"outputs/values/{name}", kind)


def unknown_namespace(reference: Reference) -> bool:
    """Whether `reference` is one at all: shells have `${a.b}` for nothing."""
    return reference.namespace not in NAMESPACES


def problem(
    scope: Scope, dotted: str, start: int, width: int, path: tuple[str | int, ...]
) -> Problem | None:
    """Return the problem of `dotted` at `start` of the text at `path`, if it names nothing."""
    refused = scope.refuse(dotted)
    if refused is None:
        return None
    at = scope.spec.document.within(path, start, width)
    return Problem("unknown-reference", refused[0], at, refused[1])
