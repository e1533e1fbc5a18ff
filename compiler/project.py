"""The project: `argosy.yaml`, its environments and profiles, and the folder of its pipelines."""

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any

from compiler import duration, model_pins, profiles, schema, template
from compiler.document import Document, Path, read
from compiler.files import read_text
from compiler.hardware import Nodes
from compiler.problems import Location, Problem, Rejected, nearest
from compiler.record import field, record
from compiler.source import Source, plain

if TYPE_CHECKING:
    from compiler.cost import Prices, Tariff
    from compiler.freeze import Freeze

FILE = "argosy.yaml"
SPEC = "pipeline.yaml"
TARGET = "3.7"
_COMBINATIONS = 256
IMAGE = "ghcr.io/argosy-dev/argosy:0.1.0"

Render = Callable[[str, str, Mapping[str, object], FilePath], Source]


@record
class GitopsTarget:
    """Where an environment is published: a repository, its branch, and a folder in it.

    `mode` is `direct` or `pull-request`; `provider` is whose requests these are, if that is said.
    """

    repository: str
    branch: str
    folder: str
    mode: str = "direct"
    provider: str = ""


@record
class Promotion:
    """What a promotion into an environment needs: its origin, seconds of soaking, and runs."""

    origin: str
    soak: int
    runs: int


@record
class Environment:
    """One environment of the project."""

    name: str
    namespace: str
    vars: Mapping[str, Any]
    hardware: Mapping[str, Any]
    gitops: GitopsTarget | None
    mlflow_uri: str | None
    prices: "Prices | None"
    argo: str
    freeze: "tuple[Freeze, ...]"
    promotion: Promotion
    at: Location = field(compare=False)


@record
class Project:
    """The project file, and the names of the pipelines in its folder."""

    root: FilePath
    name: str
    folder: str
    image: str
    hardware: Mapping[str, Mapping[str, Any]]
    nodes: Nodes
    combinations: int
    defaults: Mapping[str, Any]
    environments: Mapping[str, Environment]
    pipelines: tuple[str, ...]
    target: str
    document: Document = field(compare=False, repr=False)
    template: Render = field(default=template.render, compare=False, repr=False)

    def environment(self, name: str) -> Environment:
        """Return environment `name`; raise `Rejected` when the project has none of that name."""
        if name not in self.environments:
            hint = nearest(name, tuple(self.environments))
            at = Location(FILE)
            raise Rejected([Problem("unknown-environment", f"no environment `{name}`", at, hint)])
        return self.environments[name]

    def context(self, environment: Environment) -> dict[str, object]:
        """What the templates of the project see."""
        models = model_pins.read(self.root, environment.name)
        seen = {"env": environment.name, "vars": environment.vars, "project": self.name}
        return {**seen, "models": models}

    def tariff(self, environment: Environment) -> "Tariff | None":
        """Return what nodes of `environment` cost, None when nobody says."""
        from compiler.cost import Tariff

        return Tariff(environment.prices, self.nodes) if environment.prices else None

    def source(self, file: str, environment: Environment) -> Source:
        """Read and render a template; raise `Rejected` if that cannot be done."""
        text = read_text(self.root, file)
        seen = self.context(environment) if template.is_template(text) else {}
        return self.template(file, text, seen, self.root)

    def spec(self, name: str) -> str:
        """The path of a pipeline's spec, relative to the root."""
        return f"{self.folder}/{name}/{SPEC}"

    def profile_path(self, environment: Environment, name: str) -> Path | None:
        """Return where `argosy.yaml` has profile `name` as `environment` binds it."""
        bound = environment.hardware.get(name, name)
        if not isinstance(bound, str):
            return ("environments", environment.name, "hardware", name)
        return ("hardware", bound) if bound in self.hardware else None

    def profiles(self, environment: Environment) -> tuple[str, ...]:
        """Return the names that `hardware:` may use in `environment`."""
        return tuple({**self.hardware, **environment.hardware})


def load_project(root: FilePath, render: Render = template.render) -> Project:
    """Read `argosy.yaml` in `root`; raise `Rejected` with every mistake of it.

    `render` is what renders templates: `template.render`, or what does so under limits.
    """
    source = plain(FILE, read_text(root, FILE))
    document, problems = schema.check(read(source), "project")
    data = document.data
    nodes = _nodes(data)
    problems += [*profiles.check(document, nodes), *_misplaced(document)]
    if problems:
        raise Rejected(problems)
    folder = data.get("pipelines", "pipelines").rstrip("/")
    return Project(
        root=root,
        name=data["name"],
        folder=folder,
        image=data.get("image", IMAGE),
        hardware=data.get("hardware", {}),
        nodes=nodes,
        combinations=data.get("limits", {}).get("matrix", _COMBINATIONS),
        defaults=data.get("defaults", {}),
        environments={name: _environment(document, name) for name in data["environments"]},
        pipelines=_pipelines(root, folder),
        target=data.get("targetArgo", TARGET),
        document=document,
        template=render,
    )


def _environment(document: Document, name: str) -> Environment:
    body = document.data["environments"][name]
    gitops = body.get("gitops")
    target = gitops and GitopsTarget(
        gitops["repository"],
        gitops.get("branch", "main"),
        gitops.get("folder", f"envs/{name}"),
        gitops.get("mode", "direct"),
        gitops.get("provider", ""),
    )
    return Environment(
        name=name,
        namespace=body["namespace"],
        vars=body.get("vars", {}),
        hardware=body.get("hardware", {}),
        gitops=target,
        mlflow_uri=body.get("mlflow", {}).get("uri"),
        prices=_prices(document.data.get("prices"), body.get("prices")),
        argo=body.get("links", {}).get("argo", ""),
        freeze=_freezes(body),
        promotion=_promotion(body.get("promotion", {})),
        at=document.key(("environments", name)),
    )


def _misplaced(document: Document) -> Iterator[Problem]:
    """Yield what is wrong with freezes, and with the environments that promotions come from."""
    known = document.data.get("environments", {})
    if any("freeze" in body for body in known.values()):
        from compiler import freeze  # zones and calendars, for the few that need them

        yield from freeze.check(document)
    for name, body in known.items():
        origin = body.get("promotion", {}).get("from", "")
        if origin and (origin not in known or origin == name):
            message = f"`{name}` cannot be promoted to from `{origin}`"
            at = document.at(("environments", name, "promotion", "from"))
            others = tuple(other for other in known if other != name)
            yield Problem("unknown-environment", message, at, nearest(origin, others))


def _freezes(body: Mapping[str, Any]) -> "tuple[Freeze, ...]":
    if "freeze" not in body:
        return ()
    from compiler import freeze

    return freeze.read(body)


def _promotion(body: Mapping[str, Any]) -> Promotion:
    soak = duration.seconds(body.get("soak", ""))
    return Promotion(body.get("from", ""), soak, body.get("runs", 0))


def _prices(project: Any, own: Any) -> "Prices | None":
    found = profiles.over(project or {}, own or {})
    if not found:
        return None
    from compiler.cost import Prices

    return Prices(**found)


def _nodes(data: Mapping[str, Any]) -> Nodes:
    gpu, spot = data.get("gpu", {}), data.get("spot", {})
    return Nodes(
        gpu_resource=gpu.get("resource", Nodes.gpu_resource),
        gpu_label=gpu.get("typeLabel", Nodes.gpu_label),
        gpu_memory_label=gpu.get("memoryLabel", Nodes.gpu_memory_label),
        gpu_tolerations=tuple(gpu.get("tolerations", ())),
        spot_selector=spot.get("nodeSelector", {}),
        spot_tolerations=tuple(spot.get("tolerations", ())),
    )


def _pipelines(root: FilePath, folder: str) -> tuple[str, ...]:
    try:
        entries = sorted((root / folder).iterdir())
    except OSError as error:
        at, hint = Location(FILE), "make it, or name another with `pipelines:`"
        message = f"the folder of pipelines `{folder}` cannot be read: {error.strerror}"
        raise Rejected([Problem("unreadable", message, at, hint)]) from None
    return tuple(entry.name for entry in entries if os.path.lexists(entry / SPEC))
