"""What holds templates, and what a template is."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from compiler.manifests.findings import Path
from compiler.record import field, record

Data = Mapping[str, Any]
TYPES = (
    *("container", "containerSet", "steps", "dag", "script", "resource", "data", "suspend"),
    *("http", "plugin"),
)
_INNER = ("steps", "dag", "suspend")
_POD = ("container", "containerSet", "script", "resource", "data")


def mapping(value: Any) -> Data:
    """Return `value` if it is a mapping, else an empty one: its shape was found before."""
    return value if type(value) is dict or isinstance(value, Mapping) else {}


def mappings(value: Any) -> list[Data]:
    """Return the members of a list as mappings, one for each, whatever they are."""
    return [mapping(item) for item in value] if isinstance(value, list) else []


def words(value: Any) -> str:
    """Return a text or a scalar as Argo reads it where it keeps texts; an empty one of nothing."""
    if type(value) is str:
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None or isinstance(value, list | Mapping) else str(value)


def types(template: Data) -> list[str]:
    return [name for name in TYPES if template.get(name) is not None]


def kind(template: Data) -> str:
    """Return the type of a template; of several the one that Argo takes, of none an empty text."""
    return next(iter(types(template)), "")


def is_leaf(template: Data) -> bool:
    return kind(template) not in ("", *_INNER)


def is_pod(template: Data) -> bool:
    return kind(template) in _POD


def parameters(part: Data, side: str) -> list[Data]:
    return mappings(mapping(part.get(side)).get("parameters"))


def artifacts(part: Data, side: str) -> list[Data]:
    return mappings(mapping(part.get(side)).get("artifacts"))


def callers(template: Data) -> Iterator[tuple[Path, Data]]:
    """Yield the tasks or steps of a template, each with its path inside it."""
    for index, task in enumerate(mappings(mapping(template.get("dag")).get("tasks"))):
        yield ("dag", "tasks", index), task
    groups = template.get("steps")
    for number, group in enumerate(groups if isinstance(groups, list) else []):
        for index, step in enumerate(mappings(group)):
            yield ("steps", number, index), step


@record
class Holder:
    """A spec with templates: where local names are looked up. `path` is that of the spec."""

    key: str
    spec: Data
    path: Path = ("spec",)
    foreign: bool = False
    _found: dict[str, tuple[Data, Path]] = field(default_factory=dict, repr=False, compare=False)

    def template(self, name: str) -> tuple[Data, Path] | None:
        """Return the first template of this name, and its path."""
        if not self._found:
            templates = mappings(self.spec.get("templates"))
            for index, template in enumerate(templates):
                at = (*self.path, "templates", index)
                self._found.setdefault(words(template.get("name")), (template, at))
        return self._found.get(name)


@record
class Library:
    """The WorkflowTemplates by namespace and name, ClusterWorkflowTemplates by name."""

    namespaced: Mapping[tuple[str, str], Data]
    clustered: Mapping[str, Data]

    def holder(self, namespace: str, reference: Data) -> Holder | None:
        """Return what a `templateRef` or `workflowTemplateRef` refers to."""
        name = words(reference.get("name"))
        if reference.get("clusterScope") is True:
            spec, scope = self.clustered.get(name), "cluster"
        else:
            spec, scope = self.namespaced.get((namespace, name)), "namespaced"
        return None if spec is None else Holder(f"{scope}/{name}", spec, foreign=True)


def library(manifests: Iterable[Data]) -> Library:
    namespaced, clustered = {}, {}
    for manifest in manifests:
        metadata, spec = mapping(manifest.get("metadata")), mapping(manifest.get("spec"))
        name, namespace = words(metadata.get("name")), words(metadata.get("namespace"))
        if manifest.get("kind") == "WorkflowTemplate":
            namespaced[namespace, name] = spec
        elif manifest.get("kind") == "ClusterWorkflowTemplate":
            clustered[name] = spec
    return Library(namespaced, clustered)
