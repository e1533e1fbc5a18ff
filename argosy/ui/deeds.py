"""What may be asked of a run: of its engine through the journal, or of a new engine."""

import subprocess
import sys
from pathlib import Path

from argosy.engine import journal
from argosy.engine.failure import EngineError
from argosy.engine.journal import Request, StoredRun

ASKED = ("stop", "approve", "reject")
STARTED = ("resume", "retry")
_PATIENCE = 2.0
_PROGRAM = (
    "import sys; sys.path.insert(0, {root!r}); from argosy.__main__ import main; sys.exit(main())"
)


def do(state: Path, stored: StoredRun, deed: str, node: str) -> str:
    """Ask for `deed`; return what was done, in words. Raise `EngineError` when it cannot be."""
    name = stored.description.name
    if deed in STARTED:
        return _start(state, name, deed)
    if deed != "stop":
        _require_waiting(stored, node)
    journal.ask(state, name, Request(deed, node))
    return {"stop": "it is asked to stop", "approve": "approved", "reject": "rejected"}[deed]


def _require_waiting(stored: StoredRun, node: str) -> None:
    found = next((each for each in stored.nodes if each.name == node), None)
    if found is None or found.type != "Suspend" or found.phase != "Running":
        raise EngineError("the step waits for nobody", "it may have been answered meanwhile")


def _start(state: Path, name: str, deed: str) -> str:
    """Start an engine that outlives this page; what it says first, if it fails, is its answer."""
    program = _PROGRAM.format(root=str(Path(__file__).parents[2]))
    said = state / "runs" / name / f"{deed}.log"
    with said.open("wb") as file:
        started = subprocess.Popen(
            [sys.executable, "-P", "-c", program, deed, name],
            cwd=state.parent,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        code = started.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        return "it goes on"
    if code == 0:
        return "it has ended"
    lines = said.read_text("utf-8", "replace").strip().splitlines()
    raise EngineError(f"argosy {deed} {name}: {lines[-1] if lines else f'exit code {code}'}"[:300])
