"""Retries → Argo's `retryStrategy`: how often, how soon, and after which ends of an attempt."""

from collections.abc import Iterator, Mapping
from typing import Any

from compiler.pipeline import Retries

# A node that is taken away ends its pods by SIGTERM, after a grace by SIGKILL, or they vanish.
_SPOT = "'imminent node shutdown|pod deleted|Evicted|Error .exit code (137|143).'"
_CAUSES: Mapping[str, str] = {
    "failure": "lastRetry.status == 'Failed'",
    "error": "lastRetry.status == 'Error'",
    "oom": "lastRetry.message matches 'OOMKilled'",
    "spot": f"lastRetry.message matches {_SPOT}",
}


def strategy(retries: Retries | None) -> dict[str, Any]:
    """Return the `retryStrategy` of a template; nothing for a step that is tried once."""
    if retries is None:
        return {}
    backoff = {"duration": retries.backoff, "factor": "2", "maxDuration": retries.max_backoff}
    found = {"limit": str(retries.limit), "retryPolicy": "Always", "backoff": backoff}
    expression = " || ".join(_terms(retries.on))
    return {**found, "expression": expression} if expression else found


def _terms(causes: tuple[str | int, ...]) -> Iterator[str]:
    yield from (text for cause, text in _CAUSES.items() if cause in causes)
    if codes := [str(cause) for cause in causes if isinstance(cause, int)]:
        yield f"asInt(lastRetry.exitCode) in [{', '.join(codes)}]"
