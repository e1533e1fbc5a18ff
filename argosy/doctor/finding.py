"""What a check found, in words, with the command that mends it."""

import os
import re

from compiler.record import record, replace
from gitops import credential
from gitops.git import redact

_SECRET = re.compile(r"TOKEN|PASSWORD|SECRET|CREDENTIAL|_KEY$")


@record
class Finding:
    """`state` is fine, note, wrong (it stays so) or unreachable (it may be better in a moment).

    `environment` is empty for what concerns all of them; `fix` is a command, or words, or empty.
    """

    state: str
    message: str
    fix: str = ""
    check: str = ""
    environment: str = ""

    def of(self, check: str, environment: str) -> "Finding":
        """Return this one as the finding of a check, without anything secret."""
        said, fix = mask(self.message), mask(self.fix)
        return replace(self, message=said, fix=fix, check=check, environment=environment)


def fine(message: str) -> Finding:
    """All is as it should be."""
    return Finding("fine", message)


def note(message: str, fix: str = "") -> Finding:
    """Something that may be meant, or could not be seen from here."""
    return Finding("note", message, fix)


def wrong(message: str, fix: str) -> Finding:
    """Something that will fail until somebody mends it."""
    return Finding("wrong", message, fix)


def unreachable(message: str, fix: str) -> Finding:
    """Something outside that did not answer."""
    return Finding("unreachable", message, fix)


def mask(text: str) -> str:
    """Return `text` without logins of URLs and without what secret variables hold."""
    hidden = (value for name, value in os.environ.items() if _SECRET.search(name))
    return credential.mask(redact(text), hidden)
