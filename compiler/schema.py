"""JSON Schema → problems: what a document may hold, said in a user's words.

A document with mistakes is repaired as far as that is safe, so that the stages after this one
can report theirs in the same run.
"""

import json
import math
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from itertools import count
from typing import TYPE_CHECKING, Any

from compiler.acceptance import accepts
from compiler.document import Document, Path
from compiler.forms import Name, load, text
from compiler.problems import Problem, Rejected, nearest
from compiler.record import record

if TYPE_CHECKING:
    from jsonschema_rs import Draft202012Validator, ValidationError

__all__ = ["Name", "check", "load", "text"]

Schema = Mapping[str, Any]
_SHOWN = 200
Fix = Callable[[Document], Document] | None
_ROUNDS = 5
_CHECKED, _FEW = count(), 64  # the library takes less for each document, after a costly start
_NAME = "a valid name"
_TYPES = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
    "null": "null",
}
_IN_HANDLERS = {
    "slack": "in a step: `uses: argosy/slack@1`",
    **dict.fromkeys(("webhook", "email"), "in a step: send it from `run:`"),
}
_LATER_AT_TOP = {
    "extends": "share text by Jinja: {% include 'shared.yaml' %}",
    "artifacts": "remove it",
}
_OF_CALLER = {
    **dict.fromkeys(
        ("needs", "matrix", "foreach", "when", "continueOnError", "with"),
        "write it at the step that uses the component",
    ),
    **dict.fromkeys(("uses", "pipeline"), "write out what it does"),
    **dict.fromkeys(("select", "register", "approval", "resource"), "make it a step"),
}
_SYNONYMS = {
    "args": "command",
    "cron": "schedule",
    "depends": "needs",
    "dependencies": "needs",
    "dependsOn": "needs",
    "depends_on": "needs",
    "gpuType": "gpu",
    "if": "when",
    "parameters": "params",
    "resources": "hardware",
    "script": "run",
    "strategy": "matrix",
}


@record
class _Finding:
    """A problem, its path, how to go on without it, and the path that a renamed key gets."""

    problem: Problem
    path: Path
    fix: Fix = None
    renamed: Path | None = None


def check(document: Document, name: Name) -> tuple[Document, list[Problem]]:
    """Return the document, repaired if it had mistakes, and the problem of each mistake.

    Raise `Rejected` with all of them when what is left is no pipeline, or no project.
    """
    problems: dict[Problem, None] = {}
    touched: set[Path] = set()
    findings = _findings(document, name)
    for _ in range(_ROUNDS):
        problems.update(dict.fromkeys(_news(findings, touched)))
        touched |= {finding.path for finding in findings}
        repaired = _repaired(document, findings)
        if repaired is document:
            break
        document, findings = repaired, _findings(repaired, name)
    if any(finding.problem.code != "bad-name" for finding in findings):
        raise Rejected(list(problems))
    return document, list(problems)


def _news(findings: list[_Finding], touched: set[Path]) -> list[Problem]:
    """Leave out what a renamed key gives, and what follows from repairs made before."""
    known = {finding.renamed for finding in findings}
    known |= {path[:size] for path in touched for size in range(1, len(path) + 1)}
    return [finding.problem for finding in findings if finding.path not in known]


def _repaired(document: Document, findings: list[_Finding]) -> Document:
    """Apply one fix per path, the last of a list first, so that places before it stay."""
    fixes = {finding.path: finding.fix for finding in findings}
    for path in sorted(fixes, reverse=True):
        if fix := fixes[path]:
            document = fix(document)
    return document


@cache
def _validator(name: Name) -> "Draft202012Validator":
    from jsonschema_rs import Draft202012Validator

    return Draft202012Validator(load(name), keywords={"format": _Whole})


class _Whole:
    """`format` of integers: JSON Schema takes 2.0 for one, Python and Kubernetes do not."""

    def __init__(self, _schema: dict[str, Any], _format: Any, _path: list[str | int]) -> None:
        pass

    def validate(self, value: Any) -> None:
        if isinstance(value, float) and value.is_integer():
            raise ValueError("a whole number has no point")


@cache
def _schema(name: Name) -> Schema:
    return load(name)


def _findings(document: Document, name: Name) -> list[_Finding]:
    if next(_CHECKED) < _FEW and accepts(_schema(name), document.data):
        return []
    errors = _validator(name).iter_errors(document.data)
    return [finding for error in errors for finding in _found(document, error, _schema(name))]


def _found(document: Document, error: "ValidationError", root: Schema) -> Iterator[_Finding]:
    schema = _part(root, error.schema_path[:-1])
    path = tuple(_places(document.data, error.instance_path))
    match error.kind.name:
        case "additionalProperties":
            for key in error.kind.as_dict()["unexpected"]:
                yield _unknown_key(document, (*path, key), schema)
        case "required":
            yield _missing_key(document, path, error.kind.as_dict()["property"], schema)
        case "propertyNames":
            yield _bad_name(document, path, error, root)
        case "type":
            yield _wrong_type(document, path, error.instance, schema)
        case "format":
            yield _pointed(document, path, error.instance)
        case "enum" | "const":
            yield _not_listed(document, path, error.instance, schema)
        case _:
            yield _bad_value(document, path, error, schema)


def _places(data: Any, path: list[str | int]) -> Iterator[str | int]:
    """Yield a path of the validator, which takes the key `'1'` for a place in a list."""
    for part in path:
        place = str(part) if isinstance(data, dict) else part
        yield place
        data = data[place]


def _part(schema: Any, path: list[str | int]) -> Schema:
    for part in path:
        schema = schema[part]
    found: Schema = schema
    return found


def _unknown_key(document: Document, path: Path, schema: Schema) -> _Finding:
    key, known = str(path[-1]), list(schema.get("properties", {}))
    at, parent = document.key(path), path[:-1]
    if "open" in known and key in _OF_CALLER:
        message = f"`{key}` cannot stand in a component"
        problem = Problem("unknown-key", message, at, _OF_CALLER[key])
        return _Finding(problem, path, lambda d: d.without(path))
    later = _IN_HANDLERS if "run" in known else _LATER_AT_TOP
    if key in later:
        what = "is for handlers, under `on:`" if "run" in known else "is not supported yet"
        message = f"`{key}`{_within(parent)} {what}"
        return _Finding(
            Problem("unknown-key", message, at, later[key]), path, lambda d: d.without(path)
        )
    synonym = _SYNONYMS.get(key)
    hint = f"did you mean `{synonym}`?" if synonym in known else nearest(key, known)
    problem = Problem("unknown-key", f"unknown key `{key}`{_within(parent)}", at, hint)
    meant = _suggested(hint)
    if not meant or meant in document.value(parent):
        return _Finding(problem, path, lambda d: d.without(path))
    return _Finding(problem, path, lambda d: d.renamed(path, meant), (*parent, meant))


def _missing_key(document: Document, path: Path, key: str, schema: Schema) -> _Finding:
    body = schema["properties"][key]
    value = _shown(body["const"]) if "const" in body else "…"
    owner = f"{_subject(path)} has no `{key}`" if path else f"`{key}` is missing"
    hint = f"add `{key}: {value}`: {body.get('description', '')}"
    return _Finding(Problem("missing-key", owner, document.key(path), hint), (*path, key))


def _bad_name(document: Document, path: Path, error: "ValidationError", root: Schema) -> _Finding:
    inner = error.kind.as_dict()["error"]
    rule, name = _part(root, inner.schema_path[:-1]), str(inner.instance)
    at = document.key((*path, name))
    what = rule["title"]
    problem = Problem("bad-name", f"`{name}` is not {what}", at, _advice(rule))
    return _Finding(problem, (*path, name))


def _wrong_type(document: Document, path: Path, value: Any, schema: Schema) -> _Finding:
    wanted = [schema["type"]] if isinstance(schema["type"], str) else list(schema["type"])
    if not path and value is None:
        problem = Problem("wrong-type", "the file is empty", document.at(path))
        return _Finding(problem, path)
    names = " or ".join(_TYPES[kind] for kind in wanted if kind != "null")
    message = f"{_subject(path)} is {_kind(value)}; it must be {names}"
    coerced = _coerced(path[-1] if path else None, value, wanted)
    hint = _example(schema)
    if isinstance(coerced, str):
        hint = f"put it in quotes: '{coerced}'"
    elif coerced is not None:
        hint = f"write a list: {_shown(coerced)}"
    problem = Problem("wrong-type", message, document.at(path), hint)
    return _Finding(problem, path, _instead(path, schema, coerced))


def _coerced(key: Any, value: Any, wanted: list[str]) -> Any:
    """Return what was probably meant, or None."""
    scalar = isinstance(value, str | int | float)
    if scalar and "string" in wanted:
        return _shown(value)
    if scalar and wanted == ["array"]:
        return value.split() if key == "command" and isinstance(value, str) else [value]
    return None


def _pointed(document: Document, path: Path, value: Any) -> _Finding:
    message = f"{_subject(path)} is {value}; a whole number has no point"
    problem = Problem("wrong-type", message, document.at(path), f"write {int(value)}")
    return _Finding(problem, path, lambda d: d.replaced(path, int(value)))


def _not_listed(document: Document, path: Path, value: Any, schema: Schema) -> _Finding:
    options = [schema["const"]] if "const" in schema else schema["enum"]
    message = f"{_subject(path)} cannot be {_quoted(value)}"
    hint = nearest(_shown(value), options)
    close = _suggested(hint)
    if not close:
        hint = f"write {_or([f'`{option}`' for option in options])}"
    problem = Problem("bad-value", message, document.at(path), hint)
    meant = close or options[0]
    return _Finding(problem, path, lambda d: d.replaced(path, meant))


def _bad_value(
    document: Document, path: Path, error: "ValidationError", schema: Schema
) -> _Finding:
    value, limit = error.instance, error.kind.value
    what = schema.get("title", "a value of this kind")
    messages = {
        "minimum": f"is {_shown(value)}; it must be at least {limit}",
        "maximum": f"is {_shown(value)}; it must be at most {limit}",
        "exclusiveMinimum": f"is {_shown(value)}; it must be more than {limit}",
        "maxLength": f"is longer than {limit} characters",
        "minLength": f"is shorter than {limit} characters" if value else "is empty",
        "minItems": f"has fewer than {limit} items" if value else "is an empty list",
        "minProperties": "is empty",
        "uniqueItems": "holds a value twice",
    }
    message = f"{_subject(path)} {messages.get(error.kind.name, f'is not {what}')}"
    if error.kind.name == "pattern":
        message = f"{_quoted(value)} is not {what}"
    hint = "" if error.kind.name == "uniqueItems" else _advice(schema)
    if what == _NAME:
        return _Finding(Problem("bad-name", message, document.at(path), hint), path)
    problem = Problem("bad-value", message, document.at(path), hint)
    return _Finding(problem, path, _instead(path, schema, None))


def _instead(path: Path, schema: Schema, value: Any) -> Fix:
    """Put `value` or an example at `path`, so that what refers to it has its target; or drop it."""
    if not path:
        return None
    value = value if value is not None else next(iter(schema.get("examples", ())), None)
    if value is None:
        return lambda document: document.without(path)
    return lambda document: document.replaced(path, value)


def _suggested(hint: str) -> str:
    return hint.split("`")[1] if hint.startswith("did you mean") else ""


def _subject(path: Path) -> str:
    """Name what stands at `path`: its key, and its number in a list."""
    if not path:
        return "the file"
    if isinstance(path[-1], int):
        return f"item {path[-1] + 1} of {_subject(path[:-1])}"
    return f"`{path[-1]}`"


def _within(path: Path) -> str:
    return f" in {_subject(path)}" if path else ""


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return f"the boolean `{_shown(value)}`"
    if isinstance(value, int | float):
        return f"the number {_shown(value)}" if math.isfinite(value) else "too large a number"
    if isinstance(value, str):
        return f"the text `{value[:40]}`"
    return "empty" if value is None else "a list" if isinstance(value, list) else "a mapping"


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _quoted(value: Any) -> str:
    return f"`{_shown(value)[:60]}`"


def _or(words: list[str]) -> str:
    return " or ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def _example(schema: Schema) -> str:
    examples = [f"`{_shown(example)}`" for example in schema.get("examples", ())]
    return f"such as {_or(examples)}" if examples else str(schema.get("description", ""))


def _advice(schema: Schema) -> str:
    """Say what a valid value looks like, and show one."""
    example = _example(schema) if "examples" in schema else ""
    return "; ".join(filter(None, [str(schema.get("description", "")).rstrip("."), example]))


def violation(name: str, data: Any) -> str:
    """Return the first that the schema `name`, of what Argosy itself writes, has against `data`."""
    from jsonschema_rs import validator_for

    error = next(validator_for(json.loads(text(name))).iter_errors(data), None)
    if error is None:
        return ""
    path = "".join(f"[{json.dumps(part)}]" for part in error.instance_path)
    return f"{error.message[:_SHOWN]} at {path[:_SHOWN]}" if path else error.message[:_SHOWN]
