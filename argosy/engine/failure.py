"""What stops a run before or beside its steps."""

from argosy.failure import Failure


class EngineError(Failure):
    """A run cannot start or go on; exit code 1 marks it as a finding, not as an outage."""

    exit_code = 1
