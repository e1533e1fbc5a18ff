"""`argosy models`: versions in MLflow, where they come from and how they differ."""

import argparse
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from argosy.cli import terminal, workspace

if TYPE_CHECKING:
    from argosy.models.compare import Version


def execute(args: argparse.Namespace) -> int:
    """List, show, compare or release."""
    if args.verb == "release":
        return _release(args)
    uri = _uri(args.env)
    if args.verb == "list":
        return _list(args, uri)
    if args.verb == "show":
        return _show(args, uri)
    return _compare(args, uri)


def _uri(environment: str | None) -> str:
    """Return the tracking URI of an environment, or of the local store."""
    from argosy.models.store import prepare_local

    root = workspace.find_root()
    if environment is not None:
        project = workspace.load()
        named = workspace.pick_environment(project, environment).mlflow_uri
        if named is not None:
            return named
    return prepare_local(workspace.state(root))


def _list(args: argparse.Namespace, uri: str) -> int:
    from argosy.models import compare

    found = compare.models(uri)
    if args.json:
        _json([version for versions in found.values() for version in versions])
        return 0
    if not found:
        terminal.out("no models yet")
        terminal.talk("next: argosy run PIPELINE")
    rows = [_row(version) for versions in found.values() for version in versions]
    for line in compare.table(rows) if rows else ():
        terminal.out(line)
    return 0


def _row(version: "Version") -> tuple[str, str, str, str]:
    metrics = " ".join(f"{name}={value:.4g}" for name, value in version.metrics.items())
    name = f"{version.model} {version.version}"
    return name, ", ".join(version.aliases) or "-", _moment(version.created), metrics


def _moment(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _release(args: argparse.Namespace) -> int:
    """Let the alias of each pinned model point to its version."""
    from argosy.models import aliases
    from gitops.pin import file, read_pins

    project = workspace.load()
    environment = workspace.pick_environment(project, args.environment)
    pins = read_pins(project.root, environment.name).models
    if not pins:
        terminal.out(f"{file(environment.name)} pins no models: nothing to release")
        return 0
    uri = _uri(environment.name)
    wanted = aliases.moves(uri, pins, args.alias)
    for move in wanted:
        if not move.needed:
            terminal.out(f"✔ {move.model} {move.after} is {move.alias} already")
        elif args.dry_run:
            terminal.out(f"~ {move.alias} of {move.model}: {move.before or 'none'} -> {move.after}")
    for move in () if args.dry_run else aliases.perform(uri, wanted):
        terminal.out(f"✔ {move.alias} of {move.model}: {move.before or 'none'} -> {move.after}")
    return 0


def _show(args: argparse.Namespace, uri: str) -> int:
    from argosy.models import compare

    version = compare.read_version(uri, args.model, args.version)
    if args.json:
        _json([version])
        return 0
    terminal.out(f"{version.model} version {version.version}")
    rows = [("created", _moment(version.created)), ("aliases", ", ".join(version.aliases) or "-")]
    rows += [(f"metric {name}", f"{value:.6g}") for name, value in version.metrics.items()]
    rows += [(f"param {name}", value) for name, value in version.params.items()]
    rows += [(f"input {name}", value) for name, value in version.data.items()]
    rows += [(name, value) for name, value in version.lineage.items() if name != "registration_key"]
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        terminal.out(f"  {name:{width}}  {value}")
    return 0


def _compare(args: argparse.Namespace, uri: str) -> int:
    from argosy.models import compare

    pair = [compare.read_version(uri, args.model, number) for number in (args.first, args.second)]
    if args.json:
        _json(pair)
        return 0
    terminal.out(f"{args.model}: version {args.first} and version {args.second}")
    for line in compare.table(compare.compare(*pair)):
        terminal.out(f"  {line}")
    return 0


def _json(versions: "list[Version]") -> None:
    from argosy.report.document import document
    from compiler.record import as_data

    terminal.out_json(document([as_data(version) for version in versions]))
