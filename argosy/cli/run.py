"""`argosy run`: a pipeline on this machine, from the same manifests a cluster gets."""

import argparse
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from argosy.cli import command, parameters, run_execution, runnable, workspace
from argosy.cli.run_execution import Execution
from argosy.cli.runnable import Runnable
from compiler.convention import RESERVED
from compiler.record import replace

if TYPE_CHECKING:
    from argosy.engine.nodes import Node


def execute(args: argparse.Namespace) -> int:
    """Find the manifests, run them, tell each change and how it ended."""
    from argosy.cli import run_tracking
    from argosy.engine.manifests.admission import admit

    found = runnable.find(args)
    values = parameters.read(args.parameters, found.parameters, found.limits, as_argo=args.as_argo)
    values |= _origin(found)
    choices = {"as_argo": args.as_argo, "kube_context": args.kube_context, "runtime": args.runtime}
    admitted = admit(found.manifests, values, **choices, remembered=True)
    choices["no_cache"] = args.no_cache
    if admitted.warnings:
        from argosy.cli import faults

        faults.show(admitted.warnings)
    found = replace(found, manifests=admitted.bundle)
    state = workspace.state(found.root)
    name = args.name or f"{found.manifests.name}-{os.urandom(3).hex()[:5]}"
    known, more = _earlier(args, state, name, found)
    notes = (*admitted.notes, *more)
    if args.dry_run:
        from argosy.cli import run_preview

        return run_preview.show(found, values, known, notes, machine=args.json)
    if args.detach:
        from argosy.cli import run_detach

        return run_detach.start(args, state, name)
    command.offer(state)
    variables = run_tracking.environment(found, state)
    wanted = Execution(found, name, values, state, variables, notes, known, choices=choices)
    return run_execution.perform(wanted, machine=args.json)


def _earlier(
    args: argparse.Namespace, state: Path, name: str, found: Runnable
) -> tuple[Mapping[str, "Node"], list[str]]:
    """Return what `--from` and `--only` take from the last run, and a note of it."""
    if not (args.start or args.only):
        return {}, []
    from argosy.cli import run_part

    return run_part.earlier(args, state, name, found.manifests)


def _origin(found: Runnable) -> dict[str, str]:
    """The source revision, where the manifest takes it."""
    declared = {parameter["name"] for parameter in found.parameters}
    return {RESERVED: found.source} if RESERVED in declared else {}
