"""`argosy backfill`: a pipeline for each interval of the past, by a file that is reviewed."""

import argparse
import subprocess
import sys
from typing import TYPE_CHECKING

from argosy.cli import backfill_sync, parameters, terminal, workspace
from argosy.cli.usage import UsageFailure
from compiler.backfill import FOLDER, Backfill, parse, read_backfill
from compiler.convention import RESERVED
from compiler.problems import Rejected

if TYPE_CHECKING:
    from collections.abc import Mapping

    from argosy.cli.runnable import Runnable
    from argosy.cluster.backfills import Ledger
    from compiler.project import Project

_VERBS = ("run", "status", "stop", "show")
_WORDS = 2


def execute(args: argparse.Namespace) -> int:
    """Write the file of a backfill; or start it, tell of it, stop it, show its workflows."""
    project = workspace.load()
    if len(args.words) == _WORDS and args.words[0] in _VERBS:
        verb, name = args.words
        return _of_file(project, args, verb, _find(project, name))
    if len(args.words) != 1:
        hint = "argosy backfill PIPELINE --from --to --every, or backfill run|status|stop|show ID"
        raise UsageFailure("name a pipeline, or what to do with which backfill", hint)
    return _write(project, args, args.words[0])


def _write(project: "Project", args: argparse.Namespace, pipeline: str) -> int:
    environment = workspace.pick_environment(project, args.env).name
    workspace.check_known("pipeline", [pipeline], project.pipelines)
    if not (args.begin and args.until and args.every):
        raise UsageFailure("which intervals?", "--from 2026-01-01 --to 2026-02-01 --every 1d")
    manifest = _manifest(pipeline, environment)
    known = [parameter["name"] for parameter in manifest.parameters]
    start = args.start or ("interval-start" if "interval-start" in known else "")
    end = args.end or ("interval-end" if "interval-end" in known else "")
    if not start:
        names = ", ".join(name for name in known if name != RESERVED) or "none"
        hint = f"--start-param NAME; the pipeline has {names}"
        raise UsageFailure("which parameter takes the start of an interval?", hint)
    given = parameters.read(args.parameters, manifest.parameters, manifest.limits)
    name = args.id or f"{args.begin}-{args.until}".replace(":", "").lower()
    wanted = Backfill(name, pipeline, environment, args.begin, args.until, args.every, start, end,
                      args.parallel, given)  # fmt: skip
    found = _parsed(wanted)
    for interval in found.intervals():
        values = [f"{key}={value}" for key, value in found.values(interval).items()]
        parameters.read(values, manifest.parameters, manifest.limits)
    path = project.root / found.file
    if path.exists():
        raise UsageFailure(f"{found.file} is there already", "--id another, or remove it")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(found.write())
    terminal.out(found.file)
    terminal.out(f"{len(found.intervals())} runs, {found.parallel} at a time")
    terminal.talk(f"next: commit it, have it reviewed, then argosy backfill run {name}")
    return 0


def _parsed(wanted: Backfill) -> Backfill:
    """Return what its file will be read as; what is wrong with that was given, and is no file."""
    try:
        return parse(wanted.file, wanted.write().decode())
    except Rejected as error:
        first = error.problems[0]
        raise UsageFailure(first.message, first.hint) from None


def _manifest(pipeline: str, environment: str) -> "Runnable":
    """Return what the pipeline is rendered to: its parameters and their limits."""
    from argosy.cli import runnable

    asked = argparse.Namespace(target=pipeline, env=environment, published=False, workflow="")
    return runnable.find(asked)


def _find(project: "Project", name: str) -> Backfill:
    files = sorted((project.root / FOLDER).glob("*/*.yaml"))
    found = [path for path in files if path.stem == name]
    if len(found) != 1:
        several = f"more than one backfill `{name}`" if found else f"no backfill `{name}`"
        known = ", ".join(path.stem for path in files[:12])
        raise UsageFailure(several, f"there are: {known}" if known else "write one first")
    return read_backfill(project.root, found[0].relative_to(project.root).as_posix())


def _of_file(project: "Project", args: argparse.Namespace, verb: str, found: Backfill) -> int:
    workspace.check_known("environment", [found.environment], tuple(project.environments))
    namespace = project.environments[found.environment].namespace
    if verb == "show":
        from compiler.emit import emit

        bodies = [emit(found.workflow(i, namespace), found.file) for i in found.intervals()]
        terminal.out_bytes(b"".join(b"---\n" + body for body in bodies))
        return 0
    if verb == "run" and not args.allow_dirty:
        _committed(project, found)
    if args.local:
        return _local(project, found)
    return _in_cluster(project, args, verb, found)


def _committed(project: "Project", found: Backfill) -> None:
    """Refuse what nobody has reviewed: the file as it is must be that of a commit."""
    from gitops.git import Repository

    repository = Repository(project.root)
    here = repository.ask("hash-object", "--", found.file).out
    there = repository.ask("rev-parse", f"HEAD:./{found.file}").out
    if here.strip() != there.strip():
        hint = "commit it and have it reviewed, or say --allow-dirty"
        raise UsageFailure(f"{found.file} is not as it was committed", hint)


def _in_cluster(project: "Project", args: argparse.Namespace, verb: str, found: Backfill) -> int:
    from argosy.cluster.backfills import Submitter, lines
    from argosy.cluster.kubectl import Kubectl

    if args.json:
        terminal.aside()
    namespace = project.environments[found.environment].namespace
    submitter = Submitter(Kubectl(args.kube_context), found, namespace)
    if verb == "stop":
        names = submitter.stop(running=args.running)
        terminal.out("\n".join([f"stopped {name}" for name in names] or ["nothing more starts"]))
        terminal.talk(f"next: argosy backfill run {found.name}")
        if args.json:
            terminal.out_json(_document(found, namespace, submitter.ledger()))
        return 0
    if verb == "run":
        backfill_sync.confirm(project, submitter, args.wait)
        submitter.run(terminal.out)
    ledger = submitter.ledger()
    submitter.keep(ledger)
    terminal.out("\n".join(lines(found, ledger)))
    if args.json:
        terminal.out_json(_document(found, namespace, ledger))
    phases = [ledger.phases.get(found.run(each), "") for each in found.intervals()]
    return int(any(phase in ("Failed", "Error") for phase in phases))


def _document(found: Backfill, namespace: str, ledger: "Ledger") -> str:
    from argosy.report.delivery import backfill

    about = {"name": found.name, "pipeline": found.pipeline, "environment": found.environment}
    runs = (
        {
            "name": found.run(each),
            "start": each.start.isoformat(),
            "end": each.end.isoformat(),
            "phase": ledger.phases.get(found.run(each), ""),
        }
        for each in found.intervals()
    )
    return backfill({**about, "namespace": namespace}, ledger.stopped, runs)


def _local(project: "Project", found: Backfill) -> int:
    """Run the intervals here, one after the other; a run that has succeeded is done."""
    import json

    listed = subprocess.run(_argosy(project, "runs", "--json"), capture_output=True, check=False)
    known = json.loads(listed.stdout or b"{}").get("runs", ())
    phases = {run["name"]: run["phase"] for run in known}
    for interval in found.intervals():
        name = found.run(interval)
        if phases.get(name) == "Succeeded":
            terminal.out(f"= {name}")
            continue
        terminal.out(f"+ {name}")
        words = ["retry", name] if name in phases else _run(found, name, found.values(interval))
        done = subprocess.run(_argosy(project, *words), check=False)
        if done.returncode:
            return done.returncode
    return 0


def _run(found: Backfill, name: str, values: "Mapping[str, str]") -> list[str]:
    given = [word for pair in values.items() for word in ("-p", "=".join(pair))]
    return ["run", found.pipeline, "--env", found.environment, "--name", name, *given]


def _argosy(project: "Project", *words: str) -> list[str]:
    return [sys.executable, "-m", "argosy", "-C", str(project.root), *words]
