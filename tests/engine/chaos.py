"""An engine that is killed, starved and taken up again, and what must hold all the while."""

import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from argosy.engine import journal
from argosy.engine.nodes import Node

LANES, LENGTH = 4, 5
DRIVER = """
import sys
from pathlib import Path
from argosy.engine import disk, journal
from argosy.engine.failure import EngineError
from argosy.engine.manifests import load
from argosy.engine.run import run
manifest, state, name = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
try:
    again = any(run.name == name for run in journal.runs(state))
    known = journal.known(state, name, ("Succeeded",)) if again else {}
    ended = run(load(manifest), name=name, parameters={}, folder=state, environment={},
                on_event=lambda event: None, again=again, known=known, capacity=(8, 2**40))
    print(ended.phase)
except EngineError as error:
    print(f"{error} ({error.hint})")
finally:
    print(sum(disk.seen.values()), file=sys.stderr)
"""


def manifest(
    marks: Path, lanes: int = LANES, length: int = LENGTH, ballast: int = 0
) -> dict[str, Any]:
    """Return a workflow of `lanes` chains of `length` steps.

    Each step notes in `marks` that it began, and adds its name to the artifact of the one before;
    it leaves a file of `ballast` bytes.
    """
    name = "{{inputs.parameters.name}}"
    script = f"echo x >> {marks}/{name}; cat /in/list > /out; sleep 0.02; echo {name} >> /out"
    script += f"; head -c {ballast} /dev/zero > ballast" if ballast else ""
    leaf = {
        "name": "step",
        "inputs": {
            "parameters": [{"name": "name"}],
            "artifacts": [{"name": "list", "path": "/in/list", "optional": True}],
        },
        "outputs": {
            "artifacts": [{"name": "list", "path": "/out"}],
            "parameters": [{"name": "last", "valueFrom": {"path": "/out"}}],
        },
        "container": {"image": "i", "command": ["sh", "-c", _mapped(script)]},
    }
    tasks = [_task(lane, number) for lane in range(lanes) for number in range(length)]
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": {"name": "w"},
        "spec": {
            "entrypoint": "main",
            "templates": [{"name": "main", "dag": {"tasks": tasks}}, leaf],
        },
    }


def _mapped(script: str) -> str:
    """Name the files of a step relative to its working folder, which stands for `/`."""
    return script.replace(" /in/list", " in/list 2>/dev/null").replace("/out", "out")


def _task(lane: int, number: int) -> dict[str, Any]:
    arguments: dict[str, Any] = {"parameters": [{"name": "name", "value": f"s{lane}-{number}"}]}
    task = {"name": f"s{lane}-{number}", "template": "step", "arguments": arguments}
    if number:
        before = f"s{lane}-{number - 1}"
        found = f"{{{{tasks.{before}.outputs.artifacts.list}}}}"
        arguments["artifacts"] = [{"name": "list", "from": found}]
        task["depends"] = before
    return task


@dataclass
class Chaos:
    """One run in `folder`, and what was seen of it: kills, and how often each step began."""

    folder: Path
    lanes: int = LANES
    length: int = LENGTH
    ballast: int = 0
    kills: int = 0
    slowest: float = 0.0
    committed: list[dict[str, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.marks, self.state = self.folder / "marks", self.folder / "state"
        self.marks.mkdir(parents=True)
        self.file = self.folder / "w.json"
        self.file.write_text(
            json.dumps(manifest(self.marks, self.lanes, self.length, self.ballast))
        )

    def start(self, **variables: str) -> "subprocess.Popen[str]":
        """Start an engine that begins the run, or goes on with it."""
        return subprocess.Popen(
            self.command(self.state),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "ARGOSY_TEST": str(self.folder), **variables},
        )

    def command(self, state: Path, name: str = "r") -> list[str]:
        """Return the command that begins run `name` of state folder `state`, or goes on with it."""
        return [sys.executable, "-c", DRIVER, str(self.file), str(state), name]

    def kill(
        self, engine: "subprocess.Popen[str]", after: float, patient: bool = True
    ) -> str | None:
        """Kill the engine after some seconds; return what it said if it had ended before.

        With `patient` see how long its processes stay.
        """
        try:
            said, _ = engine.communicate(timeout=after)
        except subprocess.TimeoutExpired:
            engine.kill()
            engine.communicate()
            self.kills += 1
            self._look(patient)
            return None
        return said

    def _look(self, patient: bool) -> None:
        """Wait until nothing of the run is left, and note which ends are on record."""
        since = time.monotonic()
        while patient and any(self._alive()) and time.monotonic() - since < 30:
            time.sleep(0.02)
        self.slowest = max(self.slowest, time.monotonic() - since)
        counts = self.counts()
        ends = [node.display_name for node in self.nodes() if node.phase == "Succeeded"]
        self.committed.append({name: counts[name] for name in ends if name in counts})

    def _alive(self) -> Iterator[int]:
        """Yield the processes of the engine, its supervisor and its steps."""
        marks = (f"ARGOSY_TEST={self.folder}".encode(), f"MARKS={self.marks}".encode())
        for entry in os.scandir("/proc"):
            try:
                found = Path(entry, "environ").read_bytes() if entry.name.isdigit() else b""
                line = Path(entry, "cmdline").read_bytes() if entry.name.isdigit() else b""
            except OSError:
                continue
            if any(mark in found for mark in marks) or str(self.marks).encode() in line:
                yield int(entry.name)

    def counts(self) -> Counter[str]:
        """Return how often each step began."""
        return Counter({file.name: file.read_text().count("x") for file in self.marks.iterdir()})

    def nodes(self) -> tuple[Node, ...]:
        """Return what is on record; nothing of a run that has not begun."""
        return journal.load(self.state, "r").nodes if journal.runs(self.state) else ()

    def faults(self) -> list[str]:
        """Return what is wrong with a run that has ended well."""
        found = [f"runs: {line}" for line in journal.runs(self.state) if line.phase != "Succeeded"]
        nodes = {node.display_name: node for node in self.nodes()}
        for lane in range(self.lanes):
            names = [f"s{lane}-{number}" for number in range(self.length)]
            last = nodes.get(names[-1])
            said = last.parameters.get("last", "").split() if last else None
            if said != names:
                found.append(f"lane {lane} put out {said}")
        counts = self.counts()
        for kill, ends in enumerate(self.committed):
            found += [
                f"{name} ran again though it was on record at kill {kill}"
                for name, count in ends.items()
                if counts[name] != count
            ]
        return found


def survive(folder: Path, kills: int, seed: int) -> list[Chaos]:
    """Kill engines at random moments, `kills` times in all; return the runs, each at its end."""
    chance = random.Random(seed)  # noqa: S311
    calm = Chaos(folder / "calm")
    since = time.monotonic()
    said, _ = calm.start().communicate(timeout=120)
    length, runs = time.monotonic() - since, [calm]
    assert said == "Succeeded\n", said
    while sum(run.kills for run in runs) < kills:
        runs.append(Chaos(folder / f"run{len(runs)}"))
        ended: str | None = None
        while ended is None:
            left = sum(run.kills for run in runs) < kills
            after = chance.uniform(0.0, length) if left else 120.0
            # half of the engines are followed at once, while their steps still end
            ended = runs[-1].kill(runs[-1].start(), after, chance.random() < 0.5)
        assert ended == "Succeeded\n", ended
    return runs


def starve(folder: Path, point: str, number: int, error: str = "ENOSPC") -> tuple[int, list[str]]:
    """Let one write of a run fail, then go on; return how often that write is made, and faults."""
    run = Chaos(folder, lanes=1, length=2)
    said, told = run.start(ARGOSY_FAULT=f"{point}:{number}:{error}").communicate(timeout=120)
    count, *trace = told.strip().splitlines()
    found = [f"a traceback: {trace}"] if trace else []
    found += [] if said.strip() else ["nothing was said"]
    if said != "Succeeded\n":
        before = {node.display_name for node in run.nodes() if node.phase == "Succeeded"}
        counts = run.counts()
        said, told = run.start().communicate(timeout=120)
        found += [] if said == "Succeeded\n" else [f"did not go on: {said}{told}"]
        again = [name for name in before & {*counts} if run.counts()[name] != counts[name]]
        found += [f"{name} ran again" for name in again]
    return int(count), found + run.faults()
