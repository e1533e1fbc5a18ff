"""The repository's own CI: what would make a plan or a publish in it wrong, or dangerous."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from argosy.doctor.finding import Finding, fine, note, wrong
from compiler.document import Document, read
from compiler.files import read_text
from compiler.problems import Rejected
from compiler.source import plain

_PINNED = re.compile(r"(\./|\$/|docker://.+@sha256:).*|.+@[0-9a-f]{40}")
_UNTRUSTED = re.compile(r"\$\{\{\s*(github\.(event\.|head_ref)|inputs\.)")
_ARGOSY = re.compile(r"\bargosy (plan|publish|promote|rollback)\b|\bargosy-dev/argosy@")
Place = tuple[str | int, ...]


def workflows(root: Path) -> Iterator[Finding]:
    """Look at every workflow of GitHub, and at GitLab's file."""
    folder = root / ".github" / "workflows"
    files = sorted(path for path in folder.glob("*") if path.suffix in (".yml", ".yaml"))
    found = [finding for path in files for finding in _workflow(root, path)]
    if (root / ".gitlab-ci.yml").is_file():
        found += _gitlab(root)
        files.append(root / ".gitlab-ci.yml")
    yield from found
    if not files:
        yield note("no workflows: plans and publishes are made by hand", "argosy init --keep")
    elif not found:
        yield fine(f"{len(files)} files: histories whole, actions pinned, no token left behind")


def _read(root: Path, path: Path) -> Document | None:
    name = path.relative_to(root).as_posix()
    try:
        return read(plain(name, read_text(root, name)))
    except Rejected:
        return None


def _workflow(root: Path, path: Path) -> Iterator[Finding]:
    document = _read(root, path)
    if document is None or not isinstance(document.data, dict):
        yield wrong(f"{path.relative_to(root)} is no YAML that can be read", "actionlint")
        return
    said = document.data.get("on")
    triggers = frozenset(map(str, said if isinstance(said, dict | list) else [said]))
    for name, body in _mapping(document.data.get("jobs")).items():
        yield from _pinned(document, ("jobs", name), _mapping(body))
        steps = _mapping(body).get("steps")
        yield from _steps(document, name, steps if isinstance(steps, list) else [], triggers)


def _steps(
    document: Document, job: str, steps: list[Any], triggers: frozenset[str]
) -> Iterator[Finding]:
    known = [_mapping(step) for step in steps]
    ours = any(_ARGOSY.search(f"{step.get('run')} {step.get('uses')}") for step in known)
    for at, step in enumerate(known):
        place = ("jobs", job, "steps", at)
        yield from _pinned(document, place, step)
        if _UNTRUSTED.search(str(step.get("run", ""))):
            said = f"{_where(document, place)}: what others write becomes part of a script"
            yield wrong(said, 'give it by `env:` and use "$NAME"')
        if str(step.get("uses", "")).startswith("actions/checkout@"):
            said = _where(document, place)
            yield from _checkout(said, _mapping(step.get("with")), triggers, ours)


def _pinned(document: Document, place: Place, body: dict[str, Any]) -> Iterator[Finding]:
    uses = str(body.get("uses", ""))
    if uses and not _PINNED.fullmatch(uses):
        name, _, version = uses.partition("@")
        said = f"{_where(document, place)}: {uses} is whatever its owner makes of it tomorrow"
        yield note(said, f"uses: {name}@COMMIT # {version}")


def _where(document: Document, place: Place) -> str:
    return f"{document.at(place).file}:{document.at(place).line}"


def _checkout(
    where: str, said: dict[str, Any], triggers: frozenset[str], ours: bool
) -> Iterator[Finding]:
    foreign = "workflow_run" in triggers and "workflow_run" in str(said.get("ref"))
    if "pull_request_target" in triggers or foreign:
        fix = "on: pull_request, and the comment by a workflow_run (docs/ci.md)"
        yield wrong(f"{where}: a stranger's code is checked out where there are secrets", fix)
    if ours and str(said.get("fetch-depth")) != "0":
        yield wrong(f"{where}: the order of commits needs the whole history", "fetch-depth: 0")
    if said.get("persist-credentials") is not False:
        yield note(f"{where}: the token stays in .git/config", "persist-credentials: false")


def _gitlab(root: Path) -> Iterator[Finding]:
    document = _read(root, root / ".gitlab-ci.yml")
    if document is None or not _ARGOSY.search(str(document.data)):
        return
    jobs = _mapping(document.data)
    depths = [_mapping(_mapping(job).get("variables")).get("GIT_DEPTH") for job in jobs.values()]
    if "0" not in map(str, [_mapping(jobs.get("variables")).get("GIT_DEPTH"), *depths]):
        said = ".gitlab-ci.yml: the order of commits needs the whole history"
        yield wrong(said, 'variables: {GIT_DEPTH: "0"}')


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
