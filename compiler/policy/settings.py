"""How strict each policy is in an environment: `policy:` of the project, and of the environment."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from compiler.document import Document, Path
from compiler.policy.builtin import Builtin
from compiler.policy.finding import LEVELS, Level
from compiler.policy.written import Written
from compiler.problems import Location, Problem, nearest
from compiler.record import field, record

Policies = Mapping[str, Builtin | Written]
_KEY = "policy"
_DURATION = re.compile(r"[1-9][0-9]*[smhd]")
_NEED = re.compile(r"(requests|limits)\.\S+")


@record
class Setting:
    """The level of a policy in an environment, its settings, and where it was set last."""

    level: Level
    values: Mapping[str, Any]
    at: Location | None = field(default=None, compare=False)


def _texts(value: Any, form: str = ".+") -> bool:
    return isinstance(value, list) and all(
        isinstance(each, str) and re.fullmatch(form, each) for each in value
    )


# what each setting may be, and how that is said
_FORMS: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "limit": (
        lambda v: isinstance(v, int | float) and not isinstance(v, bool) and v >= 0,
        "a number, 0 or more",
    ),
    "registries": (lambda v: _texts(v) and bool(v), "a list such as [ghcr.io/acme]"),
    "tags": (_texts, "a list of tags"),
    "retries": (lambda v: isinstance(v, bool), "true or false"),
    "complete": (lambda v: isinstance(v, bool), "true or false"),
    "most": (lambda v: isinstance(v, str) and bool(_DURATION.fullmatch(v)), "such as 24h"),
    "standard": (lambda v: v in ("baseline", "restricted"), "baseline or restricted"),
    "needs": (lambda v: _texts(v, _NEED.pattern) and bool(v), "a list such as [limits.memory]"),
    "allowed": (_texts, "a list of names"),
}


def resolve(
    document: Document, environment: str, policies: Policies
) -> tuple[dict[str, Setting], list[Problem]]:
    """Return the setting of each policy in `environment`, and what is wrong with what is said."""
    found = {
        name: Setting(policy.level, dict(policy.settings)) for name, policy in policies.items()
    }
    problems = list[Problem]()
    for path in ((_KEY,), ("environments", environment, _KEY)):
        for name, said in (document.value(path) or {}).items():
            problems += _wrong(document, (*path, name), said, policies)
            if name in found:
                found[name] = _over(found[name], said, document.key((*path, name)))
    for name, setting in found.items():
        missing = [key for key, value in setting.values.items() if value is None]
        if setting.level != "off" and missing and setting.at:
            text = f"`{name}` needs `{missing[0]}`"
            hint = f"`{name}: {{{missing[0]}: …, level: {setting.level}}}`"
            problems.append(Problem("bad-policy", text, setting.at, hint))
    return found, problems


def _over(before: Setting, said: Any, at: Location) -> Setting:
    if said in LEVELS:
        return Setting(said, before.values, at)
    if not isinstance(said, Mapping):
        return before
    values = {key: value for key, value in said.items() if key != "level"}
    level: Level = said["level"] if said.get("level") in LEVELS else before.level
    # who gives a limit means it
    if "level" not in said and values and level == "off":
        level = "refuse"
    return Setting(level, {**before.values, **values}, at)


def _wrong(document: Document, path: Path, said: Any, policies: Policies) -> Iterator[Problem]:
    name = str(path[-1])
    policy = policies.get(name)
    if policy is None:
        hint = nearest(name, tuple(policies))
        yield Problem("bad-policy", f"no policy `{name}`", document.key(path), hint)
        return
    level = said.get("level") if isinstance(said, Mapping) else said
    if level not in LEVELS and not (level is None and isinstance(said, Mapping)):
        at = document.at((*path, "level") if isinstance(said, Mapping) else path)
        yield Problem("bad-policy", f"`{level}` is no level", at, "warn, refuse or off")
    for key, value in said.items() if isinstance(said, Mapping) else ():
        if key != "level":
            yield from _misset(document, (*path, key), value, policy)


def _misset(
    document: Document, path: Path, value: Any, policy: Builtin | Written
) -> Iterator[Problem]:
    key = str(path[-1])
    if key not in policy.settings:
        known = (*policy.settings, "level")
        text = f"`{policy.name}` has no setting `{key}`"
        yield Problem("bad-policy", text, document.key(path), nearest(key, known))
    elif isinstance(policy, Builtin) and not _FORMS[key][0](value):
        text = f"`{key}` is {_FORMS[key][1]}"
        yield Problem("bad-policy", text, document.at(path))
    elif isinstance(policy, Written) and type(value) is not type(policy.settings[key]):
        text = f"`{key}` is not of the kind that the policy has: {policy.settings[key]!r}"
        yield Problem("bad-policy", text, document.at(path))
