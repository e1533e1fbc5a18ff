"""Policies about what pods ask for: resources, GPUs, a service account, time."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from compiler.duration import seconds
from compiler.policy.view import View, Violation, resources

Settings = Mapping[str, Any]
_DURATION = re.compile(r"[0-9]+[smhd]")
_PODS = ("container", "script", "containerSet", "resource", "data", "http", "plugin")


def resourced(view: View, settings: Settings) -> Iterator[Violation]:
    """Yield containers that do not say what they need, sidecars and init containers too."""
    for step, pod, role, body in view.containers:
        asked = resources(body)
        if missing := [each for each in settings["needs"] if not asked.get(each)]:
            name = f"{role} `{body.get('name', '')}` of `{pod.template}`"
            said = " and ".join(f"`{each}`" for each in missing)
            hint = "say it by `hardware:`, or in the object itself"
            yield Violation(f"{name} has no {said}", step, "hardware", hint)


def few_gpus(view: View, settings: Settings) -> Iterator[Violation]:
    """Yield pods with more GPUs than `limit`, and those whose number is not known."""
    limit = settings["limit"]
    for step, pod in view.pods:
        totals = {"running": 0.0, "init": 0.0}
        for role, body in pod.containers():
            number = sum(_gpus(name, value) for name, value in resources(body).items())
            if role == "init" and body.get("restartPolicy") != "Always":
                totals["init"] = max(totals["init"], number)
            else:
                totals["running"] += number
        if pod.spec.get("resourceClaims"):
            text = f"the pod of `{pod.template}` claims devices that cannot be counted here"
            yield Violation(text, step, "hardware", "ask for them by `gpu:`")
        if (most := max(totals.values())) > limit:
            many = (
                "a number of GPUs that a run decides" if most == float("inf") else f"{most:g} GPUs"
            )
            yield Violation(f"the pod of `{pod.template}` asks for {many}; the limit is {limit}",
                            step, "hardware", "ask for fewer, or raise the limit")  # fmt: skip


def _gpus(name: str, value: Any) -> float:
    resource = name.removeprefix("requests.")
    kind = resource.rpartition("/")[2]
    if not name.startswith("requests.") or "/" not in resource:
        return 0
    if not (kind.startswith(("gpu", "mig-")) or "gpu" in resource.partition("/")[0]):
        return 0
    try:
        return float(value)
    except (TypeError, ValueError):
        return float("inf")


def own_account(view: View, settings: Settings) -> Iterator[Violation]:
    """Yield pods that run as `default`, or as one that is not allowed."""
    allowed = settings["allowed"]
    for step, pod in view.pods:
        name = str(
            pod.spec.get("serviceAccountName") or pod.spec.get("serviceAccount") or "default"
        )
        if name == "default" or "{{" in name or (allowed and name not in allowed):
            hint = f"allowed are {', '.join(allowed)}" if allowed else "give it one of its own"
            text = f"the pod of `{pod.template}` runs as the service account `{name}`"
            yield Violation(text, step, "resource" if pod.origin == "object" else "", hint)


def timed(view: View, settings: Settings) -> Iterator[Violation]:
    """Yield templates that may run, or wait, without end, or for longer than `most`."""
    most = seconds(settings["most"])
    for step, template, spec in view.templates():
        longest = _longest(template, spec)
        name, hint = template.get("name", ""), "add `timeout:` to the step, or to `defaults`"
        if longest is None:
            continue
        if not longest:
            yield Violation(f"`{name}` has no timeout", step, "timeout", hint)
        elif most and longest > most:
            text = f"`{name}` may take {longest:g}s; the limit is {settings['most']}"
            yield Violation(text, step, "timeout", "make it shorter")


def _longest(template: Mapping[str, Any], spec: Mapping[str, Any]) -> float | None:
    """Return the seconds that a template may take, 0 for no limit; None if it takes no time."""
    suspended = template.get("suspend")
    if suspended is None and not any(template.get(kind) is not None for kind in _PODS):
        return None
    said = [template.get("timeout"), template.get("activeDeadlineSeconds"),
            spec.get("activeDeadlineSeconds")]  # fmt: skip
    if isinstance(suspended, Mapping):
        said.append(suspended.get("duration"))
    found = [each for each in map(_seconds, said) if each]
    return min(found, default=0)


def _seconds(value: Any) -> float:
    if isinstance(value, int | float):
        return float(value)
    text = str(value or "")
    if text.isdecimal():
        return float(text)
    return float(seconds(text)) if _DURATION.fullmatch(text) else 0
