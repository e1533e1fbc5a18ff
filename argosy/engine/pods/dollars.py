"""`$$` and `$(NAME)`: what a kubelet makes of them, and how far that reaches in Argo.

An executor is handed its template in an environment variable, so what it reads there (the source
of a script, raw artifacts, keys, defaults) is expanded too, unless the template is too long for
a variable and travels in a ConfigMap.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

LONGEST = 131_072  # common.MaxEnvVarLen of Argo
_EXPANSION = re.compile(r"\$\$|\$\(([-._a-zA-Z][-._a-zA-Z0-9]*)\)")
_READ_BY_EXECUTOR = ("script", "inputs", "outputs")


def expand(text: str, variables: Mapping[str, str]) -> str:
    """Expand a text as `expansion.Expand` of Kubernetes does; unknown names stay."""
    if "$" not in text:
        return text
    return _EXPANSION.sub(
        lambda match: "$" if match[0] == "$$" else variables.get(match[1], match[0]), text
    )


def executor_view(template: Mapping[str, Any], variables: Mapping[str, str]) -> Mapping[str, Any]:
    """Return `template` as Argo's executor reads it, whose `variables` are those before it."""
    read = {key: template[key] for key in _READ_BY_EXECUTOR if key in template}
    if not _holds(read) or len(json.dumps(template, ensure_ascii=False).encode()) > LONGEST:
        return template
    seen = _expanded(read, variables)
    if "script" in seen:  # only the source is the executor's; the rest is the container's own
        seen["script"] = {**template["script"], "source": seen["script"].get("source", "")}
    return {**template, **seen}


def _holds(data: Any) -> bool:
    if isinstance(data, str):
        return "$$" in data or "$(" in data
    if isinstance(data, dict):
        return any(map(_holds, data.values()))
    return isinstance(data, list) and any(map(_holds, data))


def _expanded(data: Any, variables: Mapping[str, str]) -> Any:
    if isinstance(data, str):
        return expand(data, variables)
    if isinstance(data, Mapping):
        return {key: _expanded(value, variables) for key, value in data.items()}
    return [_expanded(value, variables) for value in data] if isinstance(data, list) else data
