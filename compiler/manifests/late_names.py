"""Names that fail at run time: labels, keys, tags and names in expressions."""

import json
import re
from collections.abc import Iterator
from typing import Any

from compiler.manifests import expressions, selectors
from compiler.manifests.findings import Finding, Judge, Path
from compiler.manifests.holders import Data, is_leaf, is_pod, mapping, mappings, words
from compiler.manifests.holders import parameters as declared
from compiler.manifests.late_part import Part, finding
from compiler.manifests.loops import loops
from compiler.manifests.tags import KNOWN, RETRY, simple, text
from compiler.manifests.tags import expressions as inside

SUBDOMAIN = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.',"
    " and must start and end with an alphanumeric character (e.g. 'example.com', regex used for"
    " validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)
_KEY = re.compile(r"[a-zA-Z0-9][-a-zA-Z0-9]*")
_DISPLAY = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9-.]{0,61}[a-zA-Z0-9]")
_REFERENCE = re.compile(r"[a-zA-Z][\w-]*([.\[][\w\]-]+)*")
_ROOTS = ("workflow", "inputs", "outputs", "tasks", "steps", "item", "pod", "node", "retries")
_RETRY = ("retries", "lastRetry")
_NUMBERS = re.compile(r"as(Int|Float)\(\s*['\"]([^'\"]*)['\"]\s*\)")


def labels(found: Data, at: Path) -> Iterator[Finding]:
    """G12: labels as Kubernetes takes them."""
    for key, value in found.items():
        shown = words(value)
        wrong = selectors.of_key(str(key)) or ("" if "{{" in shown else selectors.of_value(shown))
        if wrong:
            yield finding("G12", (*at, str(key)), wrong, Judge.ERROR)


def keys(part: Part) -> Iterator[Finding]:
    """G12: pod labels, the key of a cache, the name shown."""
    found = mapping(mapping(part.template.get("metadata")).get("labels"))
    yield from labels(found, (*part.path, "metadata", "labels"))
    key = words(mapping(part.template.get("memoize")).get("key"))
    if key and "{{" not in key and not _KEY.fullmatch(key):
        at = (*part.path, "memoize", "key")
        yield finding("G12", at, f"invalid cache key: {key}", Judge.ERROR)
    shown = mapping(part.template.get("annotations")).get("workflows.argoproj.io/display-name")
    if shown and "{{" not in words(shown) and not _DISPLAY.fullmatch(words(shown)):
        message = f"displayName must match the regex ^{_DISPLAY.pattern}$"
        yield finding("G12", (*part.path, "annotations"), message, Judge.ERROR)


def pods(part: Part) -> Iterator[Finding]:
    """N12: pods are named after their template, and have no capitals; not that of an entrypoint."""
    name = words(part.template.get("name"))
    alone = part.base.spec.get("entrypoint") == name and not part.template.get("retryStrategy")
    if name != name.lower() and is_pod(part.template) and "{{" not in name and not alone:
        message = f"a pod is named after its template, and {name} has capitals: {SUBDOMAIN}"
        yield finding("N12", (*part.path, "name"), message, Judge.ERROR)


def tags(part: Part) -> Iterator[Finding]:
    """G6: a tag that nothing replaces reaches the container as it is written."""
    retried = part.template.get("retryStrategy") is not None
    known = ("inputs.parameters", "node.name", *(RETRY if retried else ()))
    outside = "item." if is_leaf(part.template) else "\n"
    yield from _unreplaced(_own(part), part.path, known, outside)
    for at, task in part.callers():
        if "{{" not in text(task):
            continue
        known = ("item",) if loops(task) else ()
        for key, value in task.items():
            # a condition or a list that holds a tag cannot be read
            judge = Judge.ERROR if key in ("when", "withParam", "withSequence") else Judge.WRONG
            if key != "inline":
                yield from _unreplaced(value, (*at, key), known, "node.name", judge)


def _own(part: Part) -> Data:
    """Return the template without what is read in another scope."""
    skipped = ("metrics", "dag", "steps")
    return {key: value for key, value in part.template.items() if key not in skipped}


def _unreplaced(
    body: Any, at: Path, known: tuple[str, ...], outside: str, judge: Judge = Judge.WRONG
) -> Iterator[Finding]:
    for tag in sorted(set(simple(text(body)))):
        name = tag.strip()
        looked_up = name.startswith(KNOWN) and not name.startswith(outside)
        if not looked_up and name not in known and _REFERENCE.fullmatch(name):
            yield finding("G06", at, f"nothing replaces {{{{{tag}}}}}", judge)


def values(part: Part) -> Iterator[Finding]:
    """G5: an expression that cannot be read or computed reaches the container as it is written."""
    tasks = {words(task.get("name")) for _, task in part.callers()}
    for at, owner in [(part.path, _own(part)), *part.callers()]:
        for tag in sorted(set(inside(text(owner)))):
            if message := _wrong(part, _plain(tag), tasks):
                yield finding("G05", at, f"{{{{={tag}}}}}: {message}", Judge.WRONG)


def _plain(tag: str) -> str:
    """Return a tag as it was before it became part of a text in JSON."""
    try:
        return str(json.loads(f'"{tag}"'))
    except ValueError:
        return tag


def _wrong(part: Part, expression: str, tasks: set[str]) -> str:
    try:
        found = expressions.uses(expression)
    except expressions.UnreadableError as mistake:
        return str(mistake)
    for use in found:
        if use.path[0] not in expressions.BUILTINS and use.path[0] not in (*_ROOTS, *_RETRY):
            return f"unknown name {use.path[0]}"
        if message := _unknown(part, use, tasks):
            return message
    for match in _NUMBERS.finditer(expression):
        if not re.fullmatch(r"\s*[-+]?[0-9.]+\s*", match[2]):
            return f'"{match[2]}" is no number'
    return ""


def _unknown(part: Part, use: expressions.Use, tasks: set[str]) -> str:
    path = use.path
    if use.optional:
        return ""
    if path[0] == "inputs" and path[1:2] == ("parameters",) and len(path) > 2:
        names = {words(p.get("name")) for p in declared(part.template, "inputs")}
        return "" if path[2] in names else f"unknown name {'.'.join(path)}"
    if path[:2] == ("workflow", "parameters") and len(path) > 2:
        given = mappings(mapping(part.base.spec.get("arguments")).get("parameters"))
        names = {words(p.get("name")) for p in given} | {"json"}
        alone = part.base.spec.get("workflowTemplateRef") is None
        return f"unknown name {'.'.join(path)}" if alone and path[2] not in names else ""
    if path[0] in ("tasks", "steps") and len(path) > 1 and (tasks or is_pod(part.template)):
        return "" if path[1] in (*tasks, "name") else f"unknown name {'.'.join(path[:2])}"
    return ""


RULES = (keys, pods, tags, values)
