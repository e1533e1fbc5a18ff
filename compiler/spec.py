"""Spec: the YAML of a pipeline, typed, one to one; nothing is filled in."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from compiler.document import Document, Path
from compiler.pipeline import CodeFile
from compiler.problems import Problem, Related
from compiler.record import field, record, replace

NOTICES = ("slack", "webhook", "email")
RUNS = ("run", "command", "python")
KINDS = (*RUNS, "uses", "select", "register", "approval", "resource", "pipeline", *NOTICES)
OWN = ("select", "register", "approval", *NOTICES)
LATE = "late"


@record
class ParameterSpec:
    """A parameter of the pipeline, as declared."""

    name: str
    type: str
    default: Any
    limits: Mapping[str, Any]
    path: Path


@record
class OutputSpec:
    """An output: a path, and the type of the value in it (`artifact` for the file itself).

    Of a `resource`, `path` is a JSONPath into the object.
    """

    name: str
    path: str
    type: str
    items: str | Mapping[str, str] = "string"


@record
class InputSpec:
    """An input: the reference it comes from, and the value that stands in for a skipped step's."""

    source: str
    default: Any
    at: Path


@record
class FanSpec:
    """What a step is repeated over: a matrix, a literal list, or a list known at run time.

    `axes` are the values by name, `include` and `exclude` whole or partial combinations.
    """

    namespace: str = "matrix"
    axes: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    include: tuple[Mapping[str, Any], ...] = ()
    exclude: tuple[Mapping[str, Any], ...] = ()
    items: Any = None

    @property
    def many(self) -> bool:
        """Whether the step may run more than once."""
        return bool(self.axes or self.items is not None)


@record
class EntranceSpec:
    """An input of a component: its type (`artifact` for a file), and whether it may be absent."""

    type: str
    optional: bool


@record
class ComponentSpec:
    """What a component declares; `reference` is how a step names it, `digest` is of its content.

    A step may have inputs and outputs beyond those that are declared if it is `open`.
    """

    reference: str
    version: int | None
    digest: str
    params: Mapping[str, ParameterSpec]
    inputs: Mapping[str, EntranceSpec]
    outputs: Mapping[str, OutputSpec]
    open: bool
    code: tuple[CodeFile, ...]
    document: Document


@record
class StepSpec:
    """A step or a handler; `action` is what stands under its `kind`.

    Of a step that uses a `component`, the action is the component's, `given` its `with:`.
    """

    name: str
    path: Path
    kind: str
    action: Any
    needs: tuple[str, ...]
    inputs: Mapping[str, InputSpec]
    outputs: Mapping[str, OutputSpec]
    fan: FanSpec
    when: str | None
    image: str | None
    hardware: Any
    env: Mapping[str, Any]
    secrets: Mapping[str, Mapping[str, str]]
    retries: Any
    timeout: str | None
    tolerated: bool
    cache: Any
    checkpoint: Any
    parallelism: int
    pod: Mapping[str, Any]
    component: ComponentSpec | None
    given: Mapping[str, Any]

    def at(self, *parts: str | int) -> Path:
        """The document path of a field of this step."""
        return (*self.path, *parts)


@record
class Spec:
    """A whole pipeline, as written for one environment (its merge patch applied).

    `missing` are the steps whose component cannot be used; something stands in for it.
    """

    document: Document
    name: str
    owner: str
    description: str
    params: Mapping[str, ParameterSpec]
    schedule: Any
    timeout: str
    parallelism: int
    defaults: Mapping[str, Any]
    steps: Mapping[str, StepSpec]
    handlers: Mapping[str, tuple[StepSpec, ...]]
    outputs: Mapping[str, InputSpec]
    missing: tuple[str, ...] = ()

    @property
    def components(self) -> tuple[ComponentSpec, ...]:
        """Each component that a step uses, once, by its reference."""
        members = (*self.steps.values(), *(s for found in self.handlers.values() for s in found))
        found = {step.component.reference: step.component for step in members if step.component}
        return tuple(found[reference] for reference in sorted(found))


def read(
    document: Document, components: Mapping[Path, ComponentSpec | None]
) -> tuple[Spec, list[Problem]]:
    """Return the spec of a document that its schema accepts, and steps of no or two kinds.

    `components` are those that steps use, by the path of the step; None for one that is missing.
    """
    data, problems = document.data, list[Problem]()

    def step(name: str, body: Mapping[str, Any], path: Path) -> Iterator[StepSpec]:
        if found := _step(document, name, body, path, problems):
            yield replace(found, component=components.get(path))

    steps = {
        name: found
        for name, body in data.get("steps", {}).items()
        for found in step(name, body, ("steps", name))
    }
    handlers = {
        event: tuple(
            found
            for name, body, path in _handlers(document, event, bodies, problems)
            for found in step(name, body, path)
        )
        for event, bodies in data.get("on", {}).items()
    }
    texts = {key: data.get(key, "") for key in ("name", "owner", "description")}
    schedule, defaults = data.get("schedule"), data.get("defaults", {})
    spec = Spec(
        document,
        **texts,
        params=parameters(data),
        schedule=schedule,
        timeout=data.get("timeout", ""),
        parallelism=data.get("parallelism", 0),
        defaults=defaults,
        steps=steps,
        handlers=handlers,
        outputs={name: _input(body, ("outputs", name)) for name, body in _outputs(data)},
        missing=tuple(str(path[-1]) for path, component in components.items() if not component),
    )
    return spec, problems


def _handlers(
    document: Document, event: str, bodies: Any, problems: list[Problem]
) -> Iterator[tuple[str, Mapping[str, Any], Path]]:
    """Yield name, body and path of each handler of `event`; a notice is named after its kind."""
    members, place = (
        (bodies["do"], ("on", event, "do")) if event == LATE else (bodies, ("on", event))
    )
    seen: list[str] = []
    for index, body in enumerate(members):
        path: Path = (*place, index)
        kind = next((kind for kind in NOTICES if kind in body), "")
        seen.append(kind)
        number = f"-{seen.count(kind)}" if seen.count(kind) > 1 else ""
        if "name" not in body and not kind:
            message = f"item {index + 1} of `{event}` has no `name`"
            hint = "add `name: …`: the name of the handler"
            problems.append(Problem("missing-key", message, document.key(path), hint))
        yield body.get("name", f"{event}-{kind or index}{number}"), body, path


def parameters(data: Mapping[str, Any]) -> dict[str, ParameterSpec]:
    """Return what stands under `params` of a pipeline or a component."""
    return {
        name: ParameterSpec(name, body["type"], body.get("default"), body, ("params", name))
        for name, body in data.get("params", {}).items()
    }


def outputs(data: Mapping[str, Any]) -> dict[str, OutputSpec]:
    """Return what stands under `outputs` of a step or a component."""
    return {name: _output(name, body) for name, body in data.get("outputs", {}).items()}


def _step(
    document: Document, name: str, body: Mapping[str, Any], path: Path, problems: list[Problem]
) -> StepSpec | None:
    kinds = [kind for kind in KINDS if kind in body]
    if len(kinds) != 1:
        at = document.key((*path, kinds[1])) if kinds else document.key(path)
        what = f"has {' and '.join(f'`{k}`' for k in kinds)}" if kinds else "does nothing"
        known = (*RUNS, "uses", *NOTICES) if path[0] == "on" else KINDS[: -len(NOTICES)]
        hint = f"a step has exactly one of {', '.join(known)}"
        related = tuple(Related("first here", document.key((*path, kind))) for kind in kinds[:1])
        problems.append(Problem("step-kind", f"step `{name}` {what}", at, hint, related=related))
        return None
    return StepSpec(
        name,
        path,
        kinds[0],
        body[kinds[0]],
        needs=tuple(body.get("needs", ())),
        inputs={key: _input(value, (*path, "inputs", key)) for key, value in _inputs(body)},
        outputs=outputs(body),
        fan=_fan(body),
        when=body.get("when"),
        image=body.get("image"),
        hardware=body.get("hardware"),
        env=body.get("env", {}),
        secrets=body.get("secrets", {}),
        retries=body.get("retries"),
        timeout=body.get("timeout"),
        tolerated=body.get("continueOnError", False),
        cache=body.get("cache"),
        checkpoint=body.get("checkpoint"),
        parallelism=body.get("parallelism", 0),
        pod=body.get("pod", {}),
        component=None,
        given=body.get("with", {}),
    )


def _inputs(body: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    found: Mapping[str, Any] = body.get("inputs", {})
    return found.items()


def _outputs(body: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    found: Mapping[str, Any] = body.get("outputs", {})
    return found.items()


def _input(body: Any, path: Path) -> InputSpec:
    if isinstance(body, str):
        return InputSpec(body, None, path)
    return InputSpec(body["from"], body.get("default"), (*path, "from"))


def _fan(body: Mapping[str, Any]) -> FanSpec:
    if "foreach" in body:
        return FanSpec("each", items=body["foreach"])
    axes = dict(body.get("matrix", {}))
    include, exclude = axes.pop("include", ()), axes.pop("exclude", ())
    columns = {axis: tuple(values) for axis, values in axes.items()}
    return FanSpec("matrix", columns, tuple(include), tuple(exclude))


def _output(name: str, body: Any) -> OutputSpec:
    if isinstance(body, str):
        return OutputSpec(name, body, "artifact")
    path = body.get("value") or body.get("jsonPath", "")
    return OutputSpec(name, path, body.get("type", "string"), body.get("items", "string"))
