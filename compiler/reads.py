"""What a compilation would read, found at a fraction of its cost: specs, templates, code."""

from compiler.files import read_code
from compiler.inputs import observed
from compiler.problems import Rejected
from compiler.project import Project
from compiler.render import read_spec


def reads(project: Project, name: str, environment: str) -> frozenset[str] | None:
    """Return every path that compiling the pipeline reads or looks for; None if it is broken.

    Not in it is the project file, which decides about every pipeline.
    """
    with observed() as found:
        try:
            _read(project, name, environment, ())
        except Rejected:
            return None
    return frozenset(found)


def _read(project: Project, name: str, environment: str, chain: tuple[str, ...]) -> None:
    if name in chain or name not in project.pipelines:
        raise Rejected([])  # the compiler has better words for it
    parsed, _ = read_spec(project, name, project.environment(environment))
    for step in parsed.steps.values():
        if step.kind == "pipeline":
            _read(project, step.action, environment, (*chain, name))
    read_code(project.root, f"{project.folder}/{name}", project.spec(name))
