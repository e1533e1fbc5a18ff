"""Where the values of a pipeline come from: every final value, and who gave it."""

from collections.abc import Iterator, Mapping
from typing import Any

from compiler.layers import TERMS, Given, Layers
from compiler.problems import Location, Rejected
from compiler.project import Project
from compiler.record import record
from compiler.render import read_spec
from compiler.spec import StepSpec

_ELSEWHERE = ("apiVersion", "kind", "environments", "defaults", "steps", "on")


@record
class Via:
    """What led to a value, such as the name of a profile, and where it stands."""

    value: Any
    layer: str
    at: Location


@record
class Explained:
    """One final value; `at` is None for what the tool itself says.

    `layer` is tool, project, profile, pipeline, environment, component or step.
    """

    path: tuple[str, ...]
    value: Any
    layer: str
    at: Location | None
    via: tuple[Via, ...] = ()

    @property
    def dotted(self) -> str:
        """The path as people write it: `steps.train.hardware.memory`."""
        return ".".join(self.path)


def explain(project: Project, name: str, environment: str) -> tuple[Explained, ...]:
    """Return every value of a pipeline in reading order; raise `Rejected` if it cannot be read."""
    found = project.environment(environment)
    spec, problems = read_spec(project, name, found)
    if problems:
        raise Rejected(problems)
    layers = Layers(spec, project, found)
    return tuple(_Teller(layers).all())


def below(values: tuple[Explained, ...], dotted: str) -> tuple[Explained, ...]:
    """Return the values at and below a dotted path; all of them below nothing."""
    prefix = f"{dotted}." if dotted else ""
    return tuple(v for v in values if v.dotted == dotted or v.dotted.startswith(prefix))


def prefixes(values: tuple[Explained, ...]) -> tuple[str, ...]:
    """Return every dotted path that `below` finds something at."""
    paths = (v.path[:size] for v in values for size in range(1, len(v.path) + 1))
    return tuple(dict.fromkeys(".".join(path) for path in paths))


@record
class _Teller:
    layers: Layers

    def all(self) -> Iterator[Explained]:
        document, spec = self.layers.spec.document, self.layers.spec
        own = Given(document.data, document)
        for key, given in own.parts():
            if key not in (*_ELSEWHERE, *TERMS):
                yield from self._leaves(given, (str(key),))
        for path, given in self.layers.terms():
            yield from self._leaves(given, path)
        for name, step in spec.steps.items():
            yield from self._step(step, ("steps", name))
        for event, members in spec.handlers.items():
            for step in members:
                yield from self._step(step, ("on", event, step.name))
        yield from self._environment()

    def _step(self, step: StepSpec, path: tuple[str, ...]) -> Iterator[Explained]:
        document = self.layers.spec.document
        shared = dict(self.layers.shared(step))
        for key, given in Given(document.value(step.path), document, step.path).parts():
            if key not in ("name", *shared):
                yield from self._leaves(given, (*path, str(key)))
        for name, found in shared.items():
            for key, given in found.items() if isinstance(found, Mapping) else [("", found)]:
                yield from self._leaves(given, (*path, name, key) if key else (*path, name))

    def _environment(self) -> Iterator[Explained]:
        """What the project says of the environment, and the tool where the project is silent."""
        environment, document = self.layers.environment, self.layers.project.document
        here = ("environments", environment.name)
        silent = {}
        if target := environment.gitops:
            silent = {f"gitops.{key}": getattr(target, key) for key in ("branch", "folder", "mode")}
        for key, given in Given(document.value(here), document, here).parts():
            if key not in ("hardware", *TERMS):
                for found in self._leaves(given, ("environment", str(key))):
                    silent.pop(found.dotted.removeprefix("environment."), None)
                    yield found
        for dotted, value in silent.items():
            yield Explained(("environment", *dotted.split(".")), value, "tool", None)

    def _leaves(self, given: Given, path: tuple[str, ...]) -> Iterator[Explained]:
        parts = list(given.parts())
        if parts and not _plain(given.value):
            for key, part in parts:
                yield from self._leaves(part, (*path, str(key)))
        elif given.value is not None:
            layer, via = self.layers.layer(given), tuple(self._via(given))
            yield Explained(path, given.value, layer, given.at, via)

    def _via(self, given: Given) -> Iterator[Via]:
        while given := given.via:  # type: ignore[assignment]
            if given.at:
                yield Via(given.value, self.layers.layer(given), given.at)


def _plain(value: Any) -> bool:
    """Whether a list is short words, told as one value."""
    return isinstance(value, list) and not any(isinstance(item, list | dict) for item in value)
