"""Two folders of one pipeline → the fields of its objects that differ, by path.

What follows from the rest (digest, name of the code) is no difference, and neither is the order of
keys. A value that may be a secret is told to have changed, and not what it is.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from compiler.record import record, replace
from gitops.plan_difference import MISSING, Difference, differences, shown, shown_change
from gitops.plan_read import SCHEDULE, Folder

_TEMPLATE, _COPY = "workflowtemplate", "spec.workflowSpec."
REDACTED = "changed (redacted)"
_NAMES = {"workflowtemplate": "WorkflowTemplate", "configmap": "ConfigMap", "limit": "ConfigMap"}
_PRIVATE = re.compile(r"passw|token|secret|api_?key|credential|private_?key", re.IGNORECASE)
# names of secrets, and keys in them, are no secrets
_NAMED = re.compile(
    r"secretKeyRef|[sS]ecretName|imagePullSecrets|secret\.items|serviceAccountToken"
)


@record
class Field:
    """A field by its path from the object; `text` is `old → new`, `+ new` or `− old`."""

    path: str
    text: str


def field_changes(before: Folder, after: Folder) -> Iterator[Field]:
    """Yield every field that differs, object by object; what schedules repeat is said once."""
    told = list(_differences(before, after, _TEMPLATE))
    for key in sorted({*before.objects, *after.objects}):
        old, new = before.objects.get(key, MISSING), after.objects.get(key, MISSING)
        title = _title(key)
        if old is MISSING or new is MISSING:
            yield Field(title, "+ whole object" if old is MISSING else "− whole object")
            continue
        for difference in _differences(before, after, key):
            if _of_template(difference) not in told:
                full = f"{title}.{difference.path}"
                yield Field(full, _text(full, difference))


def _differences(before: Folder, after: Folder, key: str) -> Iterator[Difference]:
    return differences(before.objects.get(key, MISSING), after.objects.get(key, MISSING))


def _of_template(difference: Difference) -> Difference | None:
    """Return a difference of a schedule as its template has it, None for what is its own."""
    if not difference.path.startswith(_COPY):
        return None
    return replace(difference, path=f"spec.{difference.path.removeprefix(_COPY)}")


def _title(key: str) -> str:
    if key.startswith(SCHEDULE):
        return f"CronWorkflow({shown(key.removeprefix(SCHEDULE))})"
    return _NAMES.get(key, key)


def _text(path: str, difference: Difference) -> str:
    ends = difference.before, difference.after
    if _PRIVATE.search(path) and not _NAMED.search(path):
        return REDACTED
    return shown_change(*(_public(end) for end in ends))


def _public(value: Any) -> Any:
    """Return a value without the literals of what is called as secrets are."""
    if isinstance(value, list):
        return [_public(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    name = str(value.get("name", ""))
    return {
        key: REDACTED if _hides(key, name) and isinstance(item, str) else _public(item)
        for key, item in value.items()
    }


def _hides(key: str, name: str) -> bool:
    if key == "value":
        return bool(_PRIVATE.search(name))
    return bool(_PRIVATE.search(key)) and not _NAMED.search(key)
