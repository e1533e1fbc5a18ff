"""The host of a GitOps repository, where an environment is published by pull requests."""

import os
from collections.abc import Iterator

from argosy.doctor.finding import Finding, fine, note, unreachable, wrong
from argosy.hosts.failure import HostFailure
from argosy.hosts.find import find
from compiler.project import GitopsTarget

_TOKEN = "export ARGOSY_GIT_TOKEN=…"  # noqa: S105 - it is none


def requests(environment: str, target: GitopsTarget) -> Iterator[Finding]:
    """Say whether pull requests can be opened: by whom, and with a token that is taken."""
    host = find(target.repository, target.provider, os.environ)
    if host is None:
        yield note("its host is not known: a branch is published, pull requests are yours")
        return
    if not host.authorized and target.provider:
        yield wrong("there is no token, and `provider:` says that one opens pull requests", _TOKEN)
        return
    if not host.authorized:
        yield note("there is no token: a branch is published, pull requests are yours", _TOKEN)
        return
    try:
        found = host.find_open(f"argosy/{environment}", target.branch)
    except HostFailure as error:
        refused = 400 <= error.status < 500 and error.status != 429
        yield (wrong if refused else unreachable)(error.message, error.hint or _TOKEN)
        return
    now = f"; open now: {found.url}" if found else ""
    yield fine(f"the host knows the token by which pull requests are opened{now}")
