"""Components: those of the project, and those that come with Argosy, by version."""

import json
import os
from collections.abc import Callable, Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path

from compiler import parameters, schema
from compiler.document import Document, read
from compiler.files import read_code
from compiler.inputs import note
from compiler.pipeline import CodeFile
from compiler.problems import Problem, Rejected, nearest
from compiler.record import field, record, replace
from compiler.source import Source, plain
from compiler.spec import RUNS, ComponentSpec, EntranceSpec, outputs
from compiler.spec import parameters as declared

FOLDER = "components"
_OURS = "argosy/"
_PACKAGED = Path(__file__).parent / FOLDER
Loaded = tuple[ComponentSpec | None, tuple[Problem, ...]]


@record
class Library:
    """The components that the project at `root` may use; `source` reads a file as a template."""

    root: Path
    source: Callable[[str], Source]
    loaded: dict[str, Loaded] = field(default_factory=dict)

    def names(self) -> tuple[str, ...]:
        """The names of the project's own components, sorted."""
        return tuple(sorted(path.stem for path in note(self.root / FOLDER).glob("*.yaml")))

    def find(self, reference: str) -> Loaded:
        """Return the component, None if it cannot be used, and the problems of its file."""
        if reference not in self.loaded:
            ours = reference.startswith(_OURS)
            self.loaded[reference] = _packaged(reference) if ours else self._own(reference)
        return self.loaded[reference]

    def refuse(self, reference: str) -> tuple[str, str] | None:
        """Return (message, hint) when no component is called so."""
        name, _, pin = reference.removeprefix(_OURS).partition("@")
        if not reference.startswith(_OURS):
            if pin or "@" in reference:
                hint = f"write `uses: {name}`"
                return f"`{name}` is of this project, which has one version of it", hint
            if "/" not in name and os.path.lexists(note(self.root / FOLDER / f"{name}.yaml")):
                return None
            known = [*self.names(), *(f"{_OURS}{n}@{_newest(n)}" for n in versions())]
            return f"no component `{name}`", nearest(name, known)
        if name not in versions():
            hint = nearest(name, tuple(versions()))
            return f"no component `{name}` comes with Argosy", hint
        if not pin:
            newest = f"{_OURS}{name}@{_newest(name)}"
            return f"`{reference}` names no version", f"write `uses: {newest}`"
        if pin not in versions()[name]:
            known = [f"`{_OURS}{name}@{version}`" for version in versions()[name]]
            return f"`{name}` has no version {pin}", f"there is {', '.join(known)}"
        return None

    def _own(self, name: str) -> Loaded:
        file = f"{FOLDER}/{name}.yaml"
        try:
            source = self.source(file)
            document, problems = schema.check(read(source), "component")
            problems = [*source.problems, *problems]
        except Rejected as rejected:
            return None, rejected.problems
        code = _code(self.root, name, problems)
        if document.data["name"] != name:
            message = f"the component is called `{document.data['name']}`, its file `{name}.yaml`"
            problems.append(Problem("name", message, document.at(("name",)), "make them equal"))
        return _component(name, document, code, problems), tuple(problems)


@cache
def versions() -> Mapping[str, tuple[str, ...]]:
    """The components that come with Argosy, each with its versions, the newest last."""
    found: dict[str, list[str]] = {}
    for path in sorted(_PACKAGED.glob("*.yaml")):
        component, _, version = path.stem.partition("@")
        found.setdefault(component, []).append(version)
    return {name: tuple(sorted(numbers, key=int)) for name, numbers in found.items()}


def _newest(name: str) -> str:
    return versions()[name][-1]


@cache
def _packaged(reference: str) -> Loaded:
    """Read a component that comes with Argosy; no template, so that it is the same everywhere."""
    text = (_PACKAGED / f"{reference.removeprefix(_OURS)}.yaml").read_text("utf-8")
    document, problems = schema.check(read(plain(reference, text)), "component")
    return _component(reference, document, (), problems), tuple(problems)


def _code(root: Path, name: str, problems: list[Problem]) -> tuple[CodeFile, ...]:
    """Read the folder beside the file; it travels as `components/NAME`, where steps find it."""
    folder = f"{FOLDER}/{name}"
    if not note(root / folder).is_dir():
        return ()
    try:
        found = read_code(root, folder, f"{folder}.yaml")
    except Rejected as rejected:
        problems += rejected.problems
        return ()
    return tuple(replace(file, path=file.origin) for file in found)


def _component(
    reference: str, document: Document, code: tuple[CodeFile, ...], problems: list[Problem]
) -> ComponentSpec | None:
    data = document.data
    kinds = [kind for kind in RUNS if kind in data]
    if len(kinds) != 1:
        what = f"has {' and '.join(f'`{k}`' for k in kinds)}" if kinds else "does nothing"
        at = document.key((kinds[1],)) if kinds else document.key(("name",))
        message, hint = f"component `{reference}` {what}", "it has one of run, command, python"
        problems.append(Problem("step-kind", message, at, hint))
        return None
    params = declared(data)
    for parameter in params.values():
        problems += parameters.faults(parameter, document)
    return ComponentSpec(
        reference=reference,
        version=data.get("version"),
        digest=_digest(document, code),
        params=params,
        inputs={
            name: EntranceSpec(body["type"], body.get("optional", False))
            for name, body in data.get("inputs", {}).items()
        },
        outputs=outputs(data),
        open=data.get("open", False),
        code=code,
        document=document,
    )


def _digest(document: Document, code: tuple[CodeFile, ...]) -> str:
    """Digest what a component means: neither comments nor the order of keys nor its description."""
    meant = {key: value for key, value in document.data.items() if key != "description"}
    total = sha256(json.dumps(meant, sort_keys=True).encode())
    for file in code:
        total.update(f"{file.path}\0{file.executable}\0{len(file.content)}\0".encode())
        total.update(file.content)
    return f"sha256:{total.hexdigest()}"
