"""Templates are rendered in a process of their own, which ends when it takes too much.

A spec is code of others. Jinja's sandbox stops what would escape, and `compiler.sandbox` what runs
in circles; the kernel stops the rest. One process serves all templates of a command: it is started
with the first of them, and ends with the command.
"""

import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from compiler import template
from compiler.inputs import note, observed
from compiler.problems import Location, Problem, Rejected
from compiler.record import record
from compiler.source import Source

# of computing time: until a template is stopped at the line where it is, and until its process is
SECONDS, LAST, _AGAIN = 1.0, 1.6, 0.1
MEMORY = 384 * 1024 * 1024
_SLOW = "the template takes more than a second of computing time"
_HINT = "write data into `vars`, or into a file beside the spec, and loop over that"
_STATM = Path("/proc/self/statm")


def render(file: str, text: str, context: Mapping[str, object], root: Path) -> Source:
    """Render as `compiler.template.render` does, under limits of time and memory."""
    if not template.is_template(text):
        return template.render(file, text, context, root)
    answer, read = _worker(os.getpid()).ask((file, text, dict(context), root)) or (None, ())
    for path in read:
        note(Path(path))
    if isinstance(answer, Source):
        return answer
    if answer is None:
        _worker(os.getpid()).close()
        _worker.cache_clear()
        message = f"{_SLOW}, or too much memory"
        answer = (Problem("template-limit", message, Location(file), _HINT),)
    if isinstance(answer, Exception):
        raise answer
    raise Rejected(answer)


@record
class _Worker:
    """The other process, as its owner sees it: two descriptors."""

    requests: int
    answers: int

    def ask(self, request: Any) -> Any:
        """Return what comes of a request; None if the process did not survive it."""
        import pickle

        try:
            with os.fdopen(self.requests, "wb", closefd=False) as requests:
                pickle.dump(request, requests)
            with os.fdopen(self.answers, "rb", closefd=False) as answers:
                return pickle.load(answers)  # noqa: S301 - a fork of this process wrote it
        except (EOFError, OSError, pickle.UnpicklingError):
            return None

    def close(self) -> None:
        """Let the process go."""
        os.close(self.requests)
        os.close(self.answers)


@cache
def _worker(_owner: int) -> _Worker:
    """Start the process that serves `_owner`, which no fork of that shares."""
    requests, answers = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        # a grandchild is nobody's to wait for
        if os.fork() == 0:
            os.close(requests[1])
            os.close(answers[0])
            _serve(os.fdopen(requests[0], "rb"), os.fdopen(answers[1], "wb"))
        os._exit(0)
    os.waitpid(child, 0)
    os.close(requests[0])
    os.close(answers[1])
    return _Worker(requests[1], answers[0])


def _serve(requests: BinaryIO, answers: BinaryIO) -> NoReturn:
    import pickle

    try:
        _limit()
        while True:
            request = pickle.load(requests)  # noqa: S301 - its owner wrote it
            with observed() as read:
                answer = _answer(request)
            pickle.dump((answer, read), answers)
            answers.flush()
    finally:
        os._exit(0)


def _limit() -> None:
    """Bound the memory, and be deaf to what ends the owner: that ends this process too."""
    import resource
    import signal

    if _STATM.exists():
        size = int(_STATM.read_text("ascii").split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (size + MEMORY, size + MEMORY))
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.signal(signal.SIGVTALRM, _stop)


def _stop(*_signal: object) -> NoReturn:
    raise TimeoutError(_SLOW)


def _answer(request: tuple[str, str, Mapping[str, object], Path]) -> Any:
    """Return a source, problems, or an error that is none of the template."""
    import signal

    try:
        # again and again, since Jinja takes an error of a constant for a reason to compute it later
        signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS, _AGAIN)
        signal.setitimer(signal.ITIMER_PROF, LAST)
        return template.render(*request)
    except Rejected as rejected:
        return rejected.problems
    except (MemoryError, TimeoutError):
        return (Problem("template-limit", _SLOW, Location(request[0]), _HINT),)
    except Exception as error:  # noqa: BLE001 - its owner raises it, as its own
        return error
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.setitimer(signal.ITIMER_PROF, 0)
