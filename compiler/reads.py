"""What a compilation would read, found at a fraction of its cost: specs, templates, code."""

import re

from compiler import template
from compiler.files import read_code, read_text
from compiler.inputs import observed
from compiler.problems import Rejected
from compiler.project import Project
from compiler.render import read_spec

# keys that lead to other files, and what may be one of them in disguise: an escape within a quoted
# key, an alias for a key, and a key that is written in full, over several lines if it likes; each
# with texts of which it needs one, which are looked for in no time
_LEADS = (
    (("uses", "pipeline"), re.compile(r"""(?:uses|pipeline)["']?\s*:""")),
    (("\\",), re.compile(r""""[^"\n\\]*\\[^"\n]*"\s*:""")),
    (("*",), re.compile(r"\*[\w-]+\s*:")),
    (("?",), re.compile(r"(?:^|[\s{[,])\?\s", re.MULTILINE)),
)


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


def is_alone(text: str) -> bool:
    """Whether the text of a spec, unread, is seen to lead to no file but those beside it."""
    if template.is_template(text):
        return False
    likely = (form for needed, form in _LEADS if any(part in text for part in needed))
    return not any(form.search(text) for form in likely)


def _read(project: Project, name: str, environment: str, chain: tuple[str, ...]) -> None:
    if name in chain or name not in project.pipelines:
        raise Rejected([])  # the compiler has better words for it
    if not is_alone(read_text(project.root, project.spec(name))):
        parsed, _ = read_spec(project, name, project.environment(environment))
        for step in parsed.steps.values():
            if step.kind == "pipeline":
                _read(project, step.action, environment, (*chain, name))
    read_code(project.root, f"{project.folder}/{name}", project.spec(name))
