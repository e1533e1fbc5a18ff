"""What a notice says: from Argo's variables to a title, lines and data."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from compiler.record import record

_ATTEMPT = re.compile(r"(.+)\((\d+)\)")
_MOST = 20


@record
class Message:
    """A title, lines of text, and the same as JSON data."""

    title: str
    lines: tuple[str, ...]
    data: Mapping[str, Any]

    @property
    def text(self) -> str:
        """The whole as plain text."""
        return "\n".join([self.title, *self.lines])


@record
class Subject:
    """The run that a notice is about; `links` by name. `after` says late by what it is, in words.

    `duration` is in seconds, 0 if it is not known.
    """

    pipeline: str
    environment: str
    run: str
    status: str
    duration: float
    links: Mapping[str, str]
    after: str = ""


def compose(subject: Subject, failures: Mapping[str, str], text: str) -> Message:
    """Return the message about a run: its own text, or what has happened, and the details."""
    what = f"has not ended after {subject.after}" if subject.after else subject.status.lower()
    title = text or f"{subject.pipeline} {what} in {subject.environment}"
    shown = [f"{step}: {message}" for step, message in failures.items()]
    more = [f"and {len(shown) - _MOST} more"] if len(shown) > _MOST else []
    lines = [f"run {subject.run}{_lasted(subject)}", *shown[:_MOST], *more]
    lines += [f"{name}: {url}" for name, url in subject.links.items()]
    data = {
        "pipeline": subject.pipeline,
        "environment": subject.environment,
        "run": subject.run,
        "status": "Late" if subject.after else subject.status,
        "duration": subject.duration,
        "failures": [{"step": step, "message": message} for step, message in failures.items()],
        "links": dict(subject.links),
        "text": title,
    }
    return Message(title, tuple(lines), data)


def _lasted(subject: Subject) -> str:
    """Say how long a run took, as people do: `, 1h 5m`."""
    minutes, seconds = divmod(round(subject.duration), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [f"{n}{unit}" for n, unit in ((hours, "h"), (minutes, "m"), (seconds, "s")) if n]
    return f", {' '.join(parts[:2])}" if parts else ""


def failures(text: str) -> Mapping[str, str]:
    """Return the message of each step that failed, from `workflow.failures`.

    It is JSON inside of JSON, and lists groups, which have no message, and every attempt. Text
    that is none of this is no failure of a step.
    """
    found: dict[str, str] = {}
    for name, message in _listed(text):
        attempt = _ATTEMPT.fullmatch(name)
        found[attempt[1] if attempt else name] = message
    return found


def _listed(text: str) -> Iterator[tuple[str, str]]:
    try:
        items = json.loads(json.loads(text))
    except (ValueError, TypeError):
        return
    entries = [item for item in items or () if isinstance(item, dict) and item.get("message")]
    # a step that was tried again says no more than that; its attempts come after it
    entries.sort(key=lambda item: bool(_ATTEMPT.fullmatch(str(item.get("displayName")))))
    yield from ((str(item.get("displayName")), str(item["message"])) for item in entries)
