"""The containers of one pod together: init containers, main ones, sidecars, and how they end."""

from collections.abc import Mapping
from typing import Any

from argosy.engine.failure import EngineError
from argosy.engine.pods.demand import containers
from argosy.engine.runtime.launch import NOT_STARTED, SAID, STARTED, Ended, Launch, Runtime, Usage
from compiler.record import field, record

Data = Mapping[str, Any]
_ENDED_BY_US = (137, 143)


@record
class Outcome:
    """How a pod ended, before its outputs are looked at: as Argo's inferFailedReason sees it.

    `members` are phase, message and exit code of each container of a containerSet; `code` is that
    of main, None when it never ran.
    """

    phase: str
    message: str
    code: int | None
    timed_out: bool
    usage: Usage
    finished: float
    members: Mapping[str, tuple[str, str, int | None]] = field(default_factory=dict)


class Group:
    """Starts the containers of a pod when each may start, and tells when the pod has ended."""

    def __init__(self, launches: list[Launch], template: Data) -> None:
        self._launches = {launch.container: launch for launch in launches}
        self._inits = [each["name"] for each in template.get("initContainers") or ()]
        self._needs = {c["name"]: c.get("dependencies") or () for c in containers(template)}
        self._sidecars = [each["name"] for each in template.get("sidecars") or ()]
        self._set = "containerSet" in template
        self._running: set[str] = set()
        self._ended: dict[str, Ended] = {}
        self._said: dict[str, str] = {}
        self._stopped = False

    @property
    def keys(self) -> list[str]:
        """The keys of all containers."""
        return [launch.key for launch in self._launches.values()]

    def begin(self, runtime: Runtime) -> Outcome | None:
        """Start what may start; return the outcome when that is nothing."""
        return self._advance(runtime)

    def note(self, ended: Ended, runtime: Runtime) -> Outcome | None:
        """Take in the end of a container; return the outcome when it was the last."""
        name = next(n for n, launch in self._launches.items() if launch.key == ended.key)
        self._running.discard(name)
        if name.endswith(f".{STARTED}"):
            self._hooked(name.removesuffix(f".{STARTED}"), ended, runtime)
        else:
            self._ended[name] = ended
            self._end_hook(name, runtime)
        return self._advance(runtime)

    def _hooked(self, name: str, hook: Ended, runtime: Runtime) -> None:
        """Stop a container whose hook has failed, as a kubelet does."""
        if hook.code and name in self._running:
            self._break(name, f"exit code {hook.code}", runtime)

    def _break(self, name: str, why: str, runtime: Runtime) -> None:
        # Argo 3.7.3 never hears of it: its executor waits for the container that a kubelet killed
        self._said[name] = f"PostStartHook failed: {why}; on a cluster the run would hang"
        runtime.stop(self._launches[name].key, self._launches[name].grace)

    def _end_hook(self, name: str, runtime: Runtime) -> None:
        """End the hook of a container with it."""
        hook = f"{name}.{STARTED}"
        if hook in self._running:
            runtime.stop(self._launches[hook].key, 0.0)

    def stop(self, runtime: Runtime, grace: float) -> None:
        """End the pod: no container starts any more, those that run have `grace` seconds."""
        self._stopped = True
        for name in self._running:
            runtime.stop(self._launches[name].key, grace)

    def _advance(self, runtime: Runtime) -> Outcome | None:
        for name in self._inits:
            if name not in self._ended:
                if not (self._stopped or name in self._running):
                    self._start(name, runtime)
                if name not in self._ended:
                    return self._outcome() if not self._running else None
            if self._ended[name].code:
                return self._outcome()
        if not self._stopped:
            self._start_mains(runtime)
        if any(name in self._running for name in self._needs):
            return None
        for name in self._sidecars:
            if name in self._running:
                runtime.stop(self._launches[name].key, self._launches[name].grace)
        return None if self._running else self._outcome()

    def _start_mains(self, runtime: Runtime) -> None:
        for name in self._sidecars:
            if name not in self._running and name not in self._ended:
                self._start(name, runtime)
        waiting = [n for n in self._needs if n not in self._running and n not in self._ended]
        for name in waiting:
            ended = {n: self._ended[n] for n in self._needs[name] if n in self._ended}
            failed = next((n for n, each in ended.items() if each.code), None)
            if failed:
                code = ended[failed].code
                said = f'dependency "{failed}" exited with non-zero code: {code}'
                self._fail(name, said, ended[failed].finished)
            elif len(ended) == len(self._needs[name]):
                self._start(name, runtime)
        if any(name in self._ended for name in waiting):
            self._start_mains(runtime)

    def _start(self, name: str, runtime: Runtime) -> None:
        try:
            runtime.start(self._launches[name])
        except EngineError as error:
            self._fail(name, str(error), 0.0)
        else:
            self._running.add(name)
            self._begin_hook(name, runtime)

    def _begin_hook(self, name: str, runtime: Runtime) -> None:
        hook = f"{name}.{STARTED}"
        if hook not in self._launches:
            return
        try:
            runtime.start(self._launches[hook])
        except EngineError as error:
            self._break(name, str(error), runtime)
        else:
            self._running.add(hook)

    def _fail(self, name: str, said: str, at: float) -> None:
        self._said[name] = said
        key = self._launches[name].key
        self._ended[name] = Ended(key, NOT_STARTED, False, Usage(), at)

    def _outcome(self) -> Outcome:
        main = self._ended.get("main")
        order = [*self._inits, *sorted(self._needs), *self._sidecars]
        told = [self._ended[name] for name in order if name in self._ended]
        message = next((text for name in order if (text := self._message(name))), "")
        return Outcome(
            "Failed" if message else "Succeeded",
            message,
            main.code if main else None,
            any(each.timed_out for each in told),
            Usage(sum(e.usage.cpu for e in told), max([e.usage.memory for e in told], default=0)),
            max([each.finished for each in told], default=0.0),
            {name: self._member(name) for name in self._needs} if self._set else {},
        )

    def _message(self, name: str) -> str:
        ended = self._ended.get(name)
        if ended is None or not ended.code:
            return ""
        if name in self._sidecars and ended.code in _ENDED_BY_US:
            return ""
        said = self._said.get(name) or self._written(name)
        reason = "OOMKilled" if ended.oom else "Error"
        return f"{name}: {reason} (exit code {ended.code}){f': {said}' if said else ''}"

    def _written(self, name: str) -> str:
        """Return what an executor wrote of its failure; nothing for the program of a step."""
        root = self._launches[name].root
        file = root / SAID if root and self._ended[name].code == NOT_STARTED else None
        return file.read_text("utf-8", "replace") if file and file.is_file() else ""

    def _member(self, name: str) -> tuple[str, str, int | None]:
        ended = self._ended.get(name)
        if ended is None:
            return "Pending", "", None
        if not ended.code:
            return "Succeeded", "", 0
        phase = "Error" if name in self._said else "Failed"
        message = f"{name}: Error (exit code {ended.code}): {self._said.get(name, '')}"
        return phase, message, ended.code
