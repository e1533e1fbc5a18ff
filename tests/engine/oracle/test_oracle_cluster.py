"""On a real cluster: the answers that are kept are the ones it gives.

Needs what `test_cluster` needs, and `localhost/python:3.11` in the node. ARGOSY_ORACLE=all asks
for every manifest, ARGOSY_ORACLE=write also keeps what it says.
"""

import json
import os

import pytest

from tests.engine.oracle.outcome import Outcome, differing
from tests.engine.oracle.record import ANSWERS, ask, names, written

SAMPLE = (
    "artifact-file",
    "dag-depends-any-succeeded",
    "exit-handler",
    "fan-with-param-objects",
    "memoize-second-run",
    "retry-expression-exit-code",
    "steps-when-skipped-output",
    "suspend-supplied-default",
)
WANTED = names() if os.environ.get("ARGOSY_ORACLE") in ("all", "write") else SAMPLE
pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif(not os.environ.get("KUBECONFIG"), reason="KUBECONFIG is not set"),
]


@pytest.fixture(scope="module")
def answers() -> dict[str, Outcome | OSError]:
    """Ask for all of them, a few side by side."""
    return dict(ask(WANTED))


@pytest.mark.parametrize("name", WANTED)
def test_the_controller_still_says_so(name: str, answers: dict[str, Outcome | OSError]) -> None:
    answer = answers[name]
    assert not isinstance(answer, OSError), answer
    if os.environ.get("ARGOSY_ORACLE") == "write":
        (ANSWERS / f"{name}.json").write_text(written(answer), "utf-8")
    kept: Outcome = json.loads((ANSWERS / f"{name}.json").read_text("utf-8"))
    assert not list(differing(kept, answer))
