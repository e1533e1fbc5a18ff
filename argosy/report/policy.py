"""Policies of environments and what they find, for people and machines."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from argosy.report.diagnostics import plain
from argosy.report.document import document
from argosy.report.words import counted
from compiler.policy.finding import Finding
from compiler.policy.judgement import Judgement
from compiler.policy.settings import Policies, Setting
from compiler.record import as_data, record


@record
class Sitting:
    """The policies of one environment, how they are set, and what they found."""

    environment: str
    policies: Policies
    settings: Mapping[str, Setting]
    judgement: Judgement

    def of(self, policy: str) -> list[Finding]:
        """Return what one policy found, suppressed or not."""
        return [found for found in self.judgement.findings if found.policy == policy]


def lines(sitting: Sitting) -> Iterator[str]:
    """Yield a line for each policy, those that are asked first, then what is suppressed."""
    asked = [name for name, setting in sitting.settings.items() if setting.level != "off"]
    yield f"{sitting.environment}: {len(asked)} of {len(sitting.policies)} policies are asked"
    for name in sorted(sitting.policies, key=lambda each: (each not in asked, each)):
        policy, setting = sitting.policies[name], sitting.settings[name]
        yield f"  {setting.level:<7} {name:<20} {_told(sitting, name):<22} {plain(policy.asks)}"
    for found in sitting.judgement.findings:
        if why := found.suppressed:
            place = f"{found.pipeline}.{found.step}" if found.step else found.pipeline
            reason = f"until {why.until}: {plain(why.reason)}"
            yield f"  suppressed {found.policy} of {plain(place)} {reason} ({why.at})"


def _told(sitting: Sitting, name: str) -> str:
    found = sitting.of(name)
    counting = sum(each.counts for each in found)
    if sitting.settings[name].level == "off":
        return ""
    if not found:
        return "✔"
    rest = len(found) - counting
    more = f", {rest} suppressed" if rest else ""
    return f"{counted(counting, 'finding')}{more}"


def markdown(sittings: Sequence[Sitting]) -> str:
    """Return a section for each environment: its policies, then the findings that count."""
    parts = []
    for sitting in sittings:
        parts += [f"### policies of {sitting.environment}\n", "| policy | level | found |",
                  "|---|---|---|"]  # fmt: skip
        for name, setting in sitting.settings.items():
            if setting.level != "off":
                parts.append(f"| {name} | {setting.level} | {_told(sitting, name)} |")
        rows = [_row(found) for found in sitting.judgement.findings if found.counts]
        parts += ["", "| | policy | says | at |", "|---|---|---|---|", *rows] if rows else []
        parts.append("")
    return "\n".join(parts) + "\n"


def _row(found: Finding) -> str:
    mark = {"refuse": "⛔", "warn": "⚠️"}[found.level]
    said = _cell(f"{found.pipeline}: {found.message}")
    return f"| {mark} | {found.policy} | {said} | {_cell(str(found.location))} |"


def _cell(text: str) -> str:
    """Return text that a table of Markdown shows as it is, and that mentions nobody."""
    safe = plain(text).replace("&", "&amp;").replace("<", "&lt;").replace("\n", " ")
    return re.sub(r"([\\`*_{}\[\]()#+!|~>-])", r"\\\1", safe.replace("@", "@\u200b"))


def as_json(sittings: Sequence[Sitting]) -> str:
    """Return all of it as JSON, by the schema `policies`."""
    found = {"version": 1, "environments": [_environment(sitting) for sitting in sittings]}
    return document(found)


def _environment(sitting: Sitting) -> dict[str, Any]:
    return {
        "environment": sitting.environment,
        "policies": [
            {
                "name": name,
                "asks": policy.asks,
                "level": sitting.settings[name].level,
                "settings": as_data(dict(sitting.settings[name].values)),
            }
            for name, policy in sitting.policies.items()
        ],
        "findings": [_finding(found) for found in sitting.judgement.findings],
        "notices": [
            {"message": notice.message, "hint": notice.hint, **_place(notice.at)}
            for notice in sitting.judgement.notices
        ],
    }


def _finding(found: Finding) -> dict[str, Any]:
    why = found.suppressed
    keys = ("policy", "level", "pipeline", "step", "message", "hint")
    suppressed = why and {
        **{key: getattr(why, key) for key in ("reason", "until", "owner")},
        **_place(why.at),
    }
    return {
        **{key: getattr(found, key) for key in keys},
        **_place(found.location),
        "suppressed": suppressed,
    }


def _place(at: Any) -> dict[str, Any]:
    return {"file": at.file, "line": at.line, "column": at.column}
