"""Problems as SARIF 2.1.0, which code scanning services read."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from argosy.report.diagnostics import told
from argosy.report.document import document
from compiler.catalogue import numbers, read
from compiler.problems import Location, Problem

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_HOME = "https://argosy.dev"


def sarif(problems: Sequence[Problem], version: str) -> str:
    """Return one run of the tool at `version`, with a rule for each code that was found."""
    codes = sorted({problem.code for problem in problems})
    driver = {
        "name": "argosy",
        "version": version,
        "informationUri": _HOME,
        "rules": [_rule(code) for code in codes],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(problem, codes.index(problem.code)) for problem in problems],
    }
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return document(log)


def _rule(slug: str) -> dict[str, Any]:
    if slug not in numbers():
        return {"id": slug}
    entry = read(slug)
    right = "\n".join(f"```{block.language}\n{block.text}```" for block in entry.right)
    help_text = f"{entry.why}\n\nRight:\n\n{right}".lstrip()
    return {
        "id": entry.number,
        "name": slug,
        "shortDescription": {"text": entry.what},
        "fullDescription": {"text": f"{entry.what}\n\n{entry.why}".rstrip()},
        "help": {"text": help_text, "markdown": help_text},
    }


def _result(problem: Problem, rule: int) -> dict[str, Any]:
    result = {
        "ruleId": numbers().get(problem.code, problem.code),
        "ruleIndex": rule,
        "level": problem.severity,
        "message": {"text": told(problem)},
        "locations": [{"physicalLocation": _place(problem.at)}],
    }
    related = [
        {"id": number, "message": {"text": other.message}, "physicalLocation": _place(other.at)}
        for number, other in enumerate(problem.places, 1)
    ]
    return {**result, "relatedLocations": related} if related else result


def _place(at: Location) -> dict[str, Any]:
    region = {
        "startLine": at.line,
        "startColumn": at.column,
        "endLine": at.line,
        "endColumn": at.column + at.width,
    }
    # a path of the source tree, relative to the repository
    artifact = {"uri": quote(at.file), "uriBaseId": "%SRCROOT%"}
    return {"artifactLocation": artifact, "region": region}
