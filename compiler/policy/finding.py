"""What policies are evaluated to: a finding at its place in the source, as strict as it is set."""

from typing import Literal

from compiler.problems import Location, Problem
from compiler.record import record

Level = Literal["off", "warn", "refuse"]
LEVELS: tuple[Level, ...] = ("off", "warn", "refuse")


@record
class Suppression:
    """Why findings of `policy` do not count for a pipeline, or a step of it, until a day (ISO).

    `pipeline` and `step` may be empty: all of them.
    """

    policy: str
    pipeline: str
    step: str
    reason: str
    until: str
    owner: str
    at: Location


@record
class Finding:
    """What `policy` found; it counts unless it is suppressed."""

    policy: str
    environment: str
    pipeline: str
    step: str
    message: str
    hint: str
    location: Location
    level: Literal["warn", "refuse"]
    suppressed: Suppression | None = None

    @property
    def counts(self) -> bool:
        """Whether nobody has said why it does not."""
        return self.suppressed is None

    def problem(self) -> Problem:
        """Return it as a problem: what is to be refused is an error."""
        severity: Literal["error", "warning"] = "error" if self.level == "refuse" else "warning"
        return Problem("policy", f"{self.policy}: {self.message}", self.location, self.hint,
                       f"policy of environment `{self.environment}`", severity)  # fmt: skip
