"""Problems as text for people, as JSON, as annotations of GitHub, as SARIF."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import IO

from argosy import __version__
from argosy.cli import terminal
from argosy.report import diagnostics
from compiler.problems import Location, Problem
from compiler.record import replace

MOST = 50
_LARGEST = 4 * 1024 * 1024


def human(problems: Sequence[Problem], root: Path, stream: IO[str] | None, most: int = MOST) -> str:
    """Return `most` problems with excerpts of files below `root`, as `stream` can show them."""

    @cache
    def read(file: str) -> Sequence[str] | None:
        path = root / file if (root / file).exists() else Path(file)
        try:
            if root in path.parents and not path.resolve().is_relative_to(root.resolve()):
                return None
            if not path.is_file() or path.stat().st_size > _LARGEST:
                return None
            return path.read_bytes().decode("utf-8", "replace").split("\n")
        except OSError:
            return None

    encoding = getattr(stream, "encoding", None) or ""
    return diagnostics.human(
        problems,
        read,
        color=terminal.coloured(stream),
        unicode=encoding.lower().replace("-", "") == "utf8",
        width=terminal.columns(),
        most=most,
    )


def github(problems: Sequence[Problem], root: Path) -> bytes:
    """Return problems as annotations of GitHub."""
    return diagnostics.github(_moved(problems, root)).encode()


def sarif(problems: Sequence[Problem], root: Path) -> str:
    """Return problems as SARIF."""
    from argosy.report.sarif import sarif as written

    return written(_moved(problems, root), __version__)


def _moved(problems: Sequence[Problem], root: Path) -> list[Problem]:
    """Count paths from the root of the repository, as services do."""
    prefix = _below_repository(root)

    def moved(at: Location) -> Location:
        via = tuple(replace(other, at=moved(other.at)) for other in at.via)
        return replace(at, file=(prefix / at.file).as_posix(), via=via)

    return [
        replace(
            problem,
            at=moved(problem.at),
            related=tuple(replace(other, at=moved(other.at)) for other in problem.related),
        )
        for problem in problems
    ]


def _below_repository(root: Path) -> Path:
    for folder in (root, *root.parents):
        if (folder / ".git").exists():
            return root.relative_to(folder)
    return Path()
