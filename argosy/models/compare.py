"""Model versions side by side: params, metrics, data, hardware and source."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING

from argosy.models import store
from argosy.models.failure import ModelInputError
from compiler.record import record
from compiler.tracking import WORKFLOW

if TYPE_CHECKING:
    from mlflow import MlflowClient

_INPUT = "argosy.input."
_OWN = "argosy."


@record
class Version:
    """A registered version and its lineage; `created` is in milliseconds since the epoch."""

    model: str
    version: int
    aliases: tuple[str, ...]
    created: int
    params: Mapping[str, str]
    metrics: Mapping[str, float]
    data: Mapping[str, str]
    lineage: Mapping[str, str]


def models(uri: str) -> dict[str, list[Version]]:
    """Return every registered model with its versions, newest first."""
    with store.client(uri) as client:
        found = sorted(model.name for model in client.search_registered_models())
        return {name: _versions(client, name) for name in found}


def read_version(uri: str, model: str, version: int) -> Version:
    """Return one version; raise `ModelInputError`, which names what exists, if there is none."""
    with store.client(uri) as client:
        known = [m.name for m in client.search_registered_models()]
        if model not in known:
            close = get_close_matches(model, known, n=1)
            hint = (
                f"did you mean `{close[0]}`?"
                if close
                else f"there are: {', '.join(known) or 'none'}"
            )
            raise ModelInputError(f"no model is called `{model}`", hint)
        found = {v.version: v for v in _versions(client, model)}
    if version not in found:
        numbers = ", ".join(str(number) for number in sorted(found))
        raise ModelInputError(f"model `{model}` has no version {version}", f"it has: {numbers}")
    return found[version]


def registered(uri: str, run_uid: str) -> list[Version]:
    """Return the versions that the run of a workflow registered, oldest first."""
    query = f"tags.`{WORKFLOW}` = '{run_uid.replace(chr(39), '')}'"
    with store.client(uri) as client:
        names = dict.fromkeys(item.name for item in client.search_model_versions(query))
        found = [one for name in names for one in reversed(_versions(client, name))]
    return [one for one in found if one.lineage.get(WORKFLOW.removeprefix(_OWN)) == run_uid]


def _versions(client: "MlflowClient", model: str) -> list[Version]:
    aliases: dict[str, list[str]] = {}
    for alias, number in client.get_registered_model(model).aliases.items():
        aliases.setdefault(str(number), []).append(alias)
    found = client.search_model_versions(f"name='{model}'")
    ordered = sorted(found, key=lambda version: -int(version.version))
    return [_version(client, item, tuple(aliases.get(str(item.version), ()))) for item in ordered]


def _version(client: "MlflowClient", item: object, aliases: tuple[str, ...]) -> Version:
    run_id, tags = getattr(item, "run_id", None), dict(getattr(item, "tags", {}))
    data = client.get_run(run_id).data if run_id else None
    return Version(
        model=str(getattr(item, "name", "")),
        version=int(getattr(item, "version", 0)),
        aliases=aliases,
        created=int(getattr(item, "creation_timestamp", 0)),
        params=dict(sorted(data.params.items())) if data else {},
        metrics=dict(sorted(data.metrics.items())) if data else {},
        data={k.removeprefix(_INPUT): v for k, v in sorted(tags.items()) if k.startswith(_INPUT)},
        lineage={
            key.removeprefix(_OWN): value
            for key, value in sorted(tags.items())
            if key.startswith(_OWN) and not key.startswith(_INPUT)
        },
    )


def compare(first: Version, second: Version) -> list[tuple[str, str, str, str]]:
    """Return rows (name, first, second, difference) in groups; unequal rows have a difference."""
    rows = [("version", str(first.version), str(second.version), "")]
    rows.append(("aliases", ", ".join(first.aliases), ", ".join(second.aliases), ""))
    for group in ("metrics", "params", "data", "lineage"):
        ours, theirs = getattr(first, group), getattr(second, group)
        for name in dict.fromkeys([*ours, *theirs]):
            if name != "registration_key":
                rows.append(_row(f"{group}.{name}", ours.get(name), theirs.get(name)))
    return rows


def _row(name: str, ours: object, theirs: object) -> tuple[str, str, str, str]:
    if isinstance(ours, float) and isinstance(theirs, float):
        change = f"{theirs - ours:+.6g}" if ours != theirs else "="
        return name, f"{ours:.6g}", f"{theirs:.6g}", change
    return name, _shown(ours), _shown(theirs), "=" if ours == theirs else "changed"


def _shown(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def table(rows: Sequence[tuple[str, str, str, str]], width: int = 44) -> list[str]:
    """Return rows as aligned lines; long values keep their head."""
    cut = [tuple(_cut(cell, width) for cell in row) for row in rows]
    widths = [max(len(row[column]) for row in cut) for column in range(3)]
    return [
        "  ".join([*(f"{cell:{size}}" for cell, size in zip(row, widths)), row[3]]).rstrip()
        for row in cut
    ]


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"
