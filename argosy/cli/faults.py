"""What went wrong, in words and as an exit code; tracebacks go to a file, never to the screen."""

import errno
import sys
import tempfile
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from argosy import __version__
from argosy.cli import terminal
from argosy.failure import Failure

if TYPE_CHECKING:
    from compiler.problems import Problem

_FINDINGS, _WORLD, _BUG, _INTERRUPTED = 1, 4, 70, 130
_OURS = ("compiler", "gitops")
# what a machine does to a program that is right; anything else an OSError says is a bug of ours
_MACHINE = {
    getattr(errno, name)
    for name in (
        *("ENOSPC", "EDQUOT", "EROFS", "EACCES", "EPERM", "EMFILE", "ENFILE", "EIO"),
        *("ENAMETOOLONG", "ELOOP", "ENOTDIR", "EISDIR", "EBUSY", "ETXTBSY", "EFBIG", "ESTALE"),
    )
}


def answer(error: BaseException, *, machine: bool) -> int:
    """Tell the user about `error`, a machine on stdout too; return the exit code it stands for."""
    code, problems = _told(error)
    if machine:
        terminal.out_bytes(_document(error, code, problems))
    return code


def _told(error: BaseException) -> "tuple[int, tuple[Problem, ...]]":
    if isinstance(error, KeyboardInterrupt):
        terminal.talk("interrupted")
        return _INTERRUPTED, ()
    if isinstance(error, ImportError) and (error.name or "").split(".")[0] in _OURS:
        return _shadowed(error), ()
    from compiler.problems import Rejected
    from gitops.failure import GitopsFailure

    if isinstance(error, Rejected):
        show(error.problems)
        return _FINDINGS, error.problems
    if isinstance(error, Failure | GitopsFailure):
        terminal.complain(error.message, error.hint)
        return error.exit_code, ()
    if isinstance(error, OSError) and error.errno in _MACHINE:
        where = f"{error.filename}: " if error.filename else ""
        terminal.complain(f"{where}{error.strerror}")
        return _WORLD, ()
    if isinstance(error, MemoryError):
        terminal.complain("out of memory")
        return _WORLD, ()
    return _crashed(error), ()


def _document(error: BaseException, code: int, problems: "tuple[Problem, ...]") -> bytes:
    """Return the failure as JSON, by the schema `failure`."""
    import json

    from argosy.report.diagnostics import as_json

    body = {
        "version": 1,
        "event": "failure",
        "message": _message(error, problems),
        "hint": str(getattr(error, "hint", "")),
        "exit_code": code,
        "problems": json.loads(as_json(problems))["problems"],
    }
    return json.dumps(body, separators=(",", ":")).encode() + b"\n"


def _message(error: BaseException, problems: "tuple[Problem, ...]") -> str:
    if problems:
        more = f", and {len(problems) - 1} more" if len(problems) > 1 else ""
        return f"{problems[0].message}{more}"
    return str(getattr(error, "message", error)) or "interrupted"


def show(problems: "tuple[Problem, ...]") -> None:
    """Write problems to stderr, each with its excerpt."""
    from argosy.cli import findings, workspace

    try:
        root = workspace.find_root()
    except Failure:  # manifests need no project around them
        root = Path.cwd()
    terminal.talk(findings.human(problems, root, sys.stderr).rstrip("\n"))


def _shadowed(error: ImportError) -> int:
    name = (error.name or "").split(".")[0]
    module = sys.modules.get(name)
    found = getattr(module, "__file__", None) or getattr(error, "path", None) or "nowhere"
    hint = "install Argosy in an environment of its own: `uv tool install argosy` or pipx"
    terminal.complain(f"the package `{name}` found here is not Argosy's ({found}): {error}", hint)
    return _WORLD


def _crashed(error: BaseException) -> int:
    terminal.complain(f"this is a bug of Argosy: {type(error).__name__}: {error}"[:400])
    report = "".join(traceback.format_exception(error))
    import platform

    head = f"argosy {__version__}, python {platform.python_version()}, {platform.platform()}\n\n"
    try:
        terminal.talk(f"  help: please report it with {_written(head + report)}")
    except OSError as failed:
        terminal.talk(f"  help: the report could not be written: {failed.strerror}")
    return _BUG


def _written(report: str) -> Path:
    from argosy.cli import workspace

    try:
        folder = workspace.state(workspace.find_root())
    except (Failure, OSError):
        folder = Path(tempfile.mkdtemp(prefix="argosy-"))
    moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%f")
    path = folder / f"crash-{moment}.log"
    path.write_text(report, encoding="utf-8", errors="backslashreplace")
    return path
