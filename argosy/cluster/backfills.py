"""A backfill in a cluster: each interval submitted once, whatever befell the submitter before.

The name of a workflow follows from the file, and the API server takes a name once; what has ended
is noted in a ConfigMap, because workflows are cleaned up and their names with them.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from argosy.cluster.kubectl import Kubectl, failure
from compiler.backfill import LABEL, Backfill, Interval
from compiler.convention import PIPELINE
from compiler.record import record

_STOPPED = "stopped"
# submitted, and not there any more: how it ended nobody has seen
_GONE = "Gone"
_ENDED = ("Succeeded", "Failed", "Error", _GONE)
_POLL = 2.0
Tell = Callable[[str], None]


@record
class Ledger:
    """What a cluster knows of a backfill: the phase of each run by name, and if it is stopped."""

    phases: Mapping[str, str]
    stopped: bool

    def active(self) -> list[str]:
        """Return the runs that were submitted and have not ended."""
        return [name for name, phase in self.phases.items() if phase not in _ENDED]


@record
class Submitter:
    """Submits the runs of a backfill to a namespace, a few at a time."""

    kubectl: Kubectl
    backfill: Backfill
    namespace: str
    poll: float = _POLL

    @property
    def _note(self) -> str:
        return f"argosy-backfill-{self.backfill.pipeline}-{self.backfill.name}"

    def ledger(self) -> Ledger:
        """Return what is known, workflows that are there before what was noted of others."""
        noted = self._noted()
        selector = f"{LABEL}={self.backfill.name},{PIPELINE}={self.backfill.pipeline}"
        words = ("get", "workflows.argoproj.io", "-n", self.namespace, "-l", selector)
        found = (self.kubectl.json(*words) or {}).get("items", ())
        live = {
            item["metadata"]["name"]: (item.get("status") or {}).get("phase") or "Pending"
            for item in found
        }
        stopped = bool(noted.pop(_STOPPED, ""))
        return Ledger({**noted, **live}, stopped)

    def run(self, tell: Tell) -> Ledger:
        """Submit what is left, `parallel` at a time, until all have ended or it is stopped."""
        self._write({_STOPPED: None})
        while True:
            ledger = self.ledger()
            self.keep(ledger)
            left = [
                i for i in self.backfill.intervals() if self.backfill.run(i) not in ledger.phases
            ]
            active = len(ledger.active())
            if ledger.stopped or (not left and not active):
                return ledger
            for interval in left[: max(self.backfill.parallel - active, 0)]:
                tell(self.submit(interval))
            time.sleep(self.poll)

    def submit(self, interval: Interval) -> str:
        """Create the workflow of an interval; say whether it was there already."""
        manifest = json.dumps(self.backfill.workflow(interval, self.namespace))
        words = ("create", "-f", "-")
        answer = self.kubectl.ask(*words, text=manifest)
        name = self.backfill.run(interval)
        if answer.status and "AlreadyExists" in answer.err:
            return f"= {name} is there already"
        if answer.status:
            raise failure(words, answer)
        self._write({name: _GONE})
        return f"+ {name}"

    def stop(self, *, running: bool) -> list[str]:
        """Let nothing more be submitted; with `running`, stop the workflows too, and name them."""
        self._write({_STOPPED: "true"})
        active = self.ledger().active() if running else []
        for name in active:
            patch = json.dumps({"spec": {"shutdown": "Stop"}})
            self.kubectl.text("patch", "workflows.argoproj.io", name, "-n", self.namespace,
                              "--type", "merge", "-p", patch)  # fmt: skip
        return active

    def _noted(self) -> dict[str, str]:
        words = ("get", "configmap", self._note, "-n", self.namespace, "--ignore-not-found")
        found = self.kubectl.json(*words) or {}
        return dict(found.get("data") or {})

    def keep(self, ledger: Ledger) -> None:
        """Note the runs that have ended, before they are cleaned up."""
        ended = {name: phase for name, phase in ledger.phases.items() if phase in _ENDED}
        if ended:
            self._write(ended)

    def _write(self, data: Mapping[str, str | None]) -> None:
        patch = json.dumps({"data": data})
        words = (
            "patch",
            "configmap",
            self._note,
            "-n",
            self.namespace,
            "--type",
            "merge",
            "-p",
            patch,
        )
        answer = self.kubectl.ask(*words)
        if answer.status and "NotFound" in answer.err:
            self._create()
            answer = self.kubectl.ask(*words)
        if answer.status:
            raise failure(words, answer)

    def _create(self) -> None:
        labels = {"app.kubernetes.io/managed-by": "argosy", LABEL: self.backfill.name}
        body: dict[str, Any] = {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": self._note, "namespace": self.namespace, "labels": labels},
        }
        answer = self.kubectl.ask("create", "-f", "-", text=json.dumps(body))
        if answer.status and "AlreadyExists" not in answer.err:
            raise failure(("create",), answer)


def lines(backfill: Backfill, ledger: Ledger) -> Iterator[str]:
    """Yield a line for each interval, and one that counts."""
    counts: dict[str, int] = {}
    for interval in backfill.intervals():
        name = backfill.run(interval)
        phase = ledger.phases.get(name, "-")
        counts[phase] = counts.get(phase, 0) + 1
        yield f"{phase:<10} {interval.start:%Y-%m-%dT%H:%M} {name}"
    told = [f"{number} {'to come' if phase == '-' else phase}" for phase, number in counts.items()]
    yield f"{backfill.name}: {', '.join(told)}{' (stopped)' if ledger.stopped else ''}"
