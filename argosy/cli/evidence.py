"""What speaks for a promotion: since when its content is published, its runs, its models."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from argosy.report.words import counted
from compiler.record import record
from gitops.promotion import Evidence

if TYPE_CHECKING:
    from argosy.cli.gitops_target import Place
    from compiler.project import Environment, Promotion
    from gitops.published import PublishedTree

_RUNS = 200


@record
class Case:
    """What is promoted: pipelines (none: all) of what an environment holds, and by what rules.

    `changed` are the pipelines that differ in the environment that they come to.
    """

    environment: "Environment"
    place: "Place"
    published: "PublishedTree"
    names: tuple[str, ...]
    changed: tuple[str, ...]
    rules: "Promotion"
    state: Path

    @cached_property
    def digests(self) -> dict[str, str]:
        """Return the digest of each pipeline that changes, as it is published."""
        from gitops.plan_read import read

        files = self.published.files
        found = {}
        for name in self.changed:
            own = {path: files[path] for path in files if path.startswith(f"{name}/")}
            if own and (digest := read(own).derived.get("digest")):
                found[name] = digest
        return found


def gather(case: Case) -> tuple[Evidence, ...]:
    """Return every line of evidence, those that are asked for first."""
    return (_origin(case), *_soak(case), *_runs(case), *_models(case), *_images(case))


def _origin(case: Case) -> Evidence:
    wanted, name = case.rules.origin, case.environment.name
    if case.published.edited:
        text = f"{name} was edited by hand: {case.published.edited[0]}"
        return Evidence("origin", "missing", text)
    if wanted and wanted != name:
        return Evidence(
            "origin", "missing", f"promotions come from {wanted} alone, not from {name}"
        )
    return Evidence("origin", "met" if wanted else "note", f"{name}, as it is published")


def _soak(case: Case) -> Iterator[Evidence]:
    from gitops.history import contents

    for name in case.names or ("",):
        history = case.place.history(name)
        found = history[:1] if name else contents(history)[:1]
        subject = name or case.environment.name
        if not found:
            state = "unknown" if case.rules.soak else "note"
            yield Evidence("soak", state, f"{subject}: published longer ago than history is read")
            continue
        entry, asked = found[0], case.rules.soak
        lasted = (datetime.now(UTC) - entry.moment).total_seconds()
        state = "note" if not asked else "met" if lasted >= asked else "missing"
        wish = f"; {_span(asked)} are asked for" if asked else ""
        text = (
            f"as it is since {entry.when}, {_span(lasted)} ({entry.commit[:10]} by {entry.author})"
        )
        yield Evidence("soak", state, f"{subject}: {text}{wish}")


def _runs(case: Case) -> Iterator[Evidence]:
    asked, digests = case.rules.runs, case.digests
    local, cluster = _local_runs(case, digests), _cluster_runs(case)
    for name, digest in digests.items():
        seen = [*local.get(name, ()), *(cluster or {}).get(digest, ())]
        good = [run for run, phase in seen if phase == "Succeeded"]
        bad = [run for run, phase in seen if phase in ("Failed", "Error")]
        state = "note" if not asked else "met" if len(good) >= asked else "missing"
        text = f"{name}: {counted(len(good), 'run')} succeeded as it is published"
        text += f" ({', '.join(good[:3])})" if good else ""
        text += f", {len(bad)} failed ({', '.join(bad[:3])})" if bad else ""
        text += f"; {asked} asked for" if asked else ""
        yield Evidence("runs", state, text)
    if digests and cluster is None:
        yield Evidence("runs", "note", "no cluster was asked: only runs on this machine count")


def _local_runs(case: Case, digests: Mapping[str, str]) -> dict[str, list[tuple[str, str]]]:
    """Return name and phase of the runs on this machine of exactly what is published."""
    from argosy.engine import journal
    from argosy.failure import Failure

    found: dict[str, list[tuple[str, str]]] = {}
    for run in journal.runs(case.state, _RUNS) if digests else ():
        if run.workflow not in digests or run.environment not in ("", case.environment.name):
            continue
        try:
            texts = journal.load(case.state, run.name).description.manifests.values()
        except Failure:
            continue
        if any(digests[run.workflow] in text for text in texts):
            found.setdefault(run.workflow, []).append((run.name, run.phase))
    return found


def _cluster_runs(case: Case) -> dict[str, list[tuple[str, str]]] | None:
    """Return name and phase of the cluster's workflows by digest, None where none can be asked."""
    from argosy.cli import cluster_runs

    found = cluster_runs.workflows(case.environment.namespace)
    if found is None:
        return None
    runs: dict[str, list[tuple[str, str]]] = {}
    for each in found:
        runs.setdefault(each.digest, []).append((each.name, each.phase))
    return runs


def _models(case: Case) -> Iterator[Evidence]:
    uri = case.environment.mlflow_uri
    if not uri:
        return
    from argosy.models import released
    from argosy.models.failure import ModelError

    for name, digest in case.digests.items():
        try:
            versions = released.by_digest(uri, digest)
        except ModelError as error:
            yield Evidence("models", "note", f"not seen: {error}")
            return
        said = ", ".join(f"{v.model} version {v.version} passed its gates" for v in versions)
        yield Evidence("models", "note", f"{name}: {said or 'no version passed its gates'}")


def _images(case: Case) -> Iterator[Evidence]:
    from compiler.images import by_digest
    from gitops.promotion import pictured

    for name, found in pictured(case.published.files, frozenset(case.changed)).items():
        loose = [image for image in found if not by_digest(image)]
        if loose:
            shown = ", ".join(f"`{image}`" for image in loose[:3])
            yield Evidence("images", "note", f"{name}: {shown} is a tag: what it names can change")


def refused(evidence: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """Return the lines that stand against a promotion."""
    return tuple(line for line in evidence if line.state in ("missing", "unknown"))


def _span(seconds: float) -> str:
    """Return a duration in the largest unit that tells it well."""
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f}{unit}"
    return f"{max(seconds, 0):.0f}s"
