"""The bundle: what a run needs of the files it was given, by name, each with its place."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from argosy.engine.failure import EngineError
from argosy.engine.language.tags import tagged
from argosy.engine.manifests.merging import defaulted
from argosy.engine.manifests.objects import Object
from compiler.problems import Location
from compiler.record import field, record

Data = Mapping[str, Any]
Place = tuple[str | int, ...]
Sources = tuple[tuple[Object, Place], ...]


@record
class Scope:
    """A spec with templates, where the names that its own templates call are looked up.

    `key` is Argo's scope of a node: `local/NAME`, `namespaced/NAME` or `cluster/NAME`; `sources`
    are the objects that the spec was made of, the one on top first, each with its spec's path.
    """

    key: str
    spec: Data
    sources: Sources = field(default=(), repr=False, compare=False)

    @cached_property
    def templates(self) -> Mapping[str, Data]:
        """The templates by name; of two equal names the first, as Argo takes it."""
        found: dict[str, Data] = {}
        for template in _mappings(self.spec.get("templates")):
            found.setdefault(str(template.get("name")), template)
        return found


@record
class Template:
    """A template that somebody calls: its body, and the scope in which its own calls are read."""

    name: str
    body: Data
    scope: Scope

    @cached_property
    def tagged(self) -> bool:
        """Whether a tag may stand anywhere in it."""
        return tagged(self.body)


@record
class Bundle:
    """A workflow to run and all that stands beside it.

    `name` is that of the workflow, of a generated one without the random part; `spec` is merged
    with the WorkflowTemplate it refers to; ConfigMaps and Secrets are whole objects by name.
    `faults` are what the cluster will say of a template when it is to be executed, by its name; of
    the workflow itself by an empty one.
    """

    name: str
    namespace: str
    kind: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    scope: Scope
    config_maps: Mapping[str, Data]
    secrets: Mapping[str, Data]
    folder: Path
    objects: Sequence[Object] = field(default=(), repr=False, compare=False)
    admitted: bool = False
    faults: Mapping[str, str] = field(default_factory=dict, compare=False)
    _resolved: dict[tuple[str, str], Template] = field(
        default_factory=dict, repr=False, compare=False
    )

    @property
    def spec(self) -> Data:
        """The spec that runs."""
        return self.scope.spec

    def templates(self, name: str) -> Template:
        """Return the workflow's own template of this name; raise `EngineError` without one."""
        return self.resolve({"template": name})

    def resolve(self, caller: Data, scope: Scope | None = None) -> Template:
        """Return the template that a task, step or hook calls: by name, reference or inline.

        `scope` is that of the template in which the caller stands, the workflow's by default.
        Raise `EngineError` in Argo's words when there is none.
        """
        within = scope or self.scope
        if caller.get("inline") is not None:
            return Template("", self._completed(_mapping(caller["inline"])), within)
        reference = caller.get("templateRef")
        name = caller.get("template", "")
        if reference is not None:
            reference = _mapping(reference)
            within, name = self.referred(reference), reference.get("template", "")
        key = (within.key, str(name))
        if key not in self._resolved:
            if key[1] not in within.templates:
                raise EngineError(f"template {name} not found", f"in {within.key}")
            body = self._completed(within.templates[key[1]])
            self._resolved[key] = Template(key[1], body, within)
        return self._resolved[key]

    def _completed(self, template: Data) -> Data:
        defaults = _mapping(self.spec.get("templateDefaults"))
        return defaulted(template, defaults) if defaults else template

    def referred(self, reference: Data) -> Scope:
        """Return the scope that a `templateRef` or `workflowTemplateRef` names."""
        return _scope(self.objects, reference, self.namespace)

    def place(
        self, path: Place, scope: Scope | None = None, *, key: bool = False, token: str = ""
    ) -> Location:
        """Return where `path`, from the root of an object as in `("spec", "entrypoint")`, stands.

        A value that two merged objects share stands where it was written last; one that none of
        them has, at its nearest parent. `key`: the place of the key; `token`: that of a text in it.
        """
        within = scope or self.scope
        for item, prefix in within.sources:
            found = _translated(item.data, prefix, within.spec, path)
            if found is not None:
                return item.at(found, key=key, token=token)
        item, prefix = within.sources[0]
        return item.at((*prefix, *path[1:]) if path[:1] == ("spec",) else path)


def scope(objects: Sequence[Object], reference: Data, namespace: str) -> Scope | None:
    """Return what a reference names among `objects`, in `namespace` where that is written."""
    cluster = reference.get("clusterScope") is True
    kind = "ClusterWorkflowTemplate" if cluster else "WorkflowTemplate"
    name = str(reference.get("name"))
    known = [item for item in objects if item.kind == kind and item.name == name]
    near = [item for item in known if cluster or item.namespace in (namespace, "")]
    chosen = next(iter(near or ([] if namespace else known)), None)
    if chosen is None:
        return None
    spec = chosen.data.get("spec")
    sort = "cluster" if cluster else "namespaced"
    held = spec if isinstance(spec, Mapping) else {}
    return Scope(f"{sort}/{name}", held, ((chosen, ("spec",)),))


def references(value: Any) -> set[str]:
    """Return the names of the objects whose templates something refers to."""
    if isinstance(value, list):
        return {name for item in value for name in references(item)}
    found: set[str] = set()
    for key, item in value.items() if isinstance(value, Mapping) else ():
        if key in ("templateRef", "workflowTemplateRef") and isinstance(item, Mapping):
            found.add(str(item.get("name")))
        elif isinstance(item, list | Mapping):
            found |= references(item)
    return found


def _scope(objects: Sequence[Object], reference: Data, namespace: str) -> Scope:
    found = scope(objects, reference, namespace)
    if found is None:
        name, cluster = reference.get("name"), reference.get("clusterScope") is True
        what = f'couldn\'t find {"cluster " if cluster else ""}workflow template "{name}"'
        hint = "it is not among the files: name its file, or their folder, as well"
        raise EngineError(what if cluster else f'{what} in namespace "{namespace}"', hint)
    return found


def _mapping(value: Any) -> Data:
    return value if isinstance(value, Mapping) else {}


def _mappings(value: Any) -> list[Data]:
    return [v for v in value if isinstance(v, Mapping)] if isinstance(value, list) else []


def _translated(data: Any, prefix: Place, spec: Data, path: Place) -> Place | None:
    """Return the path in an object of what stands at `path` of the spec it was merged into."""
    if path[:1] != ("spec",):
        return path if _held(data, path) else None
    theirs: Any = data
    for part in prefix:
        theirs = theirs.get(part) if isinstance(theirs, Mapping) else None
    ours: Any = spec
    found: list[str | int] = list(prefix)
    for part in path[1:]:
        part_there = _member(theirs, ours, part)
        if part_there is None:
            return None
        found.append(part_there)
        theirs = theirs[part_there]
        ours = ours[part] if _has(ours, part) else None
    return tuple(found)


def _member(theirs: Any, ours: Any, part: str | int) -> str | int | None:
    """Return the key in `theirs` of member `part` of `ours`, whose lists may have grown."""
    if isinstance(part, int) and isinstance(ours, list) and isinstance(theirs, list):
        item = ours[part] if part < len(ours) else None
        if isinstance(item, Mapping) and item.get("name") is not None:
            names = [i.get("name") if isinstance(i, Mapping) else None for i in theirs]
            if part < len(names) and names[part] == item["name"]:
                return part
            return names.index(item["name"]) if item["name"] in names else None
    return part if _has(theirs, part) else None


def _has(value: Any, part: str | int) -> bool:
    if isinstance(part, int):
        return isinstance(value, list) and part < len(value)
    return isinstance(value, Mapping) and part in value


def _held(data: Any, path: Place) -> bool:
    for part in path:
        if not _has(data, part):
            return False
        data = data[part]
    return True
