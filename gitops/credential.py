"""The login that git is given: by a program it asks, which reads it from the environment.

On a command line, in an address or in a file of the repository others could read it.
"""

import base64
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from compiler.record import field, record

TOKEN, USER = "ARGOSY_GIT_TOKEN", "ARGOSY_GIT_USER"
_SECRETS = (TOKEN, "ARGOSY_ASK_SECRET", "GITHUB_TOKEN", "GH_TOKEN", "GITLAB_TOKEN", "CI_JOB_TOKEN")
# shorter words than any token would be masked where they mean something else
_SHORTEST = 6
_TOKENLIKE = re.compile(r"[\w.=+/-]{20,}")
# a server may send git elsewhere: only the host that was named gets an answer
_PROGRAM = """#!/bin/sh
case "$1" in
"Username for '$ARGOSY_ASK_SCHEME://$ARGOSY_ASK_HOST': ") printf '%s\\n' "$ARGOSY_ASK_USER" ;;
"Password for '$ARGOSY_ASK_SCHEME://"*"@$ARGOSY_ASK_HOST': ") printf '%s\\n' "$ARGOSY_ASK_SECRET" ;;
*) exit 1 ;;
esac
"""


@record
class Credential:
    """A login at `host`, which may hold a port."""

    scheme: str
    host: str
    user: str
    secret: str = field(repr=False)

    def install(self, folder: Path) -> dict[str, str]:
        """Write the program that git asks into `folder`; return the variables git needs."""
        program = folder / "askpass"
        program.write_text(_PROGRAM, encoding="utf-8")
        program.chmod(0o700)
        said = {"SCHEME": self.scheme, "HOST": self.host, "USER": self.user, "SECRET": self.secret}
        asked = {f"ARGOSY_ASK_{name}": value for name, value in said.items()}
        return {"GIT_ASKPASS": str(program), **asked}

    @property
    def settings(self) -> str:
        """Configuration that keeps helpers of the user from answering, and from storing it."""
        own = f'[credential "{self.scheme}://{self.host}"]\n\thelper =\n'
        return f"[credential]\n\thelper =\n\tuseHttpPath = false\n{own}"


def split(address: str, environ: Mapping[str, str]) -> tuple[str, Credential | None]:
    """Return `address` without a secret, and the credential for it, if one is at hand."""
    if not re.match(r"(?i)https?://", address):
        return address, None
    parts = urlsplit(address)
    login, _, host = parts.netloc.rpartition("@")
    user, colon, password = login.partition(":")
    token = environ.get(TOKEN, "")
    if not colon and not token and not _TOKENLIKE.fullmatch(user):
        return address, None
    bare = urlunsplit(parts._replace(netloc=host))
    name = unquote(user) or environ.get(USER, "") or "x-access-token"
    return bare, Credential(parts.scheme.lower(), host, name, unquote(password) or token or name)


def secrets(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return the values of the variables that hold tokens."""
    return tuple(value for name in _SECRETS if (value := environ.get(name, "")))


def mask(text: str, hidden: Iterable[str]) -> str:
    """Return `text` without the secrets `hidden`, plain, quoted or as a basic login."""
    for secret in sorted(set(hidden), key=len, reverse=True):
        if len(secret) < _SHORTEST:
            continue
        for form in (secret, quote(secret, safe=""), *_encoded(secret)):
            text = text.replace(form, "***")
    return text


def _encoded(secret: str) -> list[str]:
    """Return the stretches of base64 that hold `secret`, whatever stands before it."""
    raw = secret.encode()
    found = []
    for shift in range(3):
        coded = base64.b64encode(b"\0" * shift + raw).decode()
        # the first and last characters mix with their neighbours
        found.append(coded[-(-shift * 8 // 6) : (shift + len(raw)) * 8 // 6])
    return [form for form in found if len(form) >= _SHORTEST]
