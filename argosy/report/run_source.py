"""Where a report's data come from: the journal of runs, manifests as they ran, and MLflow."""

import contextlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from argosy.engine.journal.descriptions import StoredRun
from argosy.report.run_tree import templates
from compiler.record import as_data, field, record

__all__ = ["StoredRun", "Tracking", "documents", "tracking", "tracking_uri"]


@record
class Tracking:
    """What MLflow knows of a run: (metric, run, points) and versions; `notes` say what failed."""

    histories: tuple[tuple[str, str, Sequence[tuple[float, float]]], ...] = ()
    models: tuple[Mapping[str, Any], ...] = ()
    notes: tuple[str, ...] = field(default=())


def documents(manifests: Mapping[str, str]) -> list[Mapping[str, Any]]:
    """Return the Argo objects in texts of YAML, lists taken apart; what is no YAML is left out."""
    found = [item for text in manifests.values() for item in _objects(text)]
    lists = (item.get("items") if item.get("kind") == "List" else [item] for item in found)
    return [item for items in lists for item in items or () if isinstance(item, dict)]


def _objects(text: str) -> list[dict[str, Any]]:
    import yaml

    loader, found = getattr(yaml, "CSafeLoader", yaml.SafeLoader), list[Any]()
    try:
        found = [json.loads(text)]  # as the journal keeps them: much faster to read
    except (ValueError, RecursionError):
        with contextlib.suppress(yaml.YAMLError):
            found = list(yaml.load_all(text, Loader=loader))
    return [item for item in found if isinstance(item, dict)]


def tracking(uri: str, run_uid: str) -> Tracking:
    """Return what MLflow at `uri` knows of a run; a report does not fail for want of it."""
    from argosy.models import compare, history
    from argosy.models.failure import ModelError
    from argosy.models.tracking import has_logged

    try:
        if not has_logged(uri, run_uid):
            return Tracking()  # asked without MLflow's library, which takes a second
        versions = compare.registered(uri, run_uid)
        found = history.histories(uri, run_uid)
    except ModelError as error:
        return Tracking(notes=(f"{error.message}: its metrics and versions are not told",))
    models = tuple(
        {name: value for name, value in as_data(one).items() if name != "created"}
        for one in versions
    )
    return Tracking(tuple((one.metric, one.run, one.points) for one in found), models)


def tracking_uri(manifests: Mapping[str, str], state: Path) -> str:
    """Return where a run logged: the MLflow its manifests name, else the local store, if any."""
    from argosy.models.store import is_ready, local_uri

    for template in templates(documents(manifests)).values():
        for variable in (template.get("container") or {}).get("env") or ():
            if variable.get("name") == "MLFLOW_TRACKING_URI" and "value" in variable:
                return str(variable["value"])
    return local_uri(state) if is_ready(state) else ""
