"""`argosy step select`, `register`, `approve` and `notify`: what rendered manifests call.

What is known at render time comes as arguments, what is known at run time by environment. `store`
and `settle` are what the local engine has done in a process of its own.
"""

import argparse
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from argosy.models import select
from argosy.models.failure import ModelInputError
from argosy.models.register import Outcome, Registration, register
from argosy.models.select import variable
from argosy.models.settling import ending, settle
from argosy.models.store import prepare_local
from argosy.notices import step as notices

# many runs may register at once, and nobody watches a step: it waits longer than a command
_PATIENT = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "4", "MLFLOW_HTTP_REQUEST_TIMEOUT": "60"}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the steps to `parser`."""
    found = parser.add_subparsers(dest="step", required=True)
    found.add_parser("approve")
    found.add_parser("settle")
    made = found.add_parser("store")
    for flag in ("--folder", "--experiment"):
        made.add_argument(flag, required=True)
    notices.configure(found.add_parser("notify"))
    chosen = found.add_parser("select")
    chosen.add_argument("--by", required=True)
    chosen.add_argument("--mode", choices=("max", "min"), default="max")
    registered = found.add_parser("register")
    for flag in ("--model", "--from"):
        registered.add_argument(flag, required=True, dest=f"argument_{flag.strip('-')}")
    registered.add_argument("--alias", default="")
    for flag in ("value", "artifact", "candidate"):
        chosen.add_argument(f"--{flag}", action="append", default=[])
    for flag in ("gate", "metric", "param", "input", "tag"):
        registered.add_argument(f"--{flag}", action="append", default=[])


def execute(
    args: argparse.Namespace, environment: Mapping[str, str], folder: Path
) -> tuple[int, list[str]]:
    """Run the step in `folder`; return its exit code and what to say about it."""
    if args.step == "approve":
        decision = environment.get("ARGOSY_DECISION", "")
        return int(decision != "approve"), [f"the decision is `{decision}`"]
    if args.step == "notify":
        return notices.execute(args, environment, folder)
    if args.step == "store":
        return 0, [prepare_local(Path(args.folder), args.experiment)]
    if args.step == "settle":
        return 0, [f"{settle(ending(json.load(sys.stdin)))} runs"]
    if args.step == "select":
        return 0, _select(args, environment, folder)
    for name, value in _PATIENT.items():
        os.environ.setdefault(name, value)
    outcome = register(registration(args, environment, folder))
    if outcome.version is not None:
        _write(folder, args.argument_model, outcome.version)
    return int(outcome.version is None), _said(args, outcome)


def _select(args: argparse.Namespace, environment: Mapping[str, str], folder: Path) -> list[str]:
    found = select.candidates(args.candidate, args.value, environment)
    index = select.best(found, args.by, args.mode)
    select.write(folder, index, found[index], args.artifact)
    return select.lines(found, index, args.by)


def registration(
    args: argparse.Namespace, environment: Mapping[str, str], folder: Path
) -> Registration:
    """Return what arguments and environment ask to register; raise `ModelInputError` if unclear."""
    uri = environment.get("MLFLOW_TRACKING_URI", "")
    if not uri:
        hint = "name one in argosy.yaml: environments.ENV.mlflow.uri"
        raise ModelInputError("MLFLOW_TRACKING_URI is not set", hint)
    tags = dict(text.split("=", 1) for text in args.tag)
    inputs = dict(text.split("=", 1) for text in args.input)
    run, uid = environment.get("ARGOSY_RUN", ""), environment.get("ARGOSY_RUN_UID", "")
    if not uid:
        raise ModelInputError("ARGOSY_RUN_UID is not set", "a retry could not be recognised")
    lineage = {
        "argosy.source": environment.get("ARGOSY_SOURCE", ""),
        "argosy.digest": environment.get("ARGOSY_DIGEST", ""),
        "argosy.workflow": run,
        "argosy.workflow_uid": uid,
    }
    return Registration(
        uri=uri,
        model=args.argument_model,
        source=folder / args.argument_from,
        alias=args.alias,
        gates=tuple(args.gate),
        metrics={n: environment.get(f"ARGOSY_METRIC_{variable(n)}", "") for n in args.metric},
        params={n: environment.get(f"ARGOSY_PARAM_{variable(n)}", "") for n in args.param},
        inputs={name: folder / path for name, path in inputs.items()},
        tags={**tags, **{key: value for key, value in lineage.items() if value}},
        run=run,
        run_uid=uid,
        step=environment.get("ARGOSY_STEP", ""),
        experiment=tags.get("argosy.pipeline", args.argument_model),
    )


def _write(folder: Path, model: str, version: int) -> None:
    values = folder / "outputs" / "values"
    values.mkdir(parents=True, exist_ok=True)
    for name, text in {"version": str(version), "uri": f"models:/{model}/{version}"}.items():
        partial = values / f".{name}"
        partial.write_text(text, "utf-8")
        partial.replace(values / name)


def _said(args: argparse.Namespace, outcome: Outcome) -> list[str]:
    lines = [str(verdict) for verdict in outcome.verdicts]
    if outcome.version is None:
        return [*lines, f"not registered: a gate of `{args.argument_model}` failed"]
    how = "was registered before, by an earlier attempt" if outcome.repeated else "is registered"
    alias = f", alias {args.alias}" if args.alias else ""
    return [*lines, f"{args.argument_model} version {outcome.version} {how}{alias}"]
