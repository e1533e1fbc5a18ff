"""`argosy init`: a new repository, in a folder that may hold files already."""

import argparse
import os
import re
import shlex
from collections.abc import Mapping
from pathlib import Path

from argosy.cli import terminal
from argosy.cli.usage import UsageFailure
from argosy.scaffold.content import Choice, files
from argosy.scaffold.placement import Occupied, Placed, place

_PROJECT, _BRANCH = "argosy.yaml", "main"
_OWN = (_PROJECT, "pipelines/", "tests/", "README.md")
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,40}[a-z0-9])?")
_OWNER = re.compile(r"@[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9._-]+)*")


def execute(args: argparse.Namespace) -> int:
    """Write the files, all or none; say what to replace in them, and what to type next."""
    root = Path(args.directory_).absolute()
    _refuse_inside(root)
    _refuse_below(root.resolve(), args.ci)
    choice = _choice(args, root)
    found = _wanted(choice, root, keep=args.keep)
    keep = frozenset(found) if args.keep else frozenset()
    try:
        placed = place(found, root, keep)
    except Occupied as error:
        terminal.complain(error.message, error.hint)
        for path in error.paths:
            terminal.out(f"differs {path}")
        return error.exit_code
    _tell(placed, choice)
    _advise({k: v for k, v in found.items() if k not in placed.kept}, args.directory_, root)
    return 0


def _wanted(choice: Choice, root: Path, *, keep: bool) -> dict[str, bytes]:
    """Return all files, or those around it where a project is and shall be kept."""
    found = files(choice)
    if not (keep and os.path.lexists(root / _PROJECT)):
        return found
    if choice.gitops:
        raise UsageFailure("there is a project already", f"write `gitops:` into its {_PROJECT}")
    return {path: content for path, content in found.items() if not path.startswith(_OWN)}


def _choice(args: argparse.Namespace, root: Path) -> Choice:
    name = args.name or _named(root)
    if not _NAME.fullmatch(name):
        raise UsageFailure(f"`{name}` is no name of a project", "small letters, digits and `-`")
    if args.owner and not _OWNER.fullmatch(args.owner):
        raise UsageFailure(f"`{args.owner}` is no user or team", "such as `@acme/ml-platform`")
    if args.gitops:
        _check_repository(args.gitops)
    if args.sync == "none":
        return Choice(name, args.ci, args.gitops, args.owner, _branch(root))
    if not args.gitops:
        raise UsageFailure("what is the cluster to sync?", "add --gitops URL")
    from argosy.cli.bootstrap import address

    address(args.gitops)
    return Choice(name, args.ci, args.gitops, args.owner, _branch(root), args.sync)


def _branch(root: Path) -> str:
    """Return the branch that pull requests go to, as far as a repository around `root` tells."""
    if _top(root) is None:
        return _BRANCH
    from gitops.git import Repository

    here = Repository(next(path for path in (root, *root.parents) if path.exists()))

    def said(*words: str) -> str:
        return here.ask(*words).out.decode("utf-8", "replace").strip()

    if main := said("symbolic-ref", "--short", "refs/remotes/origin/HEAD"):
        return main.removeprefix("origin/")
    local = said("for-each-ref", "--format=%(refname:short)", "refs/heads").splitlines()
    known = local or said("symbolic-ref", "--short", "HEAD").splitlines()
    if len(known) == 1:
        return known[0]
    return "master" if "master" in known and _BRANCH not in known else _BRANCH


def _top(root: Path) -> Path | None:
    """Return the top of the git repository around `root`."""
    return next((path for path in (root, *root.parents) if (path / ".git").exists()), None)


def _refuse_below(root: Path, ci: str) -> None:
    top = _top(root)
    if ci != "none" and top not in (None, root):
        hint = "`--ci none` here, and at the top the workflows of docs/ci.md with `directory`"
        raise UsageFailure(f"{root} is below the top of its repository, where no CI looks", hint)


def _check_repository(url: str) -> None:
    from gitops.git import redact
    from gitops.target import Target

    Target(url, "main", "envs/dev", "dev")
    if redact(url) != url:
        raise UsageFailure(
            "the URL of --gitops holds a login", "a token goes into ARGOSY_GIT_TOKEN"
        )
    if re.search(r"[\s\"\\]", url):
        raise UsageFailure(f"`{url}` is no address of a repository", "such as an https URL")


def _named(root: Path) -> str:
    """Return a name made of that of the folder."""
    words = re.sub(r"[^a-z0-9]+", "-", root.resolve().name.lower())[:40].strip("-")
    return words or "pipelines"


def _refuse_inside(root: Path) -> None:
    for folder in root.resolve().parents:
        if os.path.lexists(folder / _PROJECT):
            hint = f"add a pipeline to that project, or name a folder outside of {folder}"
            raise UsageFailure(f"{root} is inside the project of {folder / _PROJECT}", hint)


def _tell(placed: Placed, choice: Choice) -> None:
    for path in placed.written:
        terminal.out(f"+ {path}")
    for path in placed.kept:
        terminal.out(f"kept {path}, which differs from what a new repository has")
    if not placed.written:
        terminal.out(f"✔ {choice.name}: everything is there already")
    else:
        terminal.out(f"✔ {choice.name}: {len(placed.written)} files written")


def _advise(found: Mapping[str, bytes], directory: str, root: Path) -> None:
    """Say what only a person knows, with its place, and the next command."""
    wanted = {
        "# gitops:": "where each environment is published, once there is a cluster",
        "# mlflow:": "where the models of a cluster are registered",
        "@acme/ml-platform": "who reviews what",
    }
    for path, content in found.items():
        for mark, what in wanted.items():
            lines = [at for at, line in enumerate(content.decode().splitlines(), 1) if mark in line]
            if lines:
                terminal.talk(f"to fill in: {path}:{lines[0]}: {what}")
    steps = [] if root == Path.cwd() else [f"cd {shlex.quote(directory)}"]
    if _top(root) is None:
        steps.append(f"git init -b {_BRANCH}")
    steps += ["git add -A", 'git commit -m "Begin"']
    steps.append("argosy run hello --env dev" if _PROJECT in found else "argosy doctor")
    terminal.talk(f"next: {' && '.join(steps)}")
