"""The end of a group of containers, waited for."""

import time

from argosy.engine.pods.group import Group, Outcome
from argosy.engine.runtime.processes import Processes
from tests.engine.processes import PATIENCE


def outcome_of(group: Group, runtime: Processes) -> Outcome:
    """Begin a group and return how it ended."""
    outcome, deadline = group.begin(runtime), time.monotonic() + PATIENCE
    while outcome is None and time.monotonic() < deadline:
        for each in runtime.wait(1):
            outcome = group.note(each, runtime)
    assert outcome is not None
    return outcome
