"""The first call of a workflow, and that of its exit handler: nobody waits but the workflow."""

from collections.abc import Mapping
from typing import Any

from argosy.engine.control.call import Arguments, Call


class Root:
    """The owner of such a call; `error` is why it could not be executed."""

    def __init__(self) -> None:
        self.error = ""

    def entered(self, call: Call) -> None:
        """See `Owner`."""

    def refused(self, call: Call, error: str) -> None:
        """See `Owner`."""
        del call
        self.error = error


def root_call(
    name: str, holder: Mapping[str, Any], arguments: Arguments, *, hooked: bool = False
) -> Call:
    """Return the call of the entrypoint, or of an exit handler."""
    return Call(name, holder, Root(), arguments, None, hooked=hooked)
