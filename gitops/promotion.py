"""What a promotion moves: the revisions that an environment holds, as it holds them."""

from collections.abc import Mapping
from pathlib import Path

from compiler.record import record, replace
from gitops.git import Repository
from gitops.images import images
from gitops.pin import Pins, file, parse
from gitops.source import SourceFailure, find_folder

_DIRTY = "-dirty"


@record
class Evidence:
    """One line of what speaks for a promotion.

    `state` is `met`; `missing` where it was asked for and is not there; `unknown` where it could
    not be seen; `note` for what only has to be known.
    """

    name: str
    state: str
    text: str


def held(root: Path, environment: str, source: str) -> Pins:
    """Return what `environment`, published from revision `source`, holds: a revision for each.

    Nothing is resolved anew. Raise `SourceFailure` when `source` cannot be moved.
    """
    if source.endswith(_DIRTY) or not source:
        told = "with uncommitted changes" if source else "from a revision that is unknown"
        hint = f"publish it from a commit: `argosy publish --env {environment}`"
        raise SourceFailure(f"{environment} was published {told}: that cannot be moved", hint)
    pins = _pins(root, environment, source)
    return pins if pins.revision else replace(pins, revision=source)


def _pins(root: Path, environment: str, source: str) -> Pins:
    """Return the pins of `environment` as they were at `source`."""
    repository = Repository(root)
    if repository.ask("cat-file", "-e", f"{source}^{{commit}}").status:
        hint = "fetch it: `git fetch`, in a clone that is not shallow"
        text = f"revision {source[:10]}, which {environment} holds, is not in this repository"
        raise SourceFailure(text, hint)
    path = f"{source}:{find_folder(repository)}{file(environment)}"
    answer = repository.ask("cat-file", "blob", path)
    if answer.status:
        return Pins(environment)
    return parse(environment, answer.out.decode("utf-8", "replace"))


def pictured(files: Mapping[str, bytes], names: frozenset[str]) -> dict[str, tuple[str, ...]]:
    """Return the images of each of the named pipelines in a rendered tree."""
    return {
        name: images({path: files[path] for path in files if path.startswith(f"{name}/")})
        for name in sorted(names)
    }
