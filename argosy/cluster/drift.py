"""Git against cluster: what differs, field by field, and who made it so."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from argosy.cluster.kubectl import Kubectl
from argosy.cluster.live import Key, Object, Refusal, applied, key, read
from argosy.cluster.ownership import Owned, of_a_tool, owned, value
from compiler.convention import PIPELINE
from compiler.record import record
from gitops.plan_difference import MISSING, differences

State = Literal["missing", "changed", "paused", "extra", "refused", "unknown"]
_SUSPEND = "spec.suspend"
_COMPARED = ("labels", "annotations")
_SYNCS = ("kustomize.toolkit.fluxcd.io/name", "kustomize.toolkit.fluxcd.io/namespace")
_TRACKING = "argocd.argoproj.io/tracking-id"
_UNPRUNED = "kustomize.toolkit.fluxcd.io/prune"


@record
class Edit:
    """One field: its value in Git and in the cluster (`MISSING`: none), who wrote it there, when.

    `manager` is as managedFields name it; it and `time` are empty when only Git moved on.
    """

    path: str
    git: Any
    cluster: Any
    manager: str = ""
    time: str = ""


@record
class Deviation:
    """One object that is not as Git has it. `words` say why, where a state needs words."""

    state: State
    kind: str
    namespace: str
    name: str
    pipeline: str
    edits: tuple[Edit, ...] = ()
    words: str = ""


@record
class Drift:
    """What became of the objects; `kept` counts code of earlier versions, left on purpose."""

    deviations: tuple[Deviation, ...]
    equal: int
    kept: int

    @property
    def unknown(self) -> bool:
        """Whether something could not be compared."""
        return any(found.state == "unknown" for found in self.deviations)


def drift(kubectl: Kubectl, environment: str, namespace: str, files: Mapping[str, bytes]) -> Drift:
    """Compare `files` of the GitOps repository with the cluster.

    Raise `ClusterFailure` when the cluster cannot be asked: then nothing is known.
    """
    wanted, unread = _manifests(files)
    live = read(kubectl, environment, namespace, list(wanted.values()))
    there = [item for found, item in wanted.items() if found in live]
    tried = applied(kubectl, there, live) if there else {}
    found = list(unread)
    for each, item in wanted.items():
        if each not in live:
            found.append(_deviation("missing", item))
        else:
            found += _compared(item, live[each], tried[each])
    surplus = _surplus(wanted, live)
    found += [_deviation("extra", item) for item in surplus if not _is_kept(item)]
    off = {(d.kind, d.namespace, d.name) for d in found}
    equal = sum(each not in off for each in wanted)
    order = sorted(found, key=lambda d: (d.pipeline, d.kind, d.name, d.state))
    return Drift(tuple(order), equal, sum(map(_is_kept, surplus)))


def _manifests(files: Mapping[str, bytes]) -> tuple[dict[Key, Object], list[Deviation]]:
    from gitops.plan_data import parse

    wanted: dict[Key, Object] = {}
    unread = []
    for path, content in sorted(files.items()):
        if not path.endswith((".yaml", ".yml", ".json")):
            continue
        item = parse(content)
        if item is None or not _is_object(item):
            pipeline, _, name = path.rpartition("/")
            said = "no Kubernetes object can be read in this file"
            unread.append(Deviation("unknown", "file", "", name, pipeline, (), said))
        else:
            wanted[key(item)] = item
    return wanted, unread


def _is_object(item: Object) -> bool:
    metadata = item.get("metadata")
    named = isinstance(metadata, Mapping) and isinstance(metadata.get("name"), str)
    return named and all(isinstance(item.get(field), str) for field in ("apiVersion", "kind"))


def _compared(git: Object, now: Object, then: Object | Refusal) -> Iterator[Deviation]:
    if isinstance(then, Refusal):
        yield _deviation("refused" if then.known else "unknown", git, words=then.words)
        return
    edits = tuple(edit for edit in _edits(git, now, then) if not _is_resumed(edit))
    paused = [edit for edit in edits if edit.path == _SUSPEND and edit.cluster is True]
    if paused:
        yield _deviation("paused", git, tuple(paused))
    rest = tuple(edit for edit in edits if edit not in paused)
    if rest:
        yield _deviation("changed", git, rest)


def _edits(git: Object, now: Object, then: Object) -> Iterator[Edit]:
    """Yield what a sync would change, then what others added and a sync would leave alone."""
    writers = owned(now)
    seen = []
    for found in differences(_content(then, git), _content(now, git)):
        seen.append(found.path)
        by = next((writer for writer in writers if writer.covers(found.path)), None)
        yield Edit(found.path, found.before, found.after, *(_signed(by)))
    for writer in writers:
        there = value(now, writer.parts)
        alone = value(git, writer.parts) is MISSING and there is not MISSING
        if not alone or of_a_tool(writer.parts[-1]) or any(writer.covers(path) for path in seen):
            continue
        seen.append(writer.path)
        yield Edit(writer.path, MISSING, there, *_signed(writer))


def _is_resumed(edit: Edit) -> bool:
    """Whether the edit says of a schedule that it is not suspended, as saying nothing does."""
    return edit.path == _SUSPEND and True not in (edit.git, edit.cluster)


def _signed(writer: Owned | None) -> tuple[str, str]:
    return (writer.manager, writer.time) if writer else ("", "")


def _content(manifest: Object, git: Object) -> dict[str, Any]:
    """Return what Git decides: all but the status, and of the metadata labels and annotations."""
    body = {
        name: found
        for name, found in manifest.items()
        if name not in ("apiVersion", "kind", "metadata", "status")
    }
    notes = {name: _notes(manifest, git, name) for name in _COMPARED}
    return {**body, "metadata": notes}


def _notes(manifest: Object, git: Object, name: str) -> dict[str, Any]:
    """Return labels or annotations, without those that tools add to keep their books."""
    found, ours = manifest["metadata"].get(name) or {}, git["metadata"].get(name) or {}
    return {key: note for key, note in found.items() if key in ours or not of_a_tool(key)}


def _surplus(wanted: Mapping[Key, Object], live: Mapping[Key, Object]) -> list[Object]:
    """Return live objects that Git lacks, without those that another sync has brought."""
    ours = {_sync(live[each]) for each in wanted if each in live} - {()}
    found = [item for each, item in live.items() if each not in wanted]
    return [item for item in found if not ours or _sync(item) in ours or not _sync(item)]


def _sync(item: Object) -> tuple[str, ...]:
    metadata = item["metadata"]
    labels, notes = metadata.get("labels") or {}, metadata.get("annotations") or {}
    application = str(notes.get(_TRACKING, "")).partition(":")[0]
    said = [str(labels[name]) for name in _SYNCS if name in labels]
    return tuple(said) or ((application,) if application else ())


def _is_kept(item: Object) -> bool:
    """Whether it is code, which runs under way may still mount: no sync prunes it."""
    notes = item["metadata"].get("annotations") or {}
    return bool(item.get("immutable")) and notes.get(_UNPRUNED) == "disabled"


def _deviation(
    state: State, item: Object, edits: Sequence[Edit] = (), words: str = ""
) -> Deviation:
    kind, namespace, name = key(item)
    labels = item["metadata"].get("labels") or {}
    pipeline = str(labels.get(PIPELINE, "")) if isinstance(labels, Mapping) else ""
    return Deviation(state, kind, namespace, name, pipeline, tuple(edits), words)
