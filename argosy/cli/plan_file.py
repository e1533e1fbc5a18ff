"""A plan that another job wrote, read as what a stranger may have written."""

import json
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from argosy.cli.usage import UsageFailure

if TYPE_CHECKING:
    from gitops.plan_change import Review

_LARGEST = 20 * 1024 * 1024
_HINT = "it is what `argosy plan --format json` of this version writes"


def read(path: Path) -> "Review":
    """Return the review in a file; raise `UsageFailure` unless it is one, and not too large."""
    from argosy.report.plan_json import read as read_review
    from compiler.schema import violation

    data = _data(path)
    if wrong := violation("plan", data):
        raise UsageFailure(f"`{path}` is no plan: {wrong}", _HINT)
    return read_review(data)


def _data(path: Path) -> Any:
    try:
        return json.loads(_content(path), parse_constant=_refuse, object_pairs_hook=_unique)
    except OSError as error:
        raise UsageFailure(f"`{path}` cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise UsageFailure(f"`{path}` is no plan: it is not JSON", _HINT) from None


def _content(path: Path) -> str:
    """Read a regular file of a bounded size, and no link."""
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise UsageFailure(f"`{path}` is no file")
        content = file.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        raise UsageFailure(f"`{path}` has more than {_LARGEST:,} bytes")
    return content.decode("utf-8")


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice")
    return found
