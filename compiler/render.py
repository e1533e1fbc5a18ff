"""The compiler whole: a project, its pipelines and environments in; manifests or problems out."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from typing import Any

from compiler import argo, exposure, kinds, rules, schema, spec, versions
from compiler.calls import Calls
from compiler.component import Library
from compiler.document import Document, read
from compiler.emit import emit
from compiler.expansion import expand, united
from compiler.files import read_code
from compiler.pipeline import Pipeline
from compiler.problems import Location, Problem, Rejected, nearest
from compiler.project import Environment, Project
from compiler.record import field, record, replace
from compiler.resolve import Resolver
from compiler.source import plain
from compiler.spec import ComponentSpec
from compiler.tree import Pin, RenderedTree, joined

_WARN, _REFUSE = 350_000, 480_000


@record
class Compiled:
    """One pipeline in one environment: its form, its digest, its files, what to mind about it."""

    pipeline: Pipeline
    digest: str
    files: Mapping[str, bytes]
    warnings: tuple[Problem, ...]
    components: tuple[ComponentSpec, ...] = ()
    document: Document | None = field(default=None, compare=False, repr=False)
    unstamped: Mapping[str, argo.Manifest] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def manifests(self) -> dict[str, argo.Manifest]:
        """The objects as data, by file name."""
        return {name: argo.stamped(found, self.digest) for name, found in self.unstamped.items()}


@record
class _Origins:
    """What went into a pipeline and what it calls, itself last; it grows while they are read."""

    components: dict[str, ComponentSpec] = field(default_factory=dict)
    sources: list[exposure.Sources] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)


def compile_pipeline(project: Project, name: str, environment: str) -> Compiled:
    """Compile one pipeline; raise `Rejected` with every mistake of it."""
    origins = _Origins()
    pipeline = _resolved(project, name, environment, (), origins)
    *called, own = origins.sources
    compiled = _written(project, pipeline, replace(own, called=tuple(called)))
    used = tuple(origins.components[reference] for reference in sorted(origins.components))
    warnings = (*origins.warnings, *compiled.warnings)
    return replace(compiled, components=used, warnings=warnings, document=own.document)


def _resolved(
    project: Project, name: str, environment: str, chain: tuple[str, ...], origins: _Origins
) -> Pipeline:
    """Return the form of a pipeline that those of `chain` call; raise `Rejected`."""
    found, chain = project.environment(environment), (*chain, name)
    parsed, problems = read_spec(project, name, found)

    def read_callee(callee: str) -> Pipeline:
        return _resolved(project, callee, environment, chain, origins)

    parsed, refused = Calls(project.pipelines, chain, read_callee).attach(parsed)
    if refused:
        raise Rejected(united(_without_echoes([*problems, *refused], parsed)))
    components = parsed.components
    origins.components.update({component.reference: component for component in components})
    code = (*_code(project, name, problems), *(file for c in components for file in c.code))
    resolver = Resolver(parsed, project, found)
    pipeline = resolver.pipeline(code)
    problems += resolver.problems
    if problems:
        raise Rejected(united(_without_echoes(problems, parsed)))
    sources = exposure.Sources(parsed.document, project.document, pipeline)
    found_by_rules = rules.check(pipeline)
    if broken := [p for p in found_by_rules if p.severity == "error"]:
        raise Rejected([*broken, *exposure.check(sources, sources.text)])
    origins.warnings.extend(found_by_rules)
    origins.sources.append(sources)
    return pipeline


def read_spec(
    project: Project, name: str, environment: Environment
) -> tuple[spec.Spec, list[Problem]]:
    """Return the spec of one pipeline for one environment, and the mistakes it can live with."""
    document, problems = _document(project, name, environment)
    library = Library(project.root, partial(project.source, environment=environment))
    document, components, faults = expand(document, library)
    parsed, more = spec.read(document, components)
    problems += [*faults, *more, *kinds.check(parsed)]
    if not more and parsed.name != name:
        message = f"the pipeline is called `{parsed.name}`, its folder `{name}`"
        problems.append(Problem("name", message, document.at(("name",)), "make them equal"))
    return parsed, problems


def _document(
    project: Project, name: str, environment: Environment
) -> tuple[Document, list[Problem]]:
    file = project.spec(name)
    source = project.source(file, environment)
    document, problems = schema.check(read(source), "pipeline")
    patches = document.data.get("environments", {})
    for other in patches:
        if other not in project.environments:
            hint = nearest(other, tuple(project.environments))
            at = document.key(("environments", other))
            problems.append(Problem("unknown-environment", f"no environment `{other}`", at, hint))
    if patches.get(environment.name):
        document, patched = schema.check(
            document.merged(("environments", environment.name)), "pipeline"
        )
        problems += patched
    return document, [*source.problems, *problems]


def _code(project: Project, name: str, problems: list[Problem]) -> Any:
    try:
        return read_code(project.root, f"{project.folder}/{name}", project.spec(name))
    except Rejected as rejected:
        problems += rejected.problems
        return ()


def _without_echoes(problems: list[Problem], parsed: spec.Spec) -> list[Problem]:
    """Leave out what follows from a variable that is undefined on the same line, or from a step
    whose component is missing."""
    echoes = tuple(f"step `{name}` has no output `" for name in parsed.missing)
    problems = [problem for problem in problems if not problem.message.startswith(echoes)]
    undefined = {(p.at.file, p.at.line) for p in problems if p.code == "undefined-variable"}
    return [
        p
        for p in problems
        if p.code == "undefined-variable" or (p.at.file, p.at.line) not in undefined
    ]


def _written(project: Project, pipeline: Pipeline, sources: exposure.Sources) -> Compiled:
    """Write the objects, then stamp them with the digest of what was written."""
    header = (
        f"Generated by argosy from {project.name}//{project.folder}/{pipeline.name}. "
        "DO NOT EDIT; edit the source."
    )
    unstamped = argo.manifests(pipeline, project.nodes)
    files = {name: emit(manifest, header) for name, manifest in unstamped.items()}
    text = exposure.written(files, unstamped)
    broken = [
        *exposure.check(sources, text, list(unstamped.values())),
        *versions.check(pipeline, files, unstamped, project.target),
    ]
    if broken:
        raise Rejected(broken)
    digest = RenderedTree(files).digest
    stamped = {
        name: content.replace(argo.UNSTAMPED.encode(), digest.encode())
        for name, content in files.items()
    }
    sizes = _sizes(pipeline, files, unstamped)
    warnings = (*rules.warn(pipeline), *sizes)
    return Compiled(pipeline, digest, stamped, warnings, unstamped=unstamped)


def _sizes(
    pipeline: Pipeline, files: Mapping[str, bytes], manifests: Mapping[str, Any]
) -> Iterator[Problem]:
    """Yield a warning for each large object; raise `Rejected` for one that could not run."""
    for name in (name for name, content in files.items() if len(content) > _WARN // 2):
        stored = json.dumps(manifests[name], separators=(",", ":"), ensure_ascii=False)
        if (size := len(stored.encode())) > _WARN:
            hint = "Argo stores it twice per run: make steps that differ in a value one `foreach`"
            message = f"{name} has {size:,} bytes as Argo stores it"
            if size > _REFUSE:
                raise Rejected([Problem("too-large", message, pipeline.at, hint)])
            yield Problem("large", message, pipeline.at, hint, severity="warning")


def validate(
    project: Project, names: Sequence[str] = (), environments: Sequence[str] = ()
) -> tuple[Problem, ...]:
    """Return every problem of the named pipelines in the named environments (default: all)."""
    found: list[Problem] = []
    for environment in environments or tuple(project.environments):
        for name in known(project, names):
            try:
                found += compile_pipeline(project, name, environment).warnings
            except Rejected as rejected:
                found += rejected.problems
        if not names:
            found += _unused(project, project.environment(environment))
    return tuple(sorted(united(found), key=lambda p: (p.at, p.code, p.message)))


def _unused(project: Project, environment: Environment) -> Iterator[Problem]:
    """Yield what is wrong within the components of the project, whether a step uses them or not."""
    library = Library(project.root, partial(project.source, environment=environment))
    for name in library.names():
        empty = Document({"steps": {name: {"uses": name}}}, plain("", ""), {}, {})
        document, components, faults = expand(empty, library)
        parsed, _ = spec.read(document, components)
        resolver = Resolver(parsed, project, environment)
        resolver.pipeline(())
        problems = (*faults, *kinds.check(parsed), *resolver.problems)
        for problem in problems:
            if problem.at.file:
                related = tuple(place for place in problem.related if place.at.file)
                yield replace(problem, related=related)


def render(
    project: Project, environment: str, names: Sequence[str] = (), *, verified: bool = False
) -> RenderedTree:
    """Render the named pipelines (default: all); raise `Rejected` with every mistake.

    `verified` holds each manifest against Hera's models and Argo's rules as well.
    """

    def one(name: str) -> RenderedTree:
        return tree(project, name, environment, verified=verified)

    return collect(project, names, one)


def collect(
    project: Project, names: Sequence[str], one: Callable[[str], RenderedTree]
) -> RenderedTree:
    """Return what `one` gives for each of the named pipelines (default: all), as one tree.

    Raise `Rejected` with the mistakes of all of them.
    """
    found, problems = [], list[Problem]()
    for name in known(project, names):
        try:
            found.append(one(name))
        except Rejected as rejected:
            problems += rejected.problems
    if problems:
        raise Rejected(united(problems))
    return joined(found)


def tree(project: Project, name: str, environment: str, *, verified: bool = False) -> RenderedTree:
    """Return the files of one pipeline; raise `Rejected` with every mistake of it."""
    return written(compile_pipeline(project, name, environment), verified=verified)


def written(compiled: Compiled, *, verified: bool = False) -> RenderedTree:
    """Return the files of a pipeline that is compiled; raise `Rejected` if they are not Argo's."""
    name = compiled.pipeline.name
    if verified and (differences := _differences(compiled)):
        raise Rejected(differences)
    files = {f"{name}/{file}": content for file, content in compiled.files.items()}
    components = {c.reference: Pin(c.version, c.digest) for c in compiled.components}
    return RenderedTree(files, components)


def _differences(compiled: Compiled) -> list[Problem]:
    from compiler.verify import objections

    return [
        Problem("not-argo", f"{file}: {objection}", compiled.pipeline.at)
        for file, objection in objections(compiled.manifests)
    ]


def known(project: Project, names: Sequence[str]) -> tuple[str, ...]:
    """Return `names`, or all pipelines; raise `Rejected` for one that does not exist."""
    unknown = [name for name in names if name not in project.pipelines]
    if unknown:
        at = Location("argosy.yaml")
        problems = [
            Problem("unknown-pipeline", f"no pipeline `{n}`", at, nearest(n, project.pipelines))
            for n in unknown
        ]
        raise Rejected(problems)
    return tuple(names) or project.pipelines
