"""Mistakes on the command line."""

from argosy.failure import Failure


class UsageFailure(Failure):
    """The command cannot be meant like this."""

    exit_code = 2
