"""Two environments side by side: what differs beyond their names."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from compiler import emit
from compiler.convention import DIGEST, ENVIRONMENT
from compiler.cost import Tariff
from gitops.plan import Plan, plan
from gitops.plan_data import parse
from gitops.plan_read import rewrite

_MARK = "(this environment)"


def compare(
    left: Mapping[str, bytes],
    right: Mapping[str, bytes],
    names: tuple[str, str],
    *,
    pipelines: Iterable[str] = (),
    now: datetime | None = None,
    tariff: Tariff | None = None,
) -> Plan:
    """Return what would change if the first of two environments held what the second does.

    Namespace, labels and digests, which differ in any case, are left out.
    """
    first, second = (
        neutral(files, name, frozenset(pipelines)) for files, name in zip((left, right), names)
    )
    return plan(first, second, environment=f"{names[0]} → {names[1]}", now=now, tariff=tariff)


def neutral(
    files: Mapping[str, bytes], environment: str, pipelines: frozenset[str] = frozenset()
) -> dict[str, bytes]:
    """Return the files of `pipelines` (default: all) without what only names the environment."""
    found = {}
    for path, content in files.items():
        if not pipelines or path.split("/")[0] in pipelines:
            parsed = parse(content)
            found[path] = content if parsed is None else _written(parsed, environment)
    return found


def _written(manifest: dict[str, Any], environment: str) -> bytes:
    annotations = (manifest.get("metadata") or {}).get("annotations") or {}
    digest = str(annotations.get(DIGEST, _MARK))
    known = {digest: _MARK, f"argosy.env={environment}": f"argosy.env={_MARK}"}
    return emit.text(rewrite(_nameless(manifest, environment), known.get)).encode()


def _nameless(value: Any, environment: str) -> Any:
    """Return `value` with a mark for each namespace, and for the environment where it is told."""
    if isinstance(value, list):
        return [_nameless(item, environment) for item in value]
    if not isinstance(value, dict):
        return value
    told = value.get("name") == "ARGOSY_RUN_ENV" and value.get("value") == environment
    return {
        key: _MARK
        if (key in ("namespace", ENVIRONMENT) and isinstance(item, str))
        or (told and key == "value")
        else _nameless(item, environment)
        for key, item in value.items()
    }
