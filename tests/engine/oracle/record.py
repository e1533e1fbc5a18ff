"""Ask a real controller: run the manifests on the cluster of KUBECONFIG and write its answers.

    python -m tests.engine.oracle.record [NAME…]

Without names all are asked. ARGOSY_TEST_NAMESPACE says where; at most four run at once.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

import yaml

from tests.engine.oracle.outcome import Outcome, of_cluster

HERE = Path(__file__).parent
MANIFESTS, ANSWERS = HERE / "manifests", HERE / "answers"
ROLES = HERE.parents[2] / "platform" / "argosy-run.yaml"
ACCOUNT = "serviceAccountName: argosy-run"
PYTHON = os.environ.get("ARGOSY_TEST_PYTHON_IMAGE", "localhost/python:3.11")
NAMESPACE = os.environ.get("ARGOSY_TEST_NAMESPACE", "default")
AT_ONCE = 4
PATIENCE = 240.0
_ENDS = ("Succeeded", "Failed", "Error")


def names() -> list[str]:
    """Return the names of all manifests."""
    return sorted(file.stem for file in MANIFESTS.glob("*.yaml"))


def ask(wanted: Iterable[str]) -> Iterator[tuple[str, Outcome | OSError]]:
    """Yield what the controller makes of each manifest, or why it could not be asked."""
    _kubectl("apply", "-f", str(ROLES))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        asked = {pool.submit(_ask, name): name for name in wanted}
        for answer in as_completed(asked):
            error = answer.exception()
            if error is not None and not isinstance(error, OSError):
                raise error
            yield asked[answer], error or answer.result()


def written(answer: Outcome) -> str:
    """Return an answer as it is kept."""
    return json.dumps(answer, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _ask(name: str) -> Outcome:
    text = (MANIFESTS / f"{name}.yaml").read_text("utf-8").replace("localhost/python:3.11", PYTHON)
    documents = text.split("\n---\n")
    kinds = [str(yaml.safe_load(document)["kind"]) for document in documents]
    runs = [kind == "Workflow" for kind in kinds]
    beside = "\n---\n".join(d for d, run in zip(documents, runs, strict=True) if not run)
    _kubectl("delete", "workflow", name, "--ignore-not-found")
    try:
        if beside:
            _kubectl("apply", "-f", "-", text=beside)
            time.sleep(2)  # a run created in the second of its template may not find it
        if any(runs):
            text = documents[runs.index(True)].replace("\nspec:\n", f"\nspec:\n  {ACCOUNT}\n")
            _kubectl("create", "-f", "-", text=text)
        else:
            _submit(name, kinds[0])
        _stop(name)
        return of_cluster(_ended(name))
    finally:
        _kubectl("delete", "workflow", name, "--ignore-not-found", "--wait=false")
        if beside:
            _kubectl("delete", "--ignore-not-found", "-f", "-", text=beside)


def _submit(name: str, kind: str) -> None:
    source = {"CronWorkflow": "cronwf", "WorkflowTemplate": "workflowtemplate"}[kind]
    command = ["argo", "submit", "-n", NAMESPACE, "--from", f"{source}/{name}", "--name", name]
    account = ACCOUNT.partition(": ")[2]
    _run([*command, "--serviceaccount", account])


def asked(name: str) -> tuple[str, frozenset[str]]:
    """Return what is asked of a run, `stop` or `terminate`, and the nodes that must run by then."""
    documents = yaml.safe_load_all((MANIFESTS / f"{name}.yaml").read_text("utf-8"))
    notes = next(d for d in documents if d["metadata"]["name"] == name)["metadata"]
    notes = notes.get("annotations") or {}
    word = next((word for word in ("stop", "terminate") if word in notes), "")
    return word, frozenset(notes.get(word, "").split())


def _stop(name: str) -> None:
    word, awaited = asked(name)
    while word:
        found = json.loads(_kubectl("get", "workflow", name, "-o", "json")).get("status", {})
        nodes = found.get("nodes", {}).values()
        if awaited <= {node["displayName"] for node in nodes if node["phase"] == "Running"}:
            _run(["argo", word, "-n", NAMESPACE, name])
            return
        if found.get("phase") in _ENDS:
            raise OSError(f"{name} ended before it was told to {word}")
        time.sleep(1)


def _ended(name: str) -> dict[str, Any]:
    deadline = time.monotonic() + PATIENCE
    while True:
        found: dict[str, Any] = json.loads(_kubectl("get", "workflow", name, "-o", "json"))
        if found.get("status", {}).get("phase") in _ENDS:
            return found
        if time.monotonic() > deadline:
            raise TimeoutError(f"{name} has not ended: {found.get('status', {}).get('message')}")
        time.sleep(2)


def _kubectl(*arguments: str, text: str = "") -> str:
    return _run(["kubectl", "-n", NAMESPACE, *arguments], text)


def _run(command: list[str], text: str = "") -> str:
    ended = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise OSError(f"{' '.join(command)}: {ended.stderr}")
    return ended.stdout


def main(wanted: list[str]) -> None:
    for name, answer in ask(wanted or names()):
        if isinstance(answer, OSError):
            sys.stdout.write(f"{name}: NO ANSWER: {answer}\n")
            continue
        (ANSWERS / f"{name}.json").write_text(written(answer), "utf-8")
        sys.stdout.write(f"{name}: {answer.get('phase')} {answer.get('message', '')}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
