"""A manifest on this machine, in a process of its own: what it came to, and when."""

import os
import signal
import tempfile
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from argosy.engine import journal
from argosy.engine.failure import EngineError
from argosy.engine.manifests import load
from argosy.engine.nodes import Event
from argosy.engine.run import run
from compiler.problems import Rejected
from tests.engine.oracle.outcome import Outcome, of_run
from tests.engine.oracle.record import MANIFESTS, asked

PATIENCE = 60.0
Ended = tuple[Outcome, Mapping[str, tuple[float, float]]]


def execute(name: str) -> Ended:
    """Run a manifest with the local engine; return what it came to, and its nodes' times."""
    with tempfile.TemporaryDirectory() as folder:
        watch = threading.Timer(PATIENCE, os.kill, (os.getpid(), signal.SIGTERM))
        watch.start()
        try:
            ended = run(
                load(MANIFESTS / f"{name}.yaml"),
                name=name,
                parameters={},
                folder=Path(folder),
                environment={},
                as_argo=True,
                on_event=_asking(name, Path(folder)),
            )
        except Rejected as error:
            said = "\n".join(problem.message for problem in error.problems)
            return {"refused": said, "nodes": {}}, {}
        except EngineError as error:
            return {"refused": str(error), "nodes": {}}, {}
        except Exception as error:  # noqa: BLE001  # it is one finding among others
            return {"refused": f"{type(error).__name__}: {error}", "nodes": {}}, {}
        finally:
            watch.cancel()
    times = {n.name: (n.started or 0.0, n.finished or 0.0) for n in ended.nodes if not n.daemoned}
    return of_run(ended), times


def _asking(name: str, folder: Path) -> Callable[[Event], None]:
    """Return what asks a run to stop once the nodes run that its manifest names for that."""
    word, awaited = asked(name)
    left = set(awaited)

    def note(event: Event) -> None:
        if event.phase == "Running" and event.node.display_name in left:
            left.discard(event.node.display_name)
            if not left:
                asks = threading.Timer(0.3, journal.ask, (folder, name, journal.Request(word)))
                asks.start()

    return note
