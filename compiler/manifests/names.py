"""Names as Argo takes them: of templates, steps and tasks, of parameters and artifacts."""

import re

from compiler.manifests.context import Context
from compiler.manifests.findings import Path
from compiler.manifests.holders import Data, words

_FIELD = re.compile(r"[a-zA-Z0-9][-a-zA-Z0-9]*")
_DATUM = re.compile(r"[-a-zA-Z0-9_]+")
_PARAMETER = re.compile(r"\{\{[-a-zA-Z0-9]+(\.[-a-zA-Z0-9_]+)*\}\}")
_LONGEST = 128
BAD_DATUM = (
    "Parameter/Artifact name must consist of alpha-numeric characters, '_' or '-' "
    "e.g. my_param_1, MY-PARAM-1"
)


def of_field(name: str) -> str:
    """Say what is wrong with the name of a template, a step or a task; nothing if it is fine."""
    if len(name.encode()) > _LONGEST:
        return f"must be no more than {_LONGEST} characters"
    if not _FIELD.fullmatch(name):
        return (
            "name must consist of alpha-numeric characters or '-', and must start with an "
            "alpha-numeric character (e.g. My-name1-2, 123-NAME)"
        )
    return ""


def of_datum(name: str) -> str:
    """Say what is wrong with the name of a parameter or an artifact; nothing if it is fine."""
    return "" if _DATUM.fullmatch(name) else BAD_DATUM


def holds_tag(text: str) -> bool:
    return bool(_PARAMETER.search(text))


def check_all(ctx: Context, items: list[Data], path: Path, *, data: bool) -> None:
    """Report names that are missing, malformed or not unique; `data`: of parameters."""
    rule, seen = "V15" if data else "V14", set()
    for index, item in enumerate(items):
        name, at = words(item.get("name")), (*path, index, "name")
        if not name:
            ctx.report(rule, at, "name is required")
        elif wrong := of_datum(name) if data else of_field(name):
            ctx.report(rule, at, f"'{name}' is invalid: {wrong}")
        elif name in seen:
            ctx.report(rule, at, f"name '{name}' is not unique")
        seen.add(name)


def check_global(ctx: Context, item: Data, path: Path) -> None:
    """Report a `globalName` that is none; one that a tag makes is seen at run time."""
    name = words(item.get("globalName"))
    if name and not holds_tag(name) and (wrong := of_datum(name)):
        ctx.report("V16", (*path, "globalName"), wrong)
