"""Spec: the YAML of a pipeline, typed, one to one; nothing is filled in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from compiler.document import Document, Path
from compiler.problems import Problem

KINDS = ("run", "command", "python", "select", "register")
EVENTS = ("failure", "success", "exit")


@dataclass(frozen=True)
class ParameterSpec:
    """A parameter of the pipeline, as declared."""

    name: str
    type: str
    default: Any
    limits: Mapping[str, Any]
    path: Path


@dataclass(frozen=True)
class OutputSpec:
    """An output: a path, and the type of the value in it (`artifact` for the file itself)."""

    name: str
    path: str
    type: str


@dataclass(frozen=True)
class StepSpec:
    """A step or a handler; `action` is what stands under its `kind`."""

    name: str
    path: Path
    kind: str
    action: Any
    needs: tuple[str, ...]
    inputs: Mapping[str, str]
    outputs: Mapping[str, OutputSpec]
    matrix: Mapping[str, tuple[Any, ...]]
    when: str | None
    image: str | None
    hardware: Any
    env: Mapping[str, Any]
    secrets: Mapping[str, Mapping[str, str]]
    retries: Any
    timeout: str | None

    def at(self, *parts: str | int) -> Path:
        """The document path of a field of this step."""
        return (*self.path, *parts)


@dataclass(frozen=True)
class Spec:
    """A whole pipeline, as written for one environment (its merge patch applied)."""

    document: Document
    name: str
    owner: str
    description: str
    params: Mapping[str, ParameterSpec]
    schedule: Any
    defaults: Mapping[str, Any]
    steps: Mapping[str, StepSpec]
    handlers: Mapping[str, tuple[StepSpec, ...]]


def read(document: Document) -> tuple[Spec, list[Problem]]:
    """Return the spec of a document that its schema accepts, and steps of no or two kinds."""
    data, problems = document.data, list[Problem]()
    steps = {
        name: step
        for name, body in data.get("steps", {}).items()
        if (step := _step(document, name, body, ("steps", name), problems))
    }
    handlers = {
        event: tuple(
            step
            for index, body in enumerate(bodies)
            if (step := _step(document, body["name"], body, ("on", event, index), problems))
        )
        for event, bodies in data.get("on", {}).items()
    }
    params = {name: _parameter(name, body) for name, body in data.get("params", {}).items()}
    texts = {key: data.get(key, "") for key in ("name", "owner", "description")}
    schedule, defaults = data.get("schedule"), data.get("defaults", {})
    spec = Spec(
        document,
        **texts,
        params=params,
        schedule=schedule,
        defaults=defaults,
        steps=steps,
        handlers=handlers,
    )
    return spec, problems


def _parameter(name: str, body: Mapping[str, Any]) -> ParameterSpec:
    return ParameterSpec(name, body["type"], body.get("default"), body, ("params", name))


def _step(
    document: Document, name: str, body: Mapping[str, Any], path: Path, problems: list[Problem]
) -> StepSpec | None:
    kinds = [kind for kind in KINDS if kind in body]
    if len(kinds) != 1:
        at = document.key((*path, kinds[1])) if kinds else document.key(path)
        what = f"has {' and '.join(f'`{k}`' for k in kinds)}" if kinds else "does nothing"
        hint = f"a step has exactly one of {', '.join(KINDS)}"
        problems.append(Problem("step-kind", f"step `{name}` {what}", at, hint))
        return None
    return StepSpec(
        name,
        path,
        kinds[0],
        body[kinds[0]],
        needs=tuple(body.get("needs", ())),
        inputs=body.get("inputs", {}),
        outputs={key: _output(key, value) for key, value in body.get("outputs", {}).items()},
        matrix={axis: tuple(values) for axis, values in body.get("matrix", {}).items()},
        when=body.get("when"),
        image=body.get("image"),
        hardware=body.get("hardware"),
        env=body.get("env", {}),
        secrets=body.get("secrets", {}),
        retries=body.get("retries"),
        timeout=body.get("timeout"),
    )


def _output(name: str, body: Any) -> OutputSpec:
    if isinstance(body, str):
        return OutputSpec(name, body, "artifact")
    return OutputSpec(name, body["value"], body.get("type", "string"))
