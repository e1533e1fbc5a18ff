"""A finding: the rule it breaks, the place inside a manifest, and who would object, when."""

from enum import StrEnum

from compiler.record import record

Path = tuple[str | int, ...]


class Judge(StrEnum):
    """Who objects, in the order in which a manifest meets them; from ERROR on at run time."""

    LINT = "lint"
    API = "api"
    SUBMIT = "submit"  # the controller, before any node
    IGNORED = "ignored"  # the controller drops the CronWorkflow, with a line in its own log
    ERROR = "error"  # a node or the run ends in Error or Failed
    WRONG = "wrong"  # the run succeeds, and something else was computed than is written
    UNSURE = "unsure"  # as the cluster or the data will have it; no manifest tells


@record
class Finding:
    """`rule` as in V11, G07, N01; `path` inside the manifest; `message` close to Argo's own."""

    path: Path
    rule: str
    message: str
    judges: frozenset[Judge]

    def __str__(self) -> str:
        return f"{written(self.path)}: {self.message} ({self.rule})"


def written(path: Path) -> str:
    """Write a path as Argo does: `spec.templates[0].name`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")
