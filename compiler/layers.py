"""Which layer gives a value: tool < project < pipeline < environment < step; the nearest wins.

What the resolver takes and what `argosy explain` tells of it are the same `Given`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from compiler import profiles
from compiler.document import Document, Path
from compiler.problems import Location
from compiler.project import IMAGE, Environment, Project
from compiler.record import record, replace
from compiler.spec import NOTICES, OWN, Spec, StepSpec

_RETRIES = {"backoff": "30s", "maxBackoff": "30m"}
TERMS: Mapping[str, Any] = {
    "imagePullSecrets": (),
    "retention": {
        "success": "7d",
        "failure": "14d",
        "pods": "failed",
        "scheduled": {"success": 3, "failure": 3},
    },
    "security": {"user": 8737, "group": None, "readOnlyRoot": False},
    "serviceAccount": "argosy-run",
}


@record
class Given:
    """A value and the place of a document that gave it; no document is the tool's own default.

    `via` is what named it: the profile of a step's hardware, say; `base` is what it extends.
    """

    value: Any
    document: Document | None = None
    path: Path = ()
    via: "Given | None" = None
    base: "Given | None" = None

    @property
    def at(self) -> Location | None:
        """Where it is written; None for what the tool itself says."""
        return self.document.at(self.path) if self.document else None

    def part(self, key: str | int) -> "Given":
        """Return what is given under `key` of a mapping or a list."""
        own = Given(self.value[key], self.document, (*self.path, key), self.via)
        if self.document is None:
            return own
        written = self.document.value(self.path)
        short = not isinstance(written, Mapping | list)
        if short and key == "count":
            return replace(own, path=self.path)
        if self.base is None or key not in self.base.value:
            return own
        base = self.base.part(key)
        return base if short or key not in written else replace(own, base=base)

    def parts(self) -> Iterator[tuple[str | int, "Given"]]:
        """Yield what is given under each key or index; nothing for a plain value."""
        if isinstance(self.value, Mapping):
            yield from ((key, self.part(key)) for key in self.value)
        elif isinstance(self.value, list):
            yield from ((index, self.part(index)) for index in range(len(self.value)))


@record
class Layers:
    """Finds who gives the fields of a step that it may leave to others."""

    spec: Spec
    project: Project
    environment: Environment

    def shared(self, step: StepSpec) -> Iterator[tuple[str, Given | Mapping[str, Given]]]:
        """Yield the fields of `step` that other layers may give, each as it ends up."""
        if step.kind in NOTICES:
            yield "image", self.image(step)
            return
        if step.kind != "resource":
            yield "image", self.image(step)
            yield "hardware", self.hardware(step)
            yield "env", self.env(step)
        yield "retries", self.retries(step)
        yield "timeout", self.field(step, "timeout")

    def layer(self, given: Given) -> str:
        """Return tool, project, profile, pipeline, environment, component or step."""
        if given.document is None:
            return "tool"
        if given.document is self.project.document:
            known = {"hardware": "profile", "environments": "environment"}
            return known.get(str(given.path[0]), "project")
        if given.document.foreign(given.path):
            return "component"
        patch = ("environments", self.environment.name, *given.path)
        if given.document.value(patch) is not None:
            return "environment"
        return "step" if given.path[0] in ("steps", "on") else "pipeline"

    def field(self, step: StepSpec, name: str) -> Given:
        """Return field `name` as the step says it, else the pipeline, the project, the tool."""
        document, project = self.spec.document, self.project.document
        places = ((document, step.at(name)), (document, ("defaults", name)))
        for source, path in (*places, (project, ("defaults", name))):
            if (value := source.value(path)) is not None:
                return Given(value, source, path)
        return Given(None)

    def term(self, *path: str) -> Given:
        """Return a field of the pipeline as a whole: its own, else the project's, the tool's."""
        spec, project = self.spec.document, self.project.document
        bound = ("environments", self.environment.name, *path)
        for source, place in ((spec, path), (project, bound), (project, ("defaults", *path))):
            if (value := source.value(place)) is not None:
                return Given(value, source, place)
        found = Given(TERMS)
        for part in path:
            found = found.part(part)
        return Given(found.value)

    def terms(self) -> Iterator[tuple[tuple[str, ...], Given]]:
        """Yield every field of the pipeline as a whole that it may leave to others, by path."""
        yield from ((path, self.term(*path)) for path in _leaves(TERMS))

    def image(self, step: StepSpec) -> Given:
        """Return the image; steps of the tool's own kinds take that of the project."""
        if step.kind in ("resource", "pipeline"):
            return Given("")
        if step.kind not in OWN or step.image:
            return self.field(step, "image")
        named = self.project.document.value(("image",))
        return Given(named, self.project.document, ("image",)) if named else Given(IMAGE)

    def hardware(self, step: StepSpec) -> Given:
        """Return what a step asks of a node: the content of its profile, if it names one.

        The value is the name itself when no profile is called so.
        """
        wanted = self.field(step, "hardware")
        if not isinstance(wanted.value, str):
            return self._extended(wanted)
        path = self.project.profile_path(self.environment, wanted.value)
        document = self.project.document
        if path is None:
            return wanted
        binding = ("environments", self.environment.name, "hardware", wanted.value)
        bound = document.value(binding)
        via = Given(bound, document, binding, wanted) if isinstance(bound, str) else wanted
        return self._extended(Given(document.value(path), document, path, via))

    def _extended(self, given: Given) -> Given:
        """Merge what hardware extends below it; `extends` stays where no profile is called so."""
        project, name = self.project.document, None
        if isinstance(given.value, Mapping):
            name = given.value.get("extends")
        if name is None:
            return replace(given, value=profiles.over({}, given.value)) if given.value else given
        own = self.project.profile_path(self.environment, name)
        path = ("hardware", name) if given.document is project else own
        if path is None or project.value(path) is None:
            return given
        base = self._extended(Given(project.value(path), project, path, via=given.part("extends")))
        return replace(given, value=profiles.over(base.value, given.value), base=base)

    def retries(self, step: StepSpec) -> Mapping[str, Given]:
        """Return `limit`, `backoff`, `maxBackoff` and `on`; nothing when there are no retries."""
        wanted = self.field(step, "retries")
        parts = _named(wanted) if isinstance(wanted.value, Mapping) else {"limit": wanted}
        if not parts["limit"].value:
            return {}
        silent = {key: Given(value) for key, value in _RETRIES.items()}
        return {"limit": parts["limit"], **silent, **parts}

    def env(self, step: StepSpec) -> Mapping[str, Given]:
        """Return the environment variables: those of the pipeline, then the step's own."""
        document = self.spec.document
        found: dict[str, Given] = {}
        for path in (("defaults", "env"), step.at("env")):
            found |= _named(Given(document.value(path), document, path))
        return found


def _leaves(tree: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    for key, value in tree.items():
        rest = _leaves(value) if isinstance(value, Mapping) else [()]
        yield from ((key, *path) for path in rest)


def _named(given: Given) -> dict[str, Given]:
    return {str(key): part for key, part in given.parts()}
