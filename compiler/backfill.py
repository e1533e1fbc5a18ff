"""A backfill: a pipeline once for each interval of the past, as a file that is reviewed.

`backfills/PIPELINE/ID.yaml` is data. It is rendered into no environment: a one-shot Workflow in a
folder that is synced would be started again as often as it is cleaned up. Its workflows have names
that follow from the file alone, so that submitting one twice cannot run it twice.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from compiler import schema
from compiler.convention import ENVIRONMENT, PIPELINE
from compiler.document import Document, read
from compiler.emit import emit
from compiler.files import read_text
from compiler.problems import Problem, Rejected
from compiler.record import record
from compiler.source import plain

FOLDER = "backfills"
LABEL, INTERVAL = "argosy.dev/backfill", "argosy.dev/interval"
MOST, _NAME = 1000, 63
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
# how an interval is written as a value, and in a name
_FORMS = {"h": "%Y-%m-%dT%H:%M:%SZ", "d": "%Y-%m-%d", "w": "%Y-%m-%d", "mo": "%Y-%m"}
_MONTH = 12


@record
class Interval:
    """From `start`, which belongs to it, to `end`, which does not; both in UTC."""

    start: datetime
    end: datetime


@record
class Backfill:
    """What a file says: `params` are those of every run, `start` and `end` name the parameters
    that take an interval; `end` may be empty."""

    name: str
    pipeline: str
    environment: str
    begin: str
    until: str
    every: str
    start: str
    end: str
    parallel: int
    params: Mapping[str, str]

    @property
    def file(self) -> str:
        """The path of the file, from the root of the project."""
        return f"{FOLDER}/{self.pipeline}/{self.name}.yaml"

    def write(self) -> bytes:
        """Return the canonical bytes of the file."""
        body: dict[str, Any] = {
            "apiVersion": "argosy.dev/v1",
            "kind": "Backfill",
            "name": self.name,
            "pipeline": self.pipeline,
            "environment": self.environment,
            "from": self.begin,
            "to": self.until,
            "every": self.every,
            "parallel": self.parallel,
            "startParam": self.start,
            **({"endParam": self.end} if self.end else {}),
            **({"params": dict(self.params)} if self.params else {}),
        }
        return emit(body, f"Reviewed like code; `argosy backfill run {self.name}` starts it.")

    def intervals(self) -> tuple[Interval, ...]:
        """Return the intervals, oldest first; raise `ValueError` where they leave a rest."""
        number, unit = _every(self.every)
        at, last = moment(self.begin), moment(self.until)
        found: list[Interval] = []
        while at < last:
            end = _after(at, number, unit)
            found.append(Interval(at, end))
            at = end
            if len(found) > MOST:
                raise ValueError(f"more than {MOST} intervals")
        if not found:
            raise ValueError("it ends before it begins")
        if at != last:
            raise ValueError(f"the last interval would end at {at:%Y-%m-%dT%H:%M}, after `to`")
        return tuple(found)

    def values(self, interval: Interval) -> dict[str, str]:
        """Return the parameters of the run of an interval."""
        form = _FORMS[_every(self.every)[1]]
        found = {**self.params, self.start: interval.start.strftime(form)}
        return {**found, self.end: interval.end.strftime(form)} if self.end else found

    def run(self, interval: Interval) -> str:
        """Return the name of the run of an interval: it follows from the file alone."""
        return f"{self.pipeline}-{self.name}-{key(self, interval)}"

    def workflow(self, interval: Interval, namespace: str) -> dict[str, Any]:
        """Return the Workflow of an interval, which runs the template of the environment."""
        labels = {
            "app.kubernetes.io/managed-by": "argosy",
            ENVIRONMENT: self.environment,
            PIPELINE: self.pipeline,
            LABEL: self.name,
        }
        said = f"{interval.start.isoformat()}/{interval.end.isoformat()}"
        return {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Workflow",
            "metadata": {
                "name": self.run(interval),
                "namespace": namespace,
                "labels": labels,
                "annotations": {INTERVAL: said},
            },
            "spec": {
                "workflowTemplateRef": {"name": self.pipeline},
                "arguments": {
                    "parameters": [
                        {"name": name, "value": value}
                        for name, value in self.values(interval).items()
                    ]
                },
            },
        }


def key(backfill: Backfill, interval: Interval) -> str:
    """Return the part of a run's name that says which interval it is of."""
    unit = _every(backfill.every)[1]
    return interval.start.strftime({"h": "%Y%m%dt%H", "mo": "%Y%m"}.get(unit, "%Y%m%d"))


def moment(text: str) -> datetime:
    """Read a month, a day, or a day and an hour, in UTC; raise `ValueError`."""
    whole = f"{text}-01" if re.fullmatch(r"\d{4}-\d{2}", text) else text
    found = datetime.fromisoformat(whole)
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def read_backfill(root: Path, file: str) -> Backfill:
    """Read a file; raise `Rejected` with every mistake of it."""
    return parse(file, read_text(root, file))


def parse(file: str, text: str) -> Backfill:
    """Read the text of a file; raise `Rejected` with every mistake of it."""
    document, problems = schema.check(read(plain(file, text)), "backfill")
    data = document.data
    found = Backfill(
        data["name"], data["pipeline"], data["environment"], data["from"], data["to"],
        data["every"], data["startParam"], data.get("endParam", ""), data.get("parallel", 1),
        data.get("params", {}),
    )  # fmt: skip
    if found.file != file:
        text, at = f"this is the file of `{found.file}`", document.at(("name",))
        problems.append(Problem("name", text, at, "make them equal"))
    problems += _faults(found, document)
    if problems:
        raise Rejected(problems)
    return found


def _faults(backfill: Backfill, document: Document) -> Iterator[Problem]:
    """Yield what is wrong with times and names."""
    try:
        intervals = backfill.intervals()
    except ValueError as error:
        hint = "`from` belongs to it, `to` does not: a day after the last"
        text = f"these intervals are none: {error}"
        yield Problem("bad-value", text, document.at(("to",)), hint)
        return
    for name in (backfill.start, backfill.end):
        if name in backfill.params:
            text = f"`{name}` takes the interval, and has a value of its own"
            yield Problem("bad-value", text, document.key(("params", name)), "remove one")
    longest = backfill.run(intervals[0])
    if len(longest) > _NAME:
        text = f"its runs would have names of {len(longest)} characters, such as `{longest}`"
        hint = f"at most {_NAME}: a shorter `name`, which is --id"
        yield Problem("bad-name", text, document.at(("name",)), hint)


def _every(text: str) -> tuple[int, str]:
    match = re.fullmatch(r"([1-9]\d{0,3})(h|d|w|mo)", text)
    if match is None:
        raise ValueError(f"`{text}` is no step: 6h, 1d, 1w or 1mo")
    return int(match[1]), match[2]


def _after(at: datetime, number: int, unit: str) -> datetime:
    if unit != "mo":
        return at + number * _UNITS[unit]
    months = at.year * _MONTH + at.month - 1 + number
    if at.day != 1:
        raise ValueError("months begin on their first day")
    return at.replace(year=months // _MONTH, month=months % _MONTH + 1)
