"""Two CronWorkflows → what changes in when the pipeline starts by itself."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from gitops.plan_change import Change
from gitops.plan_data import copied
from gitops.plan_difference import MISSING, differences, ends, same, shown, shown_change
from gitops.plan_step import other
from gitops.schedule import in_words, next_times

_COMES_AND_GOES = "running and past runs of a CronWorkflow may be deleted with it"


def schedule_changes(
    name: str,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    now: datetime | None,
) -> Iterator[Change]:
    """Yield the schedule in words first, then all else of the CronWorkflow called `name`."""
    if before is None and after is None:
        return
    old, new = (None if side is None else copied(side) for side in (before, after))
    was, now_is = _taken(old), _taken(new)
    coming = _next(now_is, now)
    if old is None:
        yield Change(
            "added", "schedule", name, "", _said(now_is) + coming, "attention", None, now_is
        )
    elif new is None:
        text = f"{_said(was)}; {_COMES_AND_GOES}"
        yield Change("removed", "schedule", name, "", text, "danger", was, None)
    else:
        if not same(was, now_is):
            text = f"{_changed(was, now_is)}{coming}"
            yield Change("changed", "schedule", name, "", text, "attention", was, now_is)
        yield from _rest_changes(name, old, new)


def _rest_changes(name: str, before: dict[str, Any], after: dict[str, Any]) -> Iterator[Change]:
    spec, former = ((side.get("spec") or {}) for side in (after, before))
    if isinstance(spec, dict) and isinstance(former, dict):
        was, now = former.pop("suspend", MISSING), spec.pop("suspend", MISSING)
        if not same(was, now):
            text = f"{'paused' if now is True else 'not paused'} (suspend {shown_change(was, now)})"
            yield Change("changed", "schedule", name, "", text, "attention", *ends(was, now))
    path = f"cronworkflow {name}".rstrip()
    yield from (other(path, difference) for difference in differences(before, after))


def _taken(cron: dict[str, Any] | None) -> dict[str, Any]:
    """Take what says when: the lines, the time zone, and the condition of silent times."""
    spec = cron.get("spec") if cron else None
    if not isinstance(spec, dict):
        return {}
    fields = ("schedules", "schedule", "timezone", "when")
    return {field: spec.pop(field) for field in fields if field in spec}


def _lines(when: Mapping[str, Any]) -> list[str]:
    lines = when.get("schedules")
    found = lines if isinstance(lines, list) else []
    single = [when["schedule"]] if "schedule" in when else []
    return [line if isinstance(line, str) else shown(line) for line in [*found, *single]]


def _said(when: Mapping[str, Any], *, zoned: bool = True) -> str:
    lines = _lines(when)
    words = ", and ".join(shown(in_words(line)) for line in lines) or "never"
    spoken = any(not in_words(line).startswith("cron ") for line in lines)
    text = f" ({', '.join(shown(line) for line in lines)})" if spoken else ""
    zone = f" {shown(when.get('timezone', 'UTC'))}" if zoned else ""
    silent = " with silent times" if "when" in when else ""
    return f"{words}{zone}{text}{silent}"


def _changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    old, new = _said(before), _said(after)
    if old == new:
        return ", ".join(str(difference) for difference in differences(before, after))
    return f"{old} → {new}"


def _next(when: Mapping[str, Any], now: datetime | None) -> str:
    if now is None or not when:
        return ""
    times = next_times(_lines(when), str(when.get("timezone", "")), now)
    said = ", ".join(f"{time:%a %Y-%m-%d %H:%M %Z}" for time in times)
    silent = ", if not silent" if "when" in when else ""
    return f"; next {said}{silent}" if times else ""
