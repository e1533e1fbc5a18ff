"""Drift in words and as JSON."""

from collections.abc import Iterator

from argosy.cluster.drift import Deviation, Drift, Edit
from argosy.report.document import document
from argosy.report.words import counted
from compiler.record import record
from gitops.plan_difference import ends, shown_change

_MARKS = {
    "missing": "-",
    "extra": "+",
    "changed": "~",
    "paused": "=",
    "refused": "!",
    "unknown": "?",
}
_WORDS = {
    "missing": "missing: in Git, not in the cluster",
    "extra": "extra: in the cluster, not in Git",
    "changed": "changed (Git → cluster)",
    "paused": "paused live, not in Git",
    "refused": "the cluster would not take what Git holds",
    "unknown": "unknown",
}


@record
class Compared:
    """What was compared: an environment at a commit of its repository, with a cluster."""

    environment: str
    namespace: str
    repository: str
    commit: str
    cluster: str
    foreign: int = 0


def text(compared: Compared, found: Drift) -> str:
    """Return lines for people."""
    where = f"{compared.repository} at {compared.commit[:12]}"
    against = f"namespace {compared.namespace} of {compared.cluster}"
    lines = [f"{compared.environment}: {where} against {against}"]
    for deviation in found.deviations:
        lines += _deviation(deviation, compared.namespace)
    return "\n".join([*lines, *_summary(compared, found)])


def _deviation(found: Deviation, here: str) -> Iterator[str]:
    kind = found.kind.partition(".")[0]
    name = found.name if found.namespace in ("", here) else f"{found.namespace}/{found.name}"
    line = f"  {_MARKS[found.state]} {kind} {name}  {_WORDS[found.state]}"
    if found.state == "paused":
        yield line + "".join(_by(edit) for edit in found.edits)
        return
    yield line + (f": {_line(found.words)}" if found.words else "")
    for edit in found.edits:
        yield f"      {edit.path}  {shown_change(edit.git, edit.cluster)}{_by(edit)}"


def _by(edit: Edit) -> str:
    if not edit.manager:
        return ""
    moment = edit.time.replace("T", " ").replace("Z", " UTC")
    return f"  by {_line(edit.manager)}{f', {moment}' if moment else ''}"


def _line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _summary(compared: Compared, found: Drift) -> Iterator[str]:
    off = len({(d.kind, d.namespace, d.name) for d in found.deviations})
    if off:
        yield f"{off} of {counted(off + found.equal, 'object')} not as Git has it"
    else:
        yield f"no drift: {counted(found.equal, 'object')} as in Git"
    if found.kept:
        yield f"{counted(found.kept, 'code ConfigMap')} of earlier versions kept for runs"
    if compared.foreign:
        yield f"{counted(compared.foreign, 'file')} of the folder not Argosy's, and not looked at"


def as_json(compared: Compared, found: Drift) -> str:
    """Return the document of the schema `drift`."""
    body = {
        "version": 1,
        "environment": compared.environment,
        "namespace": compared.namespace,
        "repository": compared.repository,
        "commit": compared.commit,
        "cluster": compared.cluster,
        "drift": bool(found.deviations),
        "equal": found.equal,
        "kept": found.kept,
        "foreign": compared.foreign,
        "objects": [_object(deviation) for deviation in found.deviations],
    }
    return document(body)


def _object(found: Deviation) -> dict[str, object]:
    return {
        "state": found.state,
        "kind": found.kind,
        "namespace": found.namespace,
        "name": found.name,
        "pipeline": found.pipeline,
        "message": found.words,
        "changes": [_change(edit) for edit in found.edits],
    }


def _change(edit: Edit) -> dict[str, object]:
    git, cluster = ends(edit.git, edit.cluster)
    return {
        "path": edit.path,
        "git": git,
        "cluster": cluster,
        "manager": edit.manager,
        "time": edit.time,
    }
