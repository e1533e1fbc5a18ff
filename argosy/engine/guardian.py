"""A small process that outlives the engine by a moment: it ends the steps of an engine that died.

Started with the mark of a run; when its standard input closes, it kills every process whose
environment carries that mark, wherever it was re-parented to.
"""

import contextlib
import os
import signal
import sys

MARK = "ARGOSY_LOCAL_RUN"


def marked(mark: str) -> list[int]:
    """Return the processes whose environment holds `ARGOSY_LOCAL_RUN=mark…` (Linux)."""
    wanted = f"{MARK}={mark}".encode()
    found = []
    try:
        entries = [entry for entry in os.listdir("/proc") if entry.isdigit()]  # noqa: PTH208
    except OSError:
        return []
    for entry in entries:
        try:
            with open(f"/proc/{entry}/environ", "rb") as file:  # noqa: PTH123 - starts in 10 ms
                environment = file.read()
        except OSError:
            continue
        if any(item.startswith(wanted) for item in environment.split(b"\0")):
            found.append(int(entry))
    return found


def kill(mark: str, number: int = signal.SIGKILL) -> None:
    """Send a signal to every process that carries `mark`, except this one."""
    for process in marked(mark):
        if process != os.getpid():
            with contextlib.suppress(OSError):
                os.kill(process, number)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.stdin.buffer.read()
    kill(sys.argv[1])
    kill(sys.argv[1])
