"""Whether a failed attempt is followed by another, as Argo's `retryStrategy` decides."""

from collections.abc import Mapping
from typing import Any

from argosy.engine.language import EvaluationError, decide
from argosy.engine.nodes import BAD, Node

# transient errors are those of a cluster's API: nothing here is one
_POLICIES: Mapping[str, tuple[str, ...]] = {
    "Always": BAD,
    "OnFailure": ("Failed",),
    "OnError": ("Error",),
    "OnTransientError": (),
}


def refusal(strategy: Mapping[str, Any], node: Node, attempt: int) -> str | None:
    """Return why `node`, attempt number `attempt` from 0, is the last; None when it is not."""
    expression = strategy.get("expression", "")
    if not counts(strategy, node.phase):
        return node.message
    if attempt >= int(strategy.get("limit", 2**31)):
        return "No more retries left"
    return _judged(expression, node) if expression else None


def counts(strategy: Mapping[str, Any], phase: str) -> bool:
    """Whether an attempt that ended so may be followed by another (Argo's RetryPolicyActual)."""
    usual = "Always" if strategy.get("expression") else "OnFailure"
    return phase in _POLICIES[strategy.get("retryPolicy", usual)]


def _judged(expression: str, node: Node) -> str | None:
    code = -1 if node.exit_code is None else node.exit_code
    duration = (node.finished or 0.0) - (node.started or 0.0)
    last = {
        "lastRetry.exitCode": str(code),
        "lastRetry.status": node.phase,
        "lastRetry.message": node.message,
        "lastRetry.duration": str(int(duration)),
    }
    try:
        holds = decide(expression, last)
    except EvaluationError as error:
        return str(error)
    return None if holds else "retryStrategy.expression evaluated to false"
