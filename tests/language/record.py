"""Put the questions to a real Argo controller and write down what it answers.

    KUBECONFIG=… python -m tests.language.record [TOPIC …] [--namespace NAME]

No pod is needed but by tasks that must fail or go on: an expression is the output of a DAG, a tag
is an argument of a task that suspends for no time, whose node shows what it received.
"""

import argparse
import base64
import gzip
import json
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
INPUTS = {
    "x": "7",
    "s": "hello world",
    "json": '{"a":[1,2.5,"x"],"b":{"c":null}}',
    "list": '["p","q"]',
    "empty": "",
    "quoted": 'say "hi" \\ there',
    "lines": "a\nb",
    "tagged": "<{{workflow.parameters.s}}> {{foo}}",
    "computed": "{{=1+1}}",
    "control": "a\x07b",
    "delete": "a\x7fb",
}
MADE = {"q": "'v'", "list": "[1, 2.5, 'a']", "json": "toJson(['a'])", "quoted": "'a\"b\\n'"}
NAP = {
    "name": "nap",
    "inputs": {"parameters": [{"name": "v", "value": ""}]},
    "suspend": {"duration": "0"},
}
_BATCH = 60
_PATIENCE = 240.0
ENDS = ("Succeeded", "Failed", "Error", "Skipped", "Omitted")
Answer = dict[str, Any]
Template = dict[str, Any]


def kubectl(namespace: str, *words: str, given: str | None = None) -> str:
    done = subprocess.run(
        ["kubectl", "-n", namespace, *words], input=given, capture_output=True, text=True
    )
    if done.returncode:
        raise RuntimeError(done.stderr.strip())
    return done.stdout


def workflow(tasks: Sequence[Template], templates: Sequence[Template]) -> Template:
    inputs = [{"name": name, "value": value} for name, value in INPUTS.items()]
    main = {
        "name": "main",
        "inputs": {"parameters": inputs},
        "dag": {"failFast": False, "tasks": list(tasks)},
    }
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": {"name": f"language-{secrets.token_hex(4)}"},
        "spec": {
            "entrypoint": "main",
            "serviceAccountName": "argosy-run",
            "arguments": {"parameters": [{"name": "s", "value": "global"}]},
            "templates": [NAP, main, *templates],
        },
    }


def run(namespace: str, manifest: Template, asked: int) -> Template:
    """Return the status of a workflow that has ended, or whose `asked` tasks have.

    A DAG in which a fan-out failed last may stay Running though all its nodes have ended.
    """
    name = manifest["metadata"]["name"]
    kubectl(namespace, "create", "-f", "-", given=json.dumps(manifest))
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        found = json.loads(kubectl(namespace, "get", "workflow", name, "-o", "json"))
        status: Template = found.get("status") or {}
        if packed := status.pop("compressedNodes", ""):
            status["nodes"] = json.loads(gzip.decompress(base64.b64decode(packed)))
        if status and (status.get("phase") in ENDS[:3] or all_ended(nodes(status), asked)):
            kubectl(namespace, "delete", "workflow", name, "--wait=false")
            return status
        time.sleep(1)
    raise RuntimeError(f"{name} did not end")


def nodes(status: Template) -> dict[str, Template]:
    found = status.get("nodes", {}).values()
    return {node["name"].partition(".")[2]: node for node in found}


def all_ended(found: dict[str, Template], asked: int) -> bool:
    """Whether each asked task has ended, and each member of its fan-out."""
    mine = [node for name, node in found.items() if name[:1] == "e" and name[1:2].isdigit()]
    tops = {f"e{index}" for index in range(asked)} <= set(found)
    return tops and all(node["phase"] in ENDS for node in mine)


def parameter(node: Template, side: str) -> str | None:
    return next((p.get("value", "") for p in node.get(side, {}).get("parameters", ())), None)


def wrong(node: Template) -> Answer:
    message = node.get("message", "")
    if message.startswith("task '"):
        message = message.partition("' errored: ")[2]
    return {"error": message}


def asked_of_outputs(batch: Sequence[str]) -> tuple[list[Template], list[Template]]:
    inputs = [{"name": name, "value": value} for name, value in INPUTS.items()]
    templates = [
        {
            "name": f"e{i}",
            "inputs": {"parameters": inputs},
            "dag": {"tasks": [{"name": "nap", "template": "nap"}]},
            "outputs": {"parameters": [{"name": "v", "valueFrom": {"expression": text}}]},
        }
        for i, text in enumerate(batch)
    ]
    return [{"name": f"e{i}", "template": f"e{i}"} for i in range(len(batch))], templates


def answer_of_outputs(index: int, _text: str, found: dict[str, Template]) -> Answer | None:
    node = found.get(f"e{index}")
    if node is None:
        return None
    value = parameter(node, "outputs")
    return {"value": value} if node["phase"] == "Succeeded" else wrong(node)


def producers() -> tuple[list[Template], list[Template]]:
    outputs = [{"name": name, "valueFrom": {"expression": text}} for name, text in MADE.items()]
    tag = {"name": "tag", "valueFrom": {"expression": "'{' + '{inputs.parameters.x}' + '}'"}}
    made = {
        "name": "made",
        "dag": {"tasks": [{"name": "nap", "template": "nap"}]},
        "outputs": {"parameters": [*outputs, tag]},
    }
    gone = {
        "name": "gone",
        "dag": made["dag"],
        "outputs": {"parameters": [{"name": "q", "valueFrom": {"expression": "'v'"}}]},
    }
    tasks: list[Template] = [
        *({"name": name, "template": "made"} for name in ("made", "made-b")),
        {"name": "gone", "template": "gone", "when": "1 == 2"},
    ]
    return tasks, [made, gone]


def asked_of_tags(batch: Sequence[str]) -> tuple[list[Template], list[Template]]:
    before, templates = producers()
    asked = [
        {
            "name": f"e{i}",
            "template": "nap",
            "depends": "made && made-b && gone",
            "arguments": {"parameters": [{"name": "v", "value": text}]},
        }
        for i, text in enumerate(batch)
    ]
    return [*before, *asked], templates


def answer_of_tags(index: int, _text: str, found: dict[str, Template]) -> Answer | None:
    node = found.get(f"e{index}")
    if node is None or node["phase"] not in ("Succeeded", "Error", "Failed"):
        return None
    return {"value": parameter(node, "inputs")} if node["phase"] == "Succeeded" else wrong(node)


def asked_of_conditions(batch: Sequence[str]) -> tuple[list[Template], list[Template]]:
    return [{"name": f"e{i}", "template": "nap", "when": text} for i, text in enumerate(batch)], []


def answer_of_conditions(index: int, _text: str, found: dict[str, Template]) -> Answer | None:
    node = found.get(f"e{index}")
    if node is None:
        return None
    if node["phase"] == "Skipped":
        return {"value": False, "message": node.get("message", "")}
    return {"value": True} if node["phase"] == "Succeeded" else wrong(node)


def asked_of_depends(batch: Sequence[str]) -> tuple[list[Template], list[Template]]:
    fails = {"image": "localhost/python:3.11", "command": ["false"]}
    pod = {"resources": {"requests": {"cpu": "10m", "memory": "16Mi"}}}
    templates: list[Template] = [
        {"name": "fail", "container": {**fails, **pod}},
        {
            "name": "serve",
            "daemon": True,
            "container": {**fails, **pod, "command": ["sleep", "300"]},
        },
        {
            "name": "err",
            "dag": {"tasks": [{"name": "nap", "template": "nap"}]},
            "outputs": {"parameters": [{"name": "v", "valueFrom": {"expression": "nope"}}]},
        },
        {
            "name": "perhaps",
            "inputs": {"parameters": [{"name": "v"}]},
            "dag": {
                "tasks": [
                    {"name": "nap", "template": "nap"},
                    {"name": "bad", "template": "fail", "when": "{{inputs.parameters.v}} == b"},
                ]
            },
        },
    ]
    tasks: list[Template] = [
        *({"name": name, "template": "nap"} for name in ("ok", "ok-two")),
        {"name": "bad", "template": "fail"},
        {"name": "served", "template": "serve"},
        {"name": "err", "template": "err"},
        {"name": "skip", "template": "nap", "when": "1 == 2"},
        {"name": "omit", "template": "nap", "depends": "ok.Failed"},
        {"name": "loop", "template": "nap", "withItems": ["a", "b"]},
        {
            "name": "mixed",
            "template": "perhaps",
            "withItems": ["a", "b"],
            "arguments": {"parameters": [{"name": "v", "value": "{{item}}"}]},
        },
        {"name": "none", "template": "nap", "withParam": "[]"},
        *({"name": f"e{i}", "template": "nap", "depends": text} for i, text in enumerate(batch)),
    ]
    return tasks, templates


def answer_of_depends(index: int, _text: str, found: dict[str, Template]) -> Answer | None:
    node = found.get(f"e{index}")
    if node is None:
        return None
    if node["phase"] == "Omitted":
        return {"value": False, "message": node.get("message", "")}
    return {"value": True} if node["phase"] == "Succeeded" else wrong(node)


def asked_of_fanouts(batch: Sequence[Template]) -> tuple[list[Template], list[Template]]:
    asked = []
    for i, question in enumerate(batch):
        text = question["text"]
        over = {key: value for key, value in question.items() if key != "text"}
        arguments = {"parameters": [{"name": "v", "value": text}]}
        asked.append({"name": f"e{i}", "template": "nap", "arguments": arguments, **over})
    return asked, []


def answer_of_fanouts(index: int, _text: str, found: dict[str, Template]) -> Answer | None:
    name = f"e{index}"
    group = found.get(name)
    if group is None:
        return None
    if group["type"] != "TaskGroup":
        ended = {
            "type": group["type"],
            "phase": group["phase"],
            "value": parameter(group, "inputs"),
        }
        return wrong(group) if group["phase"] == "Error" else ended
    members = [n for key, n in found.items() if key.startswith(f"{name}(")]
    listed = sorted(
        members, key=lambda n: int(n["name"].partition(f"{name}(")[2].partition(":")[0])
    )
    names = [node["name"].partition(f".{name}")[2] for node in listed]
    return {"items": [[n, parameter(node, "inputs")] for n, node in zip(names, listed)]}


Ask = Callable[[Sequence[Any]], tuple[list[Template], list[Template]]]
Read = Callable[[int, Any, dict[str, Template]], Answer | None]
TOPICS: dict[str, tuple[Ask, Read]] = {
    "expressions": (asked_of_outputs, answer_of_outputs),
    "sprig": (asked_of_outputs, answer_of_outputs),
    "dates": (asked_of_outputs, answer_of_outputs),
    "tags": (asked_of_tags, answer_of_tags),
    "conditions": (asked_of_conditions, answer_of_conditions),
    "depends": (asked_of_depends, answer_of_depends),
    "fanouts": (asked_of_fanouts, answer_of_fanouts),
}


def answers(namespace: str, topic: str, batch: Sequence[Any]) -> Iterator[Answer]:
    """Yield an answer for each question; halve a batch that one of them spoils for all."""
    ask, read = TOPICS[topic]
    manifest = workflow(*ask(batch))
    try:
        status = run(namespace, manifest, len(batch))
    except RuntimeError as error:
        if len(batch) == 1:
            yield {"refused": str(error)}
            return
        status = {}
    status = json.loads(json.dumps(status).replace(manifest["metadata"]["name"], "language"))
    found = nodes(status)
    given = [read(index, text, found) for index, text in enumerate(batch)]
    if all(answer is not None for answer in given):
        yield from (answer for answer in given if answer is not None)
    elif len(batch) == 1:
        yield {"workflow": status.get("phase"), "error": status.get("message", "")}
    else:
        middle = len(batch) // 2
        yield from answers(namespace, topic, batch[:middle])
        yield from answers(namespace, topic, batch[middle:])


def questions(topic: str) -> list[Any]:
    found: list[Any] = json.loads((HERE / "questions" / f"{topic}.json").read_text("utf-8"))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("topics", nargs="*", default=list(TOPICS))
    parser.add_argument("--namespace", default="default")
    given = parser.parse_args()
    for topic in given.topics:
        asked, recorded = questions(topic), list[Any]()
        for start in range(0, len(asked), _BATCH):
            batch = asked[start : start + _BATCH]
            recorded += zip(batch, answers(given.namespace, topic, batch), strict=True)
            sys.stderr.write(f"{topic} {len(recorded)} of {len(asked)}\n")
        text = (
            "[\n" + ",\n".join(json.dumps(each, ensure_ascii=False) for each in recorded) + "\n]\n"
        )
        (HERE / "answers" / f"{topic}.json").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
