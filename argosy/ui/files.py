"""Files of a run that are given out: what its journal names, within its folder, nothing else."""

import os
from collections.abc import Iterator
from pathlib import Path

from argosy.engine.journal import StoredRun
from argosy.engine.nodes import Node
from argosy.report.excerpt import open_plain
from argosy.ui.answer import Answer, attachment, refusal


def give(stored: StoredRun, kind: str, step: str, name: str) -> Answer:
    """Return the log of a step, or one of its artifacts, to be saved."""
    for node in _attempts(stored, step):
        path = node.log if kind == "log" else node.artifacts.get(name)
        if path is not None:
            return _opened(stored.folder.resolve(), path)
    return refusal(404, f"step `{step}` has no such {kind}")


def _attempts(stored: StoredRun, step: str) -> Iterator[Node]:
    """Yield the step's last attempt first, then the step itself."""
    tries = [n for n in stored.nodes if n.name.rpartition("(")[0] == step and n.type == "Pod"]
    yield from reversed(tries)
    yield from (node for node in stored.nodes if node.name == step)


def _opened(folder: Path, path: Path) -> Answer:
    """Open a plain file, or the only one in a folder; links lead nowhere."""
    try:
        while path.is_dir() and not path.is_symlink():
            (path,) = path.iterdir()
        inside = path.parent.resolve() / path.name
        if not inside.is_relative_to(folder):
            return refusal(404, "it is not in the folder of the run")
        handle = open_plain(inside)
    except ValueError:
        return refusal(404, "a folder of several files: look at it where it lies")
    except OSError as error:
        return refusal(404, f"it cannot be opened: {error.strerror}")
    return attachment(path.name, os.fdopen(handle, "rb"), os.fstat(handle).st_size)
