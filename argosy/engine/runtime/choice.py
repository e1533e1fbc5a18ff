"""Which runtime a run has: the one that its user asked for, or a plain reason why not."""

import os
from pathlib import Path
from typing import Literal, get_args

from argosy.engine.failure import EngineError
from argosy.engine.runtime.launch import Runtime
from argosy.engine.runtime.processes import HEAD, TAIL, Processes
from compiler.quantity import amount

Kind = Literal["process", "sandbox", "container"]
KINDS = get_args(Kind)


def opened(kind: str, mark: str, state: Path, held: int | None = None) -> Runtime:
    """Return a runtime of one of `KINDS` for the run `mark`, whose files lie below `state`.

    `held` is the lock of the run, which is held until the last process is gone.
    `ARGOSY_LOG_HEAD` and `ARGOSY_LOG_TAIL` in the environment bound each log, such as `10Mi`.
    Raise `EngineError` when this machine cannot give the runtime.
    """
    if kind not in KINDS:
        raise EngineError(f"there is no runtime `{kind}`", f"there are {', '.join(KINDS)}")
    head, tail = _size("ARGOSY_LOG_HEAD", HEAD), _size("ARGOSY_LOG_TAIL", TAIL)
    if kind == "container":
        from argosy.engine.runtime.container import Containers

        return Containers(mark, head=head, tail=tail, held=held)
    inner = Processes(mark, head, tail, held=held)
    if kind == "process":
        return inner
    from argosy.engine.runtime.sandbox import Sandbox

    try:
        return Sandbox(inner, (state,))
    except EngineError:
        inner.close()
        raise


def _size(variable: str, usual: int) -> int:
    text = os.environ.get(variable)
    try:
        return usual if not text else max(int(amount(text)), 0)
    except ValueError:
        raise EngineError(f"{variable}: `{text}` is no size", "write one such as 10Mi") from None
