"""Retries here end as on a cluster: by policy, by limit, by what an expression says."""

from typing import Any

import pytest

from argosy.engine.nodes import Node
from argosy.engine.retry import refusal

FALSE = "retryStrategy.expression evaluated to false"
LEFT = "No more retries left"
CODES = "lastRetry.status == 'Error' || asInt(lastRetry.exitCode) in [3, 4]"
SPOT = "lastRetry.message matches 'pod deleted|Error .exit code (137|143).'"
CASES: list[tuple[dict[str, Any], tuple[str, int | None], int, str | None]] = [
    ({"limit": "1", "expression": CODES}, ("Failed", 5), 0, FALSE),
    ({"limit": "1", "expression": CODES}, ("Failed", 3), 0, None),
    ({"limit": "1", "expression": CODES}, ("Failed", 3), 1, LEFT),
    ({"limit": "1", "expression": CODES}, ("Error", None), 0, None),
    ({"limit": "1", "expression": SPOT}, ("Failed", 143), 0, None),
    ({"limit": "1", "expression": SPOT}, ("Failed", 1), 0, FALSE),
    ({"limit": "1", "retryPolicy": "OnError"}, ("Failed", 1), 0, "main: Error (exit code 1)"),
    ({"limit": "1"}, ("Error", None), 0, "pod deleted"),
    ({"limit": "0"}, ("Failed", 1), 0, LEFT),
]


@pytest.mark.parametrize(("strategy", "ended", "attempt", "expected"), CASES)
def test_whether_there_is_another_attempt(
    strategy: dict[str, Any], ended: tuple[str, int | None], attempt: int, expected: str | None
) -> None:
    phase, code = ended
    message = "pod deleted" if code is None else f"main: Error (exit code {code})"
    node = Node("r.a(0)", "a", "Pod", phase, message, exit_code=code)
    assert refusal(strategy, node, attempt) == expected


def test_an_expression_that_cannot_be_read_ends_the_attempts() -> None:
    node = Node("r.a(0)", "a", "Pod", "Failed", "main: Error (exit code 1)", exit_code=1)
    assert "nothing" in str(refusal({"limit": "1", "expression": "nothing.x"}, node, 0))
