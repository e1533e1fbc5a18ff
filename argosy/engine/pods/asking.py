"""What runs for a `resource` template: kubectl, its conditions, its outputs (argoexec resource)."""

import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from argosy.cluster.kubectl import ClusterFailure, Kubectl

Data = Mapping[str, Any]
_PAUSE = 1.0
_FAILED = 64
_REQUIREMENT = re.compile(
    r"\s*(?P<absent>!)?\s*(?P<key>[-./\w]+)\s*"
    r"(?:(?P<sign>==|!=|=|>|<)\s*(?P<value>[^,]*?)"
    r"|(?P<word>in|notin)\s*\((?P<values>[^)]*)\))?\s*(?:,|$)"
)
_SIGNS = {">": "gt", "<": "lt"}
_FIELD = re.compile(r"\.?([\w-]+)|\[(\d+)\]|\[?[\"']([^\"']+)[\"']\]?")


class AskingError(Exception):
    """The cluster says no, or a condition of failure holds: in the executor's words."""


def main() -> int:
    """Do what `order.json` in the current folder says; return the exit code of the container."""
    order = json.loads(Path("order.json").read_text("utf-8"))
    try:
        _done(order)
    except AskingError as error:
        os.write(2, f"{error}\n".encode())
        Path("../.said").write_text(str(error), "utf-8")
        return _FAILED
    return 0


def _done(order: Data) -> None:
    manifest = _manifest(order)
    answer = _kubectl(order, arguments(order, manifest))
    if order["action"] == "delete" or not answer.strip():
        return
    os.write(1, answer.encode())
    found = json.loads(answer)
    _wait(order, found)
    for output in order["outputs"]:
        folder = Path("outputs")
        folder.mkdir(exist_ok=True)
        (folder / output["name"]).write_text(_output(order, found, output), "utf-8")


def _manifest(order: Data) -> str:
    """Return the manifest, of an artifact if it comes from one."""
    source = (order.get("manifestFrom") or {}).get("artifact") or {}
    if name := source.get("name"):
        return Path(f"..{order['artifacts'][name]}").read_text("utf-8")
    return str(order.get("manifest") or "")


def arguments(order: Data, manifest: str) -> list[str]:
    """Return the arguments of kubectl (getKubectlArguments); write the manifest for it."""
    action, flags = str(order["action"]), [str(flag) for flag in order.get("flags") or ()]
    if not manifest and not flags:
        raise AskingError("Must provide at least one of flags or manifest.")
    Path("manifest.yaml").write_text(manifest, "utf-8")
    found, filed = [action], bool(manifest)
    if action == "patch":
        strategy = order.get("mergeStrategy") or "strategic"
        found += ["--type", strategy, "--patch-file", "manifest.yaml"]
        named = re.search(r"^\s*['\"]?kind['\"]?\s*:", manifest, re.MULTILINE)
        filed = filed and strategy != "json" and (not flags or bool(named))
    if action == "delete":
        found.append("--ignore-not-found")
    found += flags
    found += ["-f", "manifest.yaml"] if filed else []
    return [*found, "-o", "name" if action == "delete" else "json"]


def _kubectl(order: Data, words: Sequence[str]) -> str:
    where = ["--namespace", order["namespace"]] if order.get("namespace") else []
    try:
        answer = Kubectl(order["context"], patience=None).ask(*where, *words)
    except ClusterFailure as failure:
        raise AskingError(failure.message) from None
    if answer.status:
        raise AskingError(f"no more retries {answer.err}")
    return answer.out


def _wait(order: Data, found: Data) -> None:
    """Ask again until the conditions of success hold; raise when one of failure does."""
    success = requirements(order.get("successCondition") or "")
    failure = requirements(order.get("failureCondition") or "")
    current = found
    while success or failure:
        for each in failure:
            if holds(each, current):
                raise AskingError(f"failure condition '{shown(each)}' evaluated true")
        if all(holds(each, current) for each in success):
            return
        time.sleep(_PAUSE)
        current = json.loads(_kubectl(order, [*_identity(found), "-o", "json"]))


def _identity(found: Data) -> list[str]:
    """Return the words that get an object by its full kind and name."""
    group, _, version = str(found["apiVersion"]).rpartition("/")
    kind = f"{found['kind']}.{version}.{group}" if group else str(found["kind"])
    metadata = found["metadata"]
    where = ["--namespace", metadata["namespace"]] if metadata.get("namespace") else []
    return ["get", kind, metadata["name"], *where]


Requirement = tuple[str, str, tuple[str, ...]]


def requirements(text: str) -> list[Requirement]:
    """Return key, operator and values of each part of a condition, as a label selector is read."""
    found: list[Requirement] = []
    position = 0
    while position < len(text.strip()):
        match = _REQUIREMENT.match(text, position)
        if not match or match.end() == position:
            raise AskingError(f"unable to parse requirement: {text[position:]}")
        position = match.end()
        if match["sign"]:
            values: tuple[str, ...] = (match["value"].strip(),)
            found.append((match["key"], _SIGNS.get(match["sign"], match["sign"]), values))
        elif match["word"]:
            values = tuple(sorted(v.strip() for v in match["values"].split(",")))
            found.append((match["key"], match["word"], values))
        else:
            found.append((match["key"], "!" if match["absent"] else "exists", ()))
    return found


def shown(requirement: Requirement) -> str:
    """Write a requirement as Argo's message does: `{data.a gt [4]}`."""
    key, sign, values = requirement
    return f"{{{key} {sign} [{' '.join(values)}]}}"


def holds(requirement: Requirement, found: Data) -> bool:
    """Whether an object meets a requirement (labels.Requirement.Matches)."""
    key, sign, values = requirement
    value = _at(found, key.split("."))
    if sign in ("exists", "!"):
        return (value is not None) == (sign == "exists")
    text = "" if value is None else _text(value)
    if sign in ("gt", "lt"):
        try:
            return int(text) > int(values[0]) if sign == "gt" else int(text) < int(values[0])
        except ValueError:
            return False
    if sign in ("!=", "notin"):
        return value is None or text not in values
    return value is not None and text in values


def _output(order: Data, found: Data, output: Data) -> str:
    if path := output.get("jsonPath"):
        return _kubectl(order, [*_identity(found), "-o", f"jsonpath={path}"])
    text = _kubectl(order, [*_identity(found), "-o", "json"])
    wanted = str(output.get("jqFilter") or ".")
    if jq := shutil.which("jq"):
        command = [jq, "-r", "-c", wanted]
        ended = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
        if ended.returncode:
            raise AskingError(ended.stderr.strip())
        return ended.stdout.removesuffix("\n")
    return _filtered(json.loads(text), wanted)


def _filtered(found: Any, wanted: str) -> str:
    """Do what a filter of plain fields does; others need the program jq."""
    parts, position = [], 0
    while position < len(wanted) and wanted != ".":
        match = _FIELD.match(wanted, position)
        if not match:
            raise AskingError(f"jqFilter {wanted}: install jq")
        parts.append(next(text for text in match.groups() if text is not None))
        position = match.end()
    value = _at(found, parts)
    return "null" if value is None else _text(value)


def _at(value: Any, parts: Sequence[str]) -> Any:
    for part in parts:
        if isinstance(value, list):
            value = value[int(part)] if part.isdecimal() and int(part) < len(value) else None
        else:
            value = value.get(part) if isinstance(value, dict) else None
    return value


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
