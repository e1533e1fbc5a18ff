"""Steps that find their files at absolute paths, as in a pod: a mount namespace for each.

The folder that stands for `/` of a step is its `/`, with the machine's own folders laid under those
in it: the step sees the machine's programs and libraries, and what it writes lands in its own
folder. Nothing is installed for it; Linux 5.11 lets every user do this where it is not switched
off. It keeps paths apart, it is no wall.
"""

import contextlib
import marshal
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path, PurePosixPath

from argosy.engine.failure import EngineError
from argosy.engine.runtime import namespace
from argosy.engine.runtime.launch import Ended, Launch, Runtime
from argosy.engine.runtime.processes import found
from compiler.record import replace

_SHOWN = ("dev", "proc", "sys", "run")  # the kernel's, or the machine's own: as they are
_HINT = "use --runtime process, or --runtime container where docker or podman is installed"
_UNREAL = ("tmpfs", "overlay", "nsfs", "proc", "sysfs", "autofs", "fuse.portal")
_UNPLAIN = frozenset(",:\\\n")  # what the options of an overlay cannot hold
_PYTHON = (sys.executable, "-I", "-S", namespace.__file__)


class Sandbox:
    """A runtime around another; `shared` are folders that every step sees as they are.

    The first of them is also where the sandbox is tried. Raise `EngineError` when the kernel does
    not let this user mount.
    """

    def __init__(self, inner: Runtime, shared: tuple[Path, ...]) -> None:
        self._inner = inner
        self._shared = tuple(folder.absolute() for folder in shared)
        self._beside: dict[str, Path] = {}
        self._folders, self._links = _machine()
        self._laid_over = self._probe()
        self._within = _disks(set(self._laid_over))

    def start(self, launch: Launch) -> None:
        """Start a process in a namespace of its own; raise `EngineError` when it cannot be."""
        if launch.root is None:
            self._inner.start(launch)
            return
        root = launch.root.absolute()
        command = found(launch.argv[0], launch.env.get("PATH", os.defpath))
        inside = "/" + launch.folder.absolute().relative_to(root).as_posix()
        beside = root.with_name(f"{root.name}.sandbox") / launch.container
        (beside / "top").mkdir(parents=True, exist_ok=True)
        overlays, binds = self._mounts(launch, root, beside)
        plan = [str(root), str(beside / "top"), self._links, overlays, binds, inside, command]
        file = beside / "plan"
        file.write_bytes(marshal.dumps(["become", *plan, *launch.argv[1:]]))
        self._inner.start(replace(launch, argv=(*_PYTHON, str(file)), folder=root))
        self._beside[launch.key] = beside

    def stop(self, key: str, grace: float) -> None:
        """End a process, as the runtime inside does."""
        self._inner.stop(key, grace)

    def wait(self, timeout: float) -> list[Ended]:
        """Return what ended, as the runtime inside does."""
        ended = self._inner.wait(timeout)
        for each in ended:
            if beside := self._beside.pop(each.key, None):
                _remove(beside)
        return ended

    def close(self) -> None:
        """End every process."""
        self._inner.close()

    def _mounts(
        self, launch: Launch, root: Path, beside: Path
    ) -> tuple[list[list[str]], list[list[str]]]:
        """Return what is laid over the machine, and what is shown as it is, volumes last."""
        top = str(beside / "top")
        overlays = [
            [f"/{name}", str(root / name), str(beside / "work" / name), f"{top}/{name}"]
            for name in self._laid_over
        ]
        as_it_is = [name for name in self._folders if name not in self._laid_over]
        binds = [[f"/{name}", f"{top}/{name}"] for name in as_it_is]
        binds += [[path, f"{top}{path}"] for path in self._within]
        for path in launch.placed:
            source = root.joinpath(*PurePosixPath(path).parts[1:])
            if source.is_dir() and not source.is_symlink():
                binds.append([str(source), top + path])
        binds += [[str(each), f"{top}{each}"] for each in self._shared if each.is_dir()]
        return overlays, binds

    def _probe(self) -> list[str]:
        """Return which top folders can be laid over; raise when there is not even a namespace."""
        if sys.platform != "linux":
            raise EngineError("only Linux gives a step a sandbox", _HINT)
        if any(_UNPLAIN & set(str(folder)) for folder in self._shared):
            raise EngineError(
                "the sandbox takes no folder with `,`, `:` or `\\` in its path", _HINT
            )
        asked = [f"/{each}" for each in self._folders if each not in _SHOWN]
        base = next((each for each in self._shared if each.is_dir()), None)
        with tempfile.TemporaryDirectory(prefix=".sandbox-", dir=base) as folder:
            plan = Path(folder, "plan")
            plan.write_bytes(marshal.dumps(["probe", folder, asked]))
            tried = subprocess.run(
                [*_PYTHON, str(plan)], capture_output=True, text=True, check=False
            )
            _open(Path(folder))
        if tried.returncode or not tried.stdout.strip():
            said = tried.stderr.strip().removeprefix("no sandbox: ") or "overlays are refused"
            raise EngineError(f"this system gives no sandbox: {said}", _HINT)
        return [line[1:] for line in tried.stdout.splitlines()]


def _remove(beside: Path) -> None:
    _open(beside / "work")
    shutil.rmtree(beside, ignore_errors=True)
    with contextlib.suppress(OSError):
        beside.parent.rmdir()


def _open(folder: Path) -> None:
    """Let the work folders of overlays be removed, which the kernel leaves closed."""
    for work in (*folder.glob("*/work"), *folder.glob("*/work/work")):
        with contextlib.suppress(OSError):
            work.chmod(0o700)


def _machine() -> tuple[list[str], list[str]]:
    """Return the names of the folders at the top of this machine, and the paths of its links."""
    entries = sorted(Path("/").iterdir())
    folders = [each.name for each in entries if each.is_dir() and not each.is_symlink()]
    links = [str(each) for each in entries if each.is_symlink()]
    return [name for name in folders if name != "lost+found"], links


def _disks(laid_over: set[str]) -> list[str]:
    """Return the disks below the folders that are laid over, which do not show through."""
    found: list[str] = []
    for line in Path("/proc/self/mountinfo").read_text("utf-8", "replace").splitlines():
        path, kind = line.split()[4], line.partition(" - ")[2].split()[0]
        parts = PurePosixPath(path).parts
        below = len(parts) > 2 and parts[1] in laid_over and kind not in _UNREAL
        if below and not any(path.startswith(f"{each}/") for each in found) and Path(path).is_dir():
            found.append(path)
    return found
