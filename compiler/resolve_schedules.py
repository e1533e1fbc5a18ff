"""Spec → Schedules: one, or a list of them, each with a name of its own."""

from collections.abc import Iterator, Mapping
from typing import Any

from compiler import parameters
from compiler.document import Path
from compiler.duration import seconds
from compiler.matrix import shortened, text
from compiler.problems import Problem, nearest
from compiler.schedules import Schedule, Silence
from compiler.spec import Spec

ZONE = "Etc/UTC"
# Argo appends 11 characters to the name of a CronWorkflow for each run that it starts
_LONGEST = 52
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_DEADLINE = "10m"


def resolve(spec: Spec, problems: list[Problem]) -> tuple[Schedule, ...]:
    """Return the schedules of `spec`; add to `problems` what their names and params break."""
    found = []
    for body, path in _bodies(spec.schedule):
        problems += _params_problems(spec, body, path)
        found.append(_schedule(spec, body, path))
    problems += _same_names(found)
    return tuple(found)


def _bodies(schedule: Any) -> Iterator[tuple[Mapping[str, Any], Path]]:
    if isinstance(schedule, list):
        yield from ((body, ("schedule", index)) for index, body in enumerate(schedule))
    elif schedule is not None:
        yield {"cron": schedule} if isinstance(schedule, str) else schedule, ("schedule",)


def _schedule(spec: Spec, body: Mapping[str, Any], path: Path) -> Schedule:
    document, lines = spec.document, body["cron"]
    crons = [lines] if isinstance(lines, str) else lines
    whole = path if isinstance(spec.schedule, str) else (*path, "cron")
    places = [whole] if isinstance(lines, str) else [(*whole, n) for n in range(len(lines))]
    # a dot, for no pipeline has one in its name: two of them never meet
    name = f"{spec.name}.{body['name']}" if "name" in body else spec.name
    return Schedule(
        name=shortened(name, _LONGEST),
        crons=tuple(crons),
        timezone=body.get("timezone", ZONE),
        concurrency=body.get("concurrency", "forbid").capitalize(),
        deadline=seconds(body.get("deadline", _DEADLINE)),
        suspended=body.get("suspend", False),
        until=body.get("until", ""),
        silences=tuple(_silences(spec, body, path)),
        params=tuple((key, text(value)) for key, value in body.get("params", {}).items()),
        at=document.at(path),
        places=(
            tuple(document.at(place) for place in places),
            document.at((*path, "timezone")),
            document.at((*path, "until")),
        ),
    )


def _silences(spec: Spec, body: Mapping[str, Any], path: Path) -> Iterator[Silence]:
    for index, entry in enumerate(body.get("except", ())):
        at = spec.document.at((*path, "except", index))
        days = tuple(day for day in _DAYS if day[:3].lower() in entry.get("days", ()))
        start = entry.get("from", "00:00" if days else "")
        yield Silence(days, start, entry.get("to", "24:00" if days else start), at)


def _params_problems(spec: Spec, body: Mapping[str, Any], path: Path) -> Iterator[Problem]:
    for name, value in body.get("params", {}).items():
        place: Path = (*path, "params", name)
        if name not in spec.params:
            hint, at = nearest(name, tuple(spec.params)), spec.document.key(place)
            yield Problem("bad-parameter", f"no parameter `{name}`", at, hint)
        elif refused := parameters.refusal(spec.params[name], value):
            yield Problem("bad-parameter", refused[0], spec.document.at(place), refused[1])


def _same_names(schedules: list[Schedule]) -> Iterator[Problem]:
    names = [schedule.name for schedule in schedules]
    for index, schedule in enumerate(schedules):
        if schedule.name in names[:index]:
            hint = "give each a `name:` of its own; what runs is called after it"
            message = "two schedules have the same name"
            yield Problem("same-name", message, schedule.at, hint)
