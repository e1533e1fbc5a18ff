"""Which runtime a run has: the one that its user asked for, or a plain reason why not."""

from pathlib import Path
from typing import Literal, get_args

from argosy.engine.failure import EngineError
from argosy.engine.runtime.launch import Runtime
from argosy.engine.runtime.processes import HEAD, TAIL, Processes

Kind = Literal["process", "sandbox", "container"]
KINDS = get_args(Kind)


def opened(kind: str, mark: str, state: Path, head: int = HEAD, tail: int = TAIL) -> Runtime:
    """Return a runtime of one of `KINDS` for the run `mark`, whose files lie below `state`.

    Raise `EngineError` when this machine cannot give it.
    """
    if kind == "container":
        from argosy.engine.runtime.container import Containers

        return Containers(mark)
    if kind not in KINDS:
        raise EngineError(f"there is no runtime `{kind}`", f"there are {', '.join(KINDS)}")
    inner = Processes(mark, head, tail)
    if kind == "process":
        return inner
    from argosy.engine.runtime.sandbox import Sandbox

    try:
        return Sandbox(inner, (state,))
    except EngineError:
        inner.close()
        raise
