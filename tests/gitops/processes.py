"""Publishers as processes of their own."""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from tests.patience import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.gitops.conftest import Place

PUBLISHER = """
import sys
from pathlib import Path
from compiler.tree import RenderedTree
from gitops.publish import publish
from gitops.source import read_source
from gitops.target import Target

root, repository, state, environment, *contents = sys.argv[1:]
target = Target(repository, "main", f"envs/{environment}", environment)
for content in contents:
    tree = RenderedTree({"a/one.yaml": content.encode(), "a/two.yaml": b"two"})
    done = publish(target, tree, read_source(Path(root)), state=Path(state), deadline=900)
    print(type(done).__name__, done.commit, getattr(done, "attempts", 0), flush=True)
"""
# what belongs to the server, and is not killed with a client
_SERVER = {"receive-pack", "git-receive-pack", "unpack-objects", "index-pack"}


def start(
    place: "Place", environment: str, *contents: str, root: Path | None = None, url: str = ""
) -> "subprocess.Popen[bytes]":
    """Start a publisher of `contents`, one after the other."""
    arguments = [str(root or place.root), url or str(place.bare), str(place.state), environment]
    command = [sys.executable, "-c", PUBLISHER, *arguments, *contents]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def end(process: "subprocess.Popen[bytes]") -> list[list[str]]:
    """Wait for a publisher; return the words of each of its outcomes."""
    out, err = process.communicate(timeout=1000)
    assert process.returncode == 0, err.decode()
    return [line.split() for line in out.decode().splitlines()]


def kill(pid: int, *, alone: bool) -> None:
    """Kill a child of ours, maybe `alone`, else with its children, but no server it speaks with.

    Return when all that it has started has ended.
    """
    known = list(descendants(pid))
    clients = [] if alone else [one for one in known if not _SERVER & set(command(one).split())]
    for one in (pid, *clients):
        with suppress(ProcessLookupError):
            os.kill(one, signal.SIGKILL)
    os.waitpid(pid, 0)
    wait_until(
        lambda: not any(command(one) for one in known),
        f"all of {pid} has ended",
        lambda: list(map(command, known)),
        pause=0.01,
    )


def descendants(pid: int) -> "Iterator[int]":
    """The children of a process and theirs."""
    with suppress(OSError):
        for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            yield int(word)
            yield from descendants(int(word))


def command(pid: int) -> str:
    """The command line of a process, empty if it is gone."""
    with suppress(OSError):
        return (
            Path(f"/proc/{pid}/cmdline")
            .read_bytes()
            .replace(b"\0", b" ")
            .decode("utf-8", "replace")
        )
    return ""


def wait_for(path: Path) -> None:
    """Wait until a file is there."""
    wait_until(path.exists, f"{path} is there", pause=0.01)


def commands() -> list[str]:
    """The command lines of all processes."""
    found = (command(int(entry.name)) for entry in Path("/proc").iterdir() if entry.name.isdigit())
    return list(filter(None, found))
