"""Stored runs to report on: a small one, one of 300 steps, one whose every text is hostile."""

import json
import zlib
from pathlib import Path
from typing import Any

from argosy.engine.journal import Description, StoredRun
from argosy.engine.nodes import Node, Usage
from compiler.record import replace

START = 1_795_500_000.0
PRICES = {
    "prices": {"currency": "EUR", "cpu": 0.04, "memory": 0.005, "gpu": {}, "tpu": {}, "spot": 1},
    "nodes": {},
}
Task = dict[str, Any]


def template(name: str, cpu: str = "500m", memory: str = "256Mi") -> Task:
    """Return a template of a pod."""
    resources = {"requests": {"cpu": cpu, "memory": memory}, "limits": {"memory": memory}}
    container = {"image": "a:1", "command": ["true"], "resources": resources}
    return {"name": name, "timeout": "10m", "container": container}


def manifest(tasks: list[Task], *templates: Task) -> str:
    """Return a workflow of one graph as text."""
    main = {"name": "main", "dag": {"tasks": tasks}}
    spec = {"entrypoint": "main", "templates": [main, *templates]}
    body = {"kind": "Workflow", "metadata": {"name": "churn"}, "spec": spec}
    return json.dumps({"kind": "List", "items": [body]})


def stored(folder: Path, name: str, nodes: list[Node], text: str, phase: str) -> StoredRun:
    """Return a run of `nodes` below `folder`."""
    ends = [node.finished for node in nodes if node.finished]
    finished = None if phase == "Running" else max(ends, default=START)
    about = Description(
        name,
        "5d0c4b1e-1111-4222-8333-444455556666",
        "churn",
        environment="dev",
        source="1f0c9d2e4b5a69788796a5b4c3d2e1f001020304",
        manifests={"manifests.yaml": text},
        parameters={"rows": "20000", "region": "eu"},
        prices=PRICES,
        host="laptop",
        version="0.1.0",
        started=START,
    )
    root = Node(name, "main", "DAG", phase, started=START, finished=finished)
    return StoredRun(about, phase, "", START, finished, (root, *nodes), folder)


def pod(name: str, kind: str, start: float, took: float, **more: Any) -> Node:
    """Return a pod that succeeded, with what it used; `start` counts from the start of the run."""
    node = Node(
        name, kind, "Pod", "Succeeded", started=START + start, finished=START + start + took
    )
    vars(node).update({"exit_code": 0, "usage": Usage(took * 0.8, int(9e7 + 3e7 * took)), **more})
    return node


def small(folder: Path) -> StoredRun:
    """Return three steps, one of them tried twice, with artifacts, metrics and logs."""
    (folder / "logs").mkdir(parents=True)
    for step, text in {
        "ingest": "reading\n20000 rows\n",
        "train": "\x1b[32mepoch 1\x1b[0m\n",
    }.items():
        (folder / "logs" / step).write_text(text, "utf-8")
    made = {"raw": "raw.csv", "plot": "roc.png", "notes": "notes.json", "model": "model.pkl"}
    (folder / "raw.csv").write_text("id,region,churned\n1,eu,0\n2,us,1\n3,eu,0\n", "utf-8")
    (folder / "notes.json").write_text('{"auc": 0.91, "folds": [0.9, 0.92]}', "utf-8")
    (folder / "roc.png").write_bytes(png(96, 64))
    (folder / "model.pkl").write_bytes(b"\x80\x04\x95\x00cposix\nsystem\n")
    paths = {name: folder / path for name, path in made.items()}
    log = folder / "logs"
    first = pod("r.train(0)", "train", 5.2, 3.1, phase="Failed", exit_code=137)
    first.message = "main: Error (exit code 137)"
    first.log = log / "train"
    second = pod("r.train(1)", "train", 9.4, 14.2, log=log / "train", parameters={"auc": "0.913"})
    second.artifacts = {name: paths[name] for name in ("plot", "notes", "model")}
    retry = Node(
        "r.train", "train", "Retry", "Succeeded", started=START + 5.2, finished=START + 23.6
    )
    retry.parameters, retry.artifacts = second.parameters, second.artifacts
    nodes = [
        pod("r.ingest", "ingest", 0.1, 5.0, log=log / "ingest", artifacts={"raw": paths["raw"]}),
        retry,
        first,
        second,
        pod("r.register", "register", 23.7, 1.4, parameters={"version": "3"}),
    ]
    nodes[0].parameters = {"rows": "20000"}
    tasks = [
        {"name": "ingest", "template": "ingest"},
        {"name": "train", "template": "train", "depends": "ingest.Succeeded"},
        {"name": "register", "template": "register", "depends": "train.Succeeded"},
    ]
    kinds = (template("ingest"), template("train", "2", "1Gi"), template("register", "100m"))
    return stored(folder, "r", nodes, manifest(tasks, *kinds), "Succeeded")


def large(folder: Path, count: int = 300) -> StoredRun:
    """Return `count` steps: tables that are loaded, joined and checked, some of them failing."""
    (folder / "logs").mkdir(parents=True)
    tasks, nodes, ends = [], list[Node](), dict[str, float]()
    kinds = ("load", "clean", "join", "check", "train")
    for number in range(count):
        kind, lane = kinds[number % 5], number // 5
        name = f"{kind}-table-{lane:03}"
        before = [f"{kinds[number % 5 - 1]}-table-{lane:03}"] if number % 5 else []
        if kind == "join" and lane >= 6:
            before.append(f"join-table-{lane - 6:03}")
        start = max([ends[b] for b in before], default=0.0) + (number * 7 % 11) / 10
        took = 0.5 + (number * 37 % 29) / 3
        tasks.append({"name": name, "template": kind, "depends": " && ".join(before)})
        node = pod(f"big.{name}", kind, start, took, log=folder / "logs" / name)
        (folder / "logs" / name).write_text(f"{kind} {lane}\n" * 20, "utf-8")
        ends[name] = start + took
        if number % 61 == 43:
            node.phase, node.exit_code, node.message = "Failed", 1, "Error (exit code 1)"
        elif number % 47 == 29:
            node.type, node.phase, node.message = (
                "Skipped",
                "Skipped",
                "when 'eu == us' evaluated false",
            )
            node.finished = node.started
        if kind == "train":
            node.parameters = {"auc": f"{0.8 + number % 13 / 100}"}
        nodes.append(node)
    text = manifest(tasks, *(template(kind) for kind in kinds))
    return stored(folder, "big", nodes, text, "Failed")


HOSTILE = "<script>window.owned=1</script><img src=x onerror=window.owned=1>\"'`\u202e\x1b[31m&amp;"


def hostile(folder: Path) -> StoredRun:
    """Return a run whose every text tries to become code."""
    (folder / "logs").mkdir(parents=True)
    (folder / "logs" / "bad").write_text(f"{HOSTILE}\n</pre></details>{HOSTILE}\n", "utf-8")
    (folder / "bad.csv").write_text(
        f'"{HOSTILE.replace(chr(34), "")}",=cmd()\n<b>x</b>,2\n', "utf-8"
    )
    (folder / "bad.html").write_text(f"<h1>hi</h1>{HOSTILE}", "utf-8")
    (folder / "bad.json").write_text(json.dumps({HOSTILE: HOSTILE}), "utf-8")
    (folder / "bad.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20" onload="window.owned=1">'
        "<script>window.owned=1</script><image href='http://127.0.0.1:9/x'/><rect width='20' "
        "height='20' fill='red'/></svg>",
        "utf-8",
    )
    (folder / "link").symlink_to("/etc/passwd")
    files = ("bad.csv", "bad.html", "bad.json", "bad.svg", "link")
    node = pod(f"r.{HOSTILE}", HOSTILE, 0.1, 1.0, log=folder / "logs" / "bad")
    node.message, node.phase, node.exit_code = HOSTILE, "Failed", 3
    node.parameters = {HOSTILE: HOSTILE, "n": "1"}
    node.artifacts = {f"{HOSTILE}{name}": folder / name for name in files}
    run = stored(folder, "r", [node], manifest([], template(HOSTILE)), "Failed")
    texts = dict.fromkeys(("workflow", "environment", "source", "host", "version"), HOSTILE)
    about = replace(run.description, parameters={HOSTILE: HOSTILE}, **texts)
    return replace(run, description=about, message=HOSTILE)


def png(width: int, height: int) -> bytes:
    """Return a picture with a gradient."""
    rows = b"".join(
        b"\0" + bytes(v for x in range(width) for v in (40 + x, 90 + y, 200)) for y in range(height)
    )

    def chunk(kind: bytes, data: bytes) -> bytes:
        sum_ = zlib.crc32(kind + data)
        return len(data).to_bytes(4, "big") + kind + data + sum_.to_bytes(4, "big")

    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes((8, 2, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )
