"""Which pull request a CI job is about, and at which commit: by what the host says, no file."""

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from argosy.cli.usage import UsageFailure
from compiler.record import record

_SHA = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_LARGEST = 32 * 1024 * 1024


@record
class Request:
    """A pull request as the event tells of it; 0 and nothing for what it does not tell."""

    number: int = 0
    head: str = ""


def read(environ: Mapping[str, str] = os.environ) -> Request:
    """Return the request of this job; raise `UsageFailure` for an event that cannot be read."""
    if path := environ.get("GITHUB_EVENT_PATH"):
        return _github(_event(Path(path)))
    head = environ.get("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA") or environ.get("CI_COMMIT_SHA", "")
    number = environ.get("CI_MERGE_REQUEST_IID", "")
    return Request(int(number) if number.isdecimal() else 0, _sha(head))


def _event(path: Path) -> Any:
    try:
        if path.stat().st_size > _LARGEST:
            raise ValueError
        return json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        raise UsageFailure(f"the event `{path}` of GITHUB_EVENT_PATH cannot be read") from None


def _github(event: Any) -> Request:
    """Read a `pull_request` event, or the `workflow_run` that follows one.

    Of a request from a fork, the second tells the commit alone.
    """
    run = _mapping(event, "workflow_run")
    request = _mapping(event, "pull_request")
    listed = run.get("pull_requests")
    listed = listed if isinstance(listed, list) else []
    # it lists every open request of the branch, and whichever base the branch was merged from
    heads = [each for each in listed if _mapping(each, "head").get("sha") == run.get("head_sha")]
    number = request.get("number") if request else heads[0].get("number") if heads else 0
    head = _mapping(request, "head").get("sha") or run.get("head_sha")
    return Request(number if isinstance(number, int) else 0, _sha(head))


def _mapping(owner: Any, key: str) -> Mapping[str, Any]:
    value = owner.get(key) if isinstance(owner, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def _sha(value: Any) -> str:
    return value if isinstance(value, str) and _SHA.fullmatch(value) else ""
