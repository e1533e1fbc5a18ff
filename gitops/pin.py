"""`environments/ENV.yaml`: the source revisions an environment holds, reviewed like code."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from compiler import emit, schema
from compiler.document import Document, read
from compiler.files import read_text
from compiler.model_pins import FOLDER
from compiler.problems import Location, Problem, Rejected, nearest
from compiler.record import field, record, replace
from compiler.source import plain

_HEAD = """\
Written by `argosy promote` and `argosy rollback`; reviewed like code.
What is not named here follows the branch."""


@record
class Pins:
    """What an environment is pinned to; an empty `revision` follows the branch.

    `pipelines` are those with a revision of their own, `images` those that each pinned pipeline
    renders to, `models` versions of registered models.
    """

    environment: str
    revision: str = ""
    pipelines: Mapping[str, str] = field(default_factory=dict)
    images: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    models: Mapping[str, int] = field(default_factory=dict)
    document: Document | None = field(default=None, compare=False, repr=False)

    def of(self, pipeline: str) -> str:
        """Return the revision of `pipeline`, empty if it follows the branch."""
        return self.pipelines.get(pipeline, self.revision)

    def revisions(self) -> dict[str, tuple[str | int, ...]]:
        """Return each revision with the path in the file that names it first."""
        named = [(sha, ("pipelines", name, "revision")) for name, sha in self.pipelines.items()]
        first = [(self.revision, ("revision",))] if self.revision else []
        found: dict[str, tuple[str | int, ...]] = {}
        for sha, path in [*first, *named]:
            found.setdefault(sha, path)
        return found

    def at(self, *path: str | int) -> Location:
        """Return the place in the file of what stands at `path`."""
        return self.document.at(path) if self.document else Location(file(self.environment))

    def write(self) -> bytes:
        """Return the canonical bytes of the file."""
        bodies = {
            name: {
                **({"revision": self.pipelines[name]} if name in self.pipelines else {}),
                **({"images": list(self.images[name])} if self.images.get(name) else {}),
            }
            for name in sorted({*self.pipelines, *self.images})
        }
        whole: dict[str, Any] = {
            "apiVersion": "argosy.dev/v1",
            "kind": "Pin",
            "environment": self.environment,
            **({"revision": self.revision} if self.revision else {}),
            **(
                {"pipelines": {n: b for n, b in bodies.items() if b}}
                if any(bodies.values())
                else {}
            ),
            **({"models": dict(sorted(self.models.items()))} if self.models else {}),
        }
        return emit.emit(whole, _HEAD)


def file(environment: str) -> str:
    """Return the path of the pin of `environment`, from the root of the project."""
    return f"{FOLDER}/{environment}.yaml"


def read_pins(root: Path, environment: str) -> Pins:
    """Return the pins of `environment`, empty ones where there is no file.

    Raise `Rejected` with every mistake of it.
    """
    name = file(environment)
    if not (root / name).exists() and not (root / name).is_symlink():
        return Pins(environment)
    return parse(environment, read_text(root, name))


def parse(environment: str, text: str) -> Pins:
    """Return the pins that the text of a file says; raise `Rejected` with every mistake."""
    document, problems = schema.check(read(plain(file(environment), text)), "pin")
    data = document.data
    if data["environment"] != environment:
        message = f"the file is of environment `{environment}`, not `{data['environment']}`"
        at = document.at(("environment",))
        problems.append(Problem("name", message, at, "make them equal"))
    pipelines = data.get("pipelines") or {}
    pins = Pins(
        environment,
        data.get("revision", ""),
        {name: body["revision"] for name, body in pipelines.items() if "revision" in body},
        {name: tuple(body["images"]) for name, body in pipelines.items() if "images" in body},
        data.get("models") or {},
        document,
    )
    problems += _idle(pins, pipelines)
    if problems:
        raise Rejected(problems)
    return pins


def _idle(pins: Pins, pipelines: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield entries that say nothing: they would look like pins and be none."""
    for name in pipelines:
        if not pins.of(name):
            at = pins.document.key(("pipelines", name)) if pins.document else pins.at()
            message = f"pipeline `{name}` has no revision: it follows the branch"
            yield Problem("missing-key", message, at, "add `revision:`, or remove the entry")


def check(root: Path, environments: Mapping[str, object]) -> tuple[Problem, ...]:
    """Return what is wrong with the files of pins of a project, by themselves."""
    folder, found = root / FOLDER, list[Problem]()
    for path in sorted(folder.glob("*.yaml")) if folder.is_dir() else ():
        if path.stem not in environments:
            message = f"no environment `{path.stem}`"
            hint = nearest(path.stem, tuple(environments))
            at = Location(f"{FOLDER}/{path.name}")
            found.append(Problem("unknown-environment", message, at, hint))
            continue
        try:
            read_pins(root, path.stem)
        except Rejected as rejected:
            found += rejected.problems
    return tuple(found)


def confirm(pins: Pins, root: Path) -> None:
    """Raise `Rejected` unless each revision is one that the project's HEAD descends from.

    A number says nothing to who reviews it: what was never merged was perhaps never reviewed.
    """
    from gitops.git import Repository  # `validate` has no need of git

    repository, problems = Repository(root), list[Problem]()
    for sha, path in pins.revisions().items():
        status = repository.ask("merge-base", "--is-ancestor", sha, "HEAD").status
        if status == 0:
            continue
        if repository.is_shallow():
            message = f"revision {sha[:10]} is not known to be merged: the clone is shallow"
            hint = "fetch all of the history (`fetch-depth: 0`)"
        elif status == 1:
            message = f"revision {sha[:10]} is not in the history of HEAD: it was never merged here"
            hint = "pull it if it was merged elsewhere, else merge it and pin what was merged"
        else:
            message, hint = f"there is no revision {sha[:10]} in the repository", "fetch it"
        problems.append(Problem("bad-value", message, pins.at(*path), hint))
    if problems:
        raise Rejected(problems)


def moved(pins: Pins, origin: Pins, names: tuple[str, ...]) -> Pins:
    """Return `pins` with the revisions of `origin`: of pipelines `names`, or of everything.

    `origin` must have a revision for each.
    """
    if not names:
        return replace(origin, environment=pins.environment, document=None)
    own = {**pins.pipelines, **{name: origin.of(name) for name in names}}
    return Pins(
        pins.environment,
        pins.revision,
        {name: sha for name, sha in own.items() if sha != pins.revision},
        {**pins.images, **{name: origin.images[name] for name in names if name in origin.images}},
        {**pins.models, **origin.models},
    )
