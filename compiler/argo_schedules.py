"""Schedules → CronWorkflows."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from compiler.pipeline import Pipeline
from compiler.schedules import Schedule, Silence

_DAY = "2006-01-02"
# A CronWorkflow owns its runs: with it, a sync that prunes would delete those that are running.
# Argo's controller takes this finalizer off a run that has ended, and off no other.
_TO_ITS_END = "workflows.argoproj.io/artifact-gc"


def cron_workflows(
    pipeline: Pipeline, head: Mapping[str, Any], spec: Mapping[str, Any]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the file name and the CronWorkflow of each schedule; `spec` is the template's."""
    for schedule in pipeline.schedules:
        _, dot, name = schedule.name.partition(".")
        file = f"cronworkflow-{name}.yaml" if dot else "cronworkflow.yaml"
        metadata = {**head["metadata"], "name": schedule.name}
        body = _spec(pipeline, schedule, spec)
        yield file, {**head, "kind": "CronWorkflow", "metadata": metadata, "spec": body}


def _spec(pipeline: Pipeline, schedule: Schedule, spec: Mapping[str, Any]) -> dict[str, Any]:
    """The whole spec is repeated: a CronWorkflow that refers to a template which a sync applies
    after it is dropped as invalid, and its first fire time is lost."""
    success, failure = pipeline.terms.retention.scheduled
    when = _when(schedule)
    return {
        "schedules": list(schedule.crons),
        "timezone": schedule.timezone,
        **({"when": when} if when else {}),
        "concurrencyPolicy": schedule.concurrency,
        **({"suspend": True} if schedule.suspended else {}),
        "startingDeadlineSeconds": schedule.deadline,
        "successfulJobsHistoryLimit": success,
        "failedJobsHistoryLimit": failure,
        "workflowMetadata": {**spec["workflowMetadata"], "finalizers": [_TO_ITS_END]},
        "workflowSpec": {
            key: _given(value, schedule) if key == "arguments" else value
            for key, value in spec.items()
            if key != "workflowMetadata"
        },
    }


def _given(arguments: Mapping[str, Any], schedule: Schedule) -> dict[str, Any]:
    """Return the arguments with the values of the schedule."""
    given = dict(schedule.params)
    found = [
        {**parameter, "value": given.get(parameter["name"], parameter.get("value"))}
        for parameter in arguments["parameters"]
    ]
    return {**arguments, "parameters": found}


def _when(schedule: Schedule) -> str:
    """Write when runs may start. A `stopStrategy` would not do for `until`: what it has stopped
    stays so, even if the day is moved or the change is reverted."""
    terms = [f"now() < {_midnight(schedule, schedule.until, 1)}"] if schedule.until else []
    terms += [f"!({_silent(schedule, silence)})" for silence in schedule.silences]
    return f"{{{{= {' && '.join(terms)} }}}}" if terms else ""


def _silent(schedule: Schedule, silence: Silence) -> str:
    if not silence.days:
        start = _midnight(schedule, silence.start, 0)
        return f"now() >= {start} && now() < {_midnight(schedule, silence.end, 1)}"
    local = f"now().In(timezone('{schedule.timezone}'))"
    days = ", ".join(f"'{day}'" for day in silence.days)
    clock = f"{local}.Format('15:04')"
    return (
        f"{local}.Weekday().String() in [{days}]"
        f" && {clock} >= '{silence.start}' && {clock} < '{silence.end}'"
    )


def _midnight(schedule: Schedule, day: str, later: int) -> str:
    found = date.fromisoformat(day) + timedelta(days=later)
    return f"date('{found}', '{_DAY}', '{schedule.timezone}')"
