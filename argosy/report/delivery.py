"""What a delivery ended in, for machines: publish, promotion, rollback, hold, backfill."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from argosy.report.document import document
from compiler.record import as_data

_VERSION = 1
_REMOTE = ("commit", "tree", "branch", "url", "added", "changed", "removed", "held", "notes")


@dataclass
class Delivery:
    """What is known of a delivery while it goes on; `gitops` and `source` are what it wrote."""

    command: str
    environment: str
    title: str = ""
    evidence: tuple[object, ...] = ()
    plan: tuple[str, ...] = ()
    gitops: Mapping[str, Any] | None = None
    source: Mapping[str, Any] | None = None

    def as_json(self, result: str, reason: str = "") -> str:
        """Return it as JSON by the schema `delivery`, ended in `result`."""
        return document(
            {
                "version": _VERSION,
                "command": self.command,
                "environment": self.environment,
                "result": result,
                "reason": reason,
                "title": self.title,
                "evidence": [as_data(each) for each in self.evidence],
                "plan": list(self.plan),
                "gitops": self.gitops,
                "source": self.source,
            }
        )


def remote(outcome: object, url: str = "") -> dict[str, Any]:
    """Return what an outcome says of the GitOps repository; texts it has none of are empty."""
    found: dict[str, Any] = {}
    for key in _REMOTE:
        empty: Any = "" if key in _REMOTE[:4] else ()
        value = getattr(outcome, "paths" if key == "held" else key, empty)
        found[key] = value if isinstance(value, str) else list(value)
    return {**found, "url": url}


def hold(environment: str, found: object, result: str, reason: str = "") -> str:
    """Return a hold as JSON by the schema `hold`; `found` is None where there is none."""
    told = as_data(found) if found else None
    body = {"environment": environment, "result": result, "reason": reason, "hold": told}
    return document({"version": _VERSION, **body})


def backfill(about: Mapping[str, str], stopped: bool, runs: Iterable[Mapping[str, str]]) -> str:
    """Return a backfill as JSON by the schema `backfilled`."""
    return document({"version": _VERSION, **about, "stopped": stopped, "runs": list(runs)})


@dataclass
class Made:
    """Where a change of the source is: a commit on a branch, maybe pushed, and its request."""

    commit: str
    branch: str
    url: str = ""
    pushed: bool = False
    there: bool = False
