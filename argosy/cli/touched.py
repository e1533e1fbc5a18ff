"""The pipelines that a change since a revision touches: by what each of them reads, never fewer.

A pipeline renders to the same bytes as long as the project file and all that it reads, or looks
for, are the same. What it reads is asked of the memory of earlier renderings, else of its spec.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from compiler.record import record

if TYPE_CHECKING:
    from compiler.project import Project
    from gitops.touched import Former


@record
class Touched:
    """Names of pipelines that a change touches; `gone` are those that are no more."""

    names: tuple[str, ...]
    gone: tuple[str, ...]


def touched(project: "Project", revision: str, environments: Sequence[str]) -> Touched:
    """Return the pipelines that render, or may, to something else in one of `environments`."""
    from gitops.touched import Former

    former = Former(project.root, revision)
    return find(project, former, environments)


def find(project: "Project", former: "Former", environments: Sequence[str]) -> Touched:
    """Return what `touched` does, from a revision that is read already."""
    before = _document(former)
    gone = tuple(name for name in _former_names(project, former) if name not in project.pipelines)
    names: set[str] = set()
    for environment in environments:
        if _decides(before, environment) != _decides(project.document.data, environment):
            return Touched(project.pipelines, gone)
        for name in project.pipelines:
            if name not in names and _reads_other(project, former, name, environment):
                names.add(name)
    return Touched(tuple(name for name in project.pipelines if name in names), gone)


def _reads_other(project: "Project", former: "Former", name: str, environment: str) -> bool:
    from compiler.reads import reads

    found = reads(project, name, environment)
    return found is None or former.differs(found)


def _former_names(project: "Project", former: "Former") -> list[str]:
    head, tail = f"{project.folder}/", "/pipeline.yaml"
    paths = (path for path in former.files if path.startswith(head) and path.endswith(tail))
    names = (path.removeprefix(head).removesuffix(tail) for path in paths)
    return sorted(name for name in names if name and "/" not in name)


def _document(former: "Former") -> Any:
    """Return the data of the project file as it was; None where there was none that can be read."""
    from compiler.document import read
    from compiler.problems import Rejected
    from compiler.project import FILE
    from compiler.source import plain

    entry = former.files.get(FILE)
    if entry is None:
        return None
    try:
        return read(plain(FILE, former.content(FILE).decode("utf-8-sig"))).data
    except (Rejected, UnicodeDecodeError):
        return None


def _decides(data: Any, environment: str) -> Any:
    """Return what of the project file decides about a rendering: of other environments, names."""
    if not isinstance(data, dict) or not isinstance(data.get("environments"), dict):
        return None
    own = data["environments"]
    shared = {key: value for key, value in data.items() if key != "environments"}
    return shared, list(own), own.get(environment)
