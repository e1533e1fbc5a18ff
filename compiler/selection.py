"""Which pipelines are meant: by the pattern of a name, a tag, an owner.

A space joins alternatives, a comma what must all hold: `churn-* tag:weekly,owner:growth-ml`.
"""

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase

from compiler.problems import Rejected
from compiler.project import Project
from compiler.record import record
from compiler.render import read_spec

KEYS = ("name", "tag", "owner")
Traits = Mapping[str, Sequence[str] | None]


@record
class Term:
    """A pattern (`*`, `?`, `[…]`) for the name, a tag or the owner of a pipeline."""

    key: str
    pattern: str

    def __str__(self) -> str:
        return self.pattern if self.key == "name" else f"{self.key}:{self.pattern}"

    def matches(self, traits: Traits) -> bool:
        """Whether one of the traits of a pipeline is as this says, or nobody knows them."""
        known = traits[self.key]
        return known is None or any(fnmatchcase(trait, self.pattern) for trait in known)


def parse(text: str) -> list[tuple[Term, ...]]:
    """Return the alternatives of `text`; raise `ValueError` with an unknown key."""
    return [tuple(map(_term, filter(None, word.split(",")))) for word in text.split()]


def _term(word: str) -> Term:
    key, colon, pattern = word.partition(":")
    if colon and key not in KEYS:
        raise ValueError(key)
    return Term(key, pattern) if colon else Term("name", word)


def traits(project: Project, environments: Iterable[str]) -> dict[str, Traits]:
    """Return name, tags and owner of each pipeline, those of all `environments` together.

    Those of a spec that cannot be read are None: its mistakes are not to be passed over.
    """
    found: dict[str, Traits] = {}
    environments = list(environments)
    for name in project.pipelines:
        own: dict[str, list[str] | None] = {"name": [name], "tag": [], "owner": []}
        for environment in environments:
            _add(own, project, name, environment)
        found[name] = own
    return found


def _add(own: dict[str, list[str] | None], project: Project, name: str, environment: str) -> None:
    try:
        document = read_spec(project, name, project.environment(environment))[0].document
    except Rejected:
        own.update(tag=None, owner=None)
        return
    for key, value in (("tag", document.value(("tags",))), ("owner", document.value(("owner",)))):
        known = own[key]
        if known is not None and value:
            known += value if isinstance(value, list) else [value]


def select(
    known: Mapping[str, Traits], alternatives: Iterable[tuple[Term, ...]]
) -> tuple[str, ...]:
    """Return the pipelines of which all terms of one alternative hold, in the order of `known`."""
    wanted = list(alternatives)
    return tuple(
        name
        for name, own in known.items()
        if any(all(term.matches(own) for term in terms) for terms in wanted)
    )
