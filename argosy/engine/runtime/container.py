"""Steps in containers of their own images: docker or podman, driven by their command line."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from argosy.engine.failure import EngineError
from argosy.engine.runtime.launch import NOT_STARTED, SAID, Ended, Launch, Runtime
from argosy.engine.runtime.processes import HEAD, TAIL, Processes
from compiler.record import replace

_TOOLS = ("docker", "podman")
_LABEL = "argosy.dev/run"
_CLIENT = (
    "PATH",
    "HOME",
    "XDG_RUNTIME_DIR",
    "DOCKER_HOST",
    "DOCKER_CONFIG",
    "CONTAINER_HOST",
    "CONTAINERS_CONF",
)
_RUN = """tool=$1 name=$2 root=$3 taken=$4; shift 4
trap : TERM
"$tool" run --name "$name" "$@" </dev/null
code=$?
echo "$taken" | while IFS= read -r path; do
  [ -z "$path" ] && continue
  mkdir -p "$root$(dirname "$path")" && rm -rf "$root$path"
  "$tool" cp "$name:$path" "$root$path" 2>/dev/null
done
case $code in 125|126|127|137) ;; *) "$tool" rm -f "$name" >/dev/null 2>&1 ;; esac
exit $code
"""
_TOLD_BY_THE_TOOL, _KILLED = (125, 126, 127), 137
_UNDO = '"$0" ps -aq --filter "label=$1" | while read -r each; do "$0" rm -f "$each"; done'


def tool() -> str:
    """Return the path of a docker or podman that works; raise `EngineError` when none does."""
    said = []
    for name in _TOOLS:
        path = shutil.which(name)
        if path is None:
            said.append(f"{name} is not installed")
            continue
        tried = subprocess.run([path, "info"], capture_output=True, text=True, check=False)
        if tried.returncode == 0:
            return path
        lines = tried.stderr.strip().splitlines() or ["it does not say why"]
        said.append(f"`{name} info` fails: {lines[-1]}")
    hint = "start one of them, or use --runtime process or sandbox"
    raise EngineError(f"no container engine works here: {'; '.join(said)}", hint)


def user(information: str, you: str) -> str:
    """Return the user whose files in a container are yours: root, where that is you outside.

    `information` is what `docker info` or `podman info` says as JSON, `you` are `UID:GID`.
    """
    return "0:0" if '"host":' in information or "name=rootless" in information else you


class Containers:
    """A runtime that runs images; all containers of a run carry its mark as a label."""

    def __init__(
        self,
        mark: str,
        command: str = "",
        head: int = HEAD,
        tail: int = TAIL,
        held: int | None = None,
    ) -> None:
        self._tool, self._label = command or tool(), f"{_LABEL}={mark}"
        said = self._ask("info", "--format", "{{json .}}").stdout
        self._user = user(said, f"{os.getuid()}:{os.getgid()}")
        self._mark, self._count = mark, 0
        self._started: dict[str, tuple[str, Launch]] = {}
        undo = ("sh", "-c", _UNDO, self._tool, self._label)
        self._inner: Runtime = Processes(mark, head, tail, undo, held)

    def start(self, launch: Launch) -> None:
        """Start a container; raise `EngineError` when that cannot be asked for."""
        self._count += 1
        name = f"argosy-{self._mark[:8]}-{self._count}"
        self._started[launch.key] = name, launch
        root = (launch.root or launch.folder).absolute()
        client = {key: os.environ[key] for key in _CLIENT if key in os.environ}
        passed = {key: value for key, value in launch.env.items() if key not in client}
        before = (self._tool, name, str(root), "\n".join(_inner(launch, root)))
        given = ("--user", self._user, *options(launch, root, self._label))
        words = (*before, *given, launch.image, *launch.argv[1:])
        argv = ("sh", "-c", _RUN, "container", *words)
        env = {**passed, **client}
        self._inner.start(replace(launch, argv=argv, env=env, folder=root, memory=0, pids=0))

    def stop(self, key: str, grace: float) -> None:
        """Send SIGTERM, and after `grace` seconds remove the container by force."""
        self._inner.stop(key, grace)

    def wait(self, timeout: float) -> list[Ended]:
        """Return what ended; what had to be killed, or was never started, is looked at first."""
        return [self._judged(ended) for ended in self._inner.wait(timeout)]

    def _judged(self, ended: Ended) -> Ended:
        name, launch = self._started.pop(ended.key)
        if ended.code not in (*_TOLD_BY_THE_TOOL, _KILLED):
            return ended
        state = self._ask("inspect", "--format", "{{.State.Status}} {{.State.OOMKilled}}", name)
        self._ask("rm", "-f", name)
        if ended.code == _KILLED:
            return replace(ended, oom=state.stdout.endswith("true\n"))
        ran = state.returncode == 0 and not state.stdout.startswith("created")
        return ended if ran else _never_started(ended, launch)

    def _ask(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([self._tool, *words], capture_output=True, text=True, check=False)

    def close(self) -> None:
        """End every container."""
        self._inner.close()


def _never_started(ended: Ended, launch: Launch) -> Ended:
    """Tell it as an executor does, with what docker or podman wrote last: no image, no mount."""
    lines = launch.log.read_text("utf-8", "replace").splitlines() or ["it is not said why"]
    said = (launch.root or launch.folder) / SAID
    said.write_text(f"no container of {launch.image} was started: {lines[-1]}", "utf-8")
    return replace(ended, code=NOT_STARTED)


def options(launch: Launch, root: Path, label: str) -> Iterator[str]:
    """Yield the options of `docker run` for a launch: its files, its variables, its bounds.

    The network is the machine's: containers of a pod meet at `localhost`, daemons at 127.0.0.1.

    Variables are passed by name, so that no list of processes shows a secret; only those that the
    client itself reads are passed with their value.
    """
    yield from ("--label", label, "--init", "--network", "host")
    for source, path in dict(_mounts(launch, root)).items():
        yield from ("--volume", f"{path}:{source}")
    for address, name in launch.hosts:
        yield from ("--add-host", f"{name}:{address}")
    for name, value in launch.env.items():
        yield from ("--env", f"{name}={value}" if name in _CLIENT else name)
    inside = "/" + launch.folder.absolute().relative_to(root).as_posix()
    if inside != "/.":
        yield from ("--workdir", inside)
    if launch.memory:
        yield from ("--memory", str(launch.memory))
    if launch.pids:
        yield from ("--pids-limit", str(launch.pids))
    if launch.argv:
        yield from ("--entrypoint", launch.argv[0])


def _inner(launch: Launch, root: Path) -> list[str]:
    """Return what is wanted and lies in the container alone, below none of its mounts."""
    mounted = [PurePosixPath(path) for path, _ in _mounts(launch, root)]
    return [p for p in launch.taken if not any(PurePosixPath(p).is_relative_to(m) for m in mounted)]


def _mounts(launch: Launch, root: Path) -> Iterator[tuple[str, Path]]:
    """Yield each path in the container, and where it lies on this machine."""
    for path in sorted(launch.placed, key=len):
        source = root.joinpath(*PurePosixPath(path).parts[1:])
        if source.exists():
            yield path, source
    for source, path in launch.binds:
        yield path, source
