"""Sprig's functions of paths, Go's `path` on a Unix."""

import posixpath
from collections.abc import Callable, Mapping
from typing import Any

from argosy.engine.language.errors import EvaluationError


def _clean(path: str) -> str:
    found = posixpath.normpath(path) if path else "."
    return found[1:] if found.startswith("//") else found


def _base(path: str) -> str:
    trimmed = path.rstrip("/")
    if not trimmed:
        return "/" if path else "."
    return trimmed.rpartition("/")[2]


def _dir(path: str) -> str:
    return _clean(path[: path.rfind("/") + 1])


def _ext(path: str) -> str:
    last = path.rpartition("/")[2]
    return last[last.rfind(".") :] if "." in last else ""


def _is_abs(path: str) -> bool:
    return path.startswith("/")


def _fail(message: str) -> Any:
    raise EvaluationError(message)


FUNCTIONS: Mapping[str, tuple[str, Callable[..., Any]]] = {
    **dict.fromkeys(("base", "osBase"), ("s", _base)),
    **dict.fromkeys(("dir", "osDir"), ("s", _dir)),
    **dict.fromkeys(("clean", "osClean"), ("s", _clean)),
    **dict.fromkeys(("ext", "osExt"), ("s", _ext)),
    **dict.fromkeys(("isAbs", "osIsAbs"), ("s", _is_abs)),
    "fail": ("s", _fail),
}
