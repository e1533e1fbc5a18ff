"""Steps that use a component → steps that do what it says.

No later stage knows of components; every text keeps its place in the component's file.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from compiler.component import Library
from compiler.document import Document, Path
from compiler.problems import Problem, Related
from compiler.record import replace
from compiler.source import plain
from compiler.spec import KINDS, LATE, RUNS, ComponentSpec

_STEP = (*RUNS, "image", "hardware", "env", "secrets", "retries", "timeout", "pod", "outputs")
_MERGED = ("env", "secrets", "pod", "outputs")
Components = dict[Path, ComponentSpec | None]
_NONE = Document({}, plain("", ""), {}, {})


def expand(document: Document, library: Library) -> tuple[Document, Components, list[Problem]]:
    """Return the document with what its steps use in their place, the components, the problems."""
    found: Components = {}
    problems: list[Problem] = []
    scions: dict[Path, tuple[Any, Document]] = {}
    for path in _users(document):
        reference = document.value((*path, "uses"))
        component = None
        if refused := library.refuse(reference):
            at = document.at((*path, "uses"))
            problems.append(Problem("unknown-component", refused[0], at, refused[1]))
        else:
            component, faults = library.find(reference)
            user = used_by(document, path)
            problems += [replace(fault, related=(*fault.related, user)) for fault in faults]
        found[path] = component
        body = document.value(path)
        scions[path] = (_placed(body, component), component.document if component else _NONE)
    return document.grafted(scions), found, problems


def _users(document: Document) -> Iterator[Path]:
    """Yield the path of each step and handler that uses a component and does nothing else."""
    paths: list[Path] = [("steps", name) for name in document.data.get("steps", {})]
    for event, members in document.data.get("on", {}).items():
        paths += [("on", event, index) for index in range(len(members)) if event != LATE]
    for path in paths:
        if [kind for kind in KINDS if kind in document.value(path)] == ["uses"]:
            yield path


def _placed(body: Mapping[str, Any], component: ComponentSpec | None) -> dict[str, Any]:
    """Return the step as one that does what the component says; a stand-in where there is none."""
    step = {key: value for key, value in body.items() if key != "uses"}
    if component is None:
        rest = {key: value for key, value in step.items() if key != "with"}
        return {"image": "none", **rest, "run": "true"}
    theirs = {key: value for key, value in component.document.data.items() if key in _STEP}
    merged = {k: _over(theirs[k], step[k]) for k in _MERGED if k in theirs and k in step}
    return {**theirs, **step, **merged}


def _over(below: Any, above: Any) -> Any:
    """Merge mappings, the values of `above` first."""
    if not isinstance(below, dict) or not isinstance(above, dict):
        return above
    return {**below, **{k: _over(below[k], v) if k in below else v for k, v in above.items()}}


def used_by(document: Document, path: Path) -> Related:
    """Return the place that uses a component: the step at `path`."""
    name = document.value((*path, "name")) or path[-1]
    step = f"used by step `{name}` of `{document.data.get('name', '')}`"
    return Related(step, document.at((*path, "uses")))


def united(problems: Iterable[Problem]) -> list[Problem]:
    """Join what is said once for each user of a component: one problem that names all of them."""
    related: dict[Problem, dict[Related, None]] = {}
    for problem in problems:
        related.setdefault(problem, {}).update(dict.fromkeys(problem.related))
    return [replace(problem, related=tuple(found)) for problem, found in related.items()]
