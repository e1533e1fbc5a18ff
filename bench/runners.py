"""The same steps for each runner: `/bin/true` in a chain or side by side, two at once."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

from bench.pairs import ARGOSY, Command

TRUE, AT_ONCE = "/bin/true", 2
Shape = tuple[str, int]  # chain or fan, and how many steps
KFP = """
import os, sys
os.environ["KFP_LOCAL_QUIET"] = "1"
from kfp import dsl, local
local.init(local.SubprocessRunner(use_venv=False), pipeline_root="kfp-outputs")

@dsl.component
def step():
    pass

@dsl.pipeline(name="bench")
def steps():
    before = None
    for _ in range(int(sys.argv[2])):
        task = step().set_caching_options(False)
        if before is not None and sys.argv[1] == "chain":
            task.after(before)
        before = task

steps()
"""
BARE = """
import asyncio

async def main():
    process = await asyncio.create_subprocess_exec("/bin/true")
    await process.wait()

asyncio.run(main())
"""


def argosy(folder: Path, shape: Shape) -> Command:
    """A Workflow, as Argo would take it."""
    kind, number = shape
    tasks = [{"name": f"s{n}", "template": "true"} for n in range(number)]
    for n, task in enumerate(tasks[1:] if kind == "chain" else ()):
        task["depends"] = f"s{n}"
    templates = [
        {"name": "main", "dag": {"tasks": tasks}},
        {"name": "true", "container": {"image": "busybox", "command": [TRUE]}},
    ]
    spec = {"entrypoint": "main", "parallelism": AT_ONCE, "templates": templates}
    metadata = {"name": "bench"}
    workflow = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow"}
    text = json.dumps({**workflow, "metadata": metadata, "spec": spec}, indent=1)
    (folder / "workflow.yaml").write_text(text, "utf-8")
    return (ARGOSY, "run", "./workflow.yaml")


def doit(folder: Path, shape: Shape) -> Command:
    """Tasks with a task before them; none has targets, so each is run every time."""
    kind, number = shape
    after = "[f's{n - 1}'] if n else []" if kind == "chain" else "[]"
    body = f"{{'name': None, 'basename': f's{{n}}', 'actions': [['{TRUE}']], 'task_dep': {after}}}"
    text = f"def task_all():\n    for n in range({number}):\n        yield {body}\n"
    (folder / "dodo.py").write_text(text.replace("'name': None, ", ""), "utf-8")
    workers = () if kind == "chain" else ("-n", str(AT_ONCE))
    return ("-m", "doit", "run", *workers)


def snakemake(folder: Path, shape: Shape) -> Command:
    """Rules that touch a file, since it runs what makes something."""
    kind, number = shape
    before = "lambda w: f'out/{int(w.n) - 1}' if int(w.n) else []" if kind == "chain" else "[]"
    every = f"expand('out/{{n}}', n=range({number}))"
    wanted = f"'out/{number - 1}'" if kind == "chain" else every
    text = f"rule all:\n    input: {wanted}\n"
    text += (
        f"rule step:\n    input: {before}\n    output: 'out/{{n}}'\n    shell: 'touch {{output}}'\n"
    )
    (folder / "Snakefile").write_text(text, "utf-8")
    return ("-m", "snakemake", "--cores", str(AT_ONCE), "--forceall", "--quiet", "all")


def kfp(folder: Path, shape: Shape) -> Command:
    """Python functions, which is all that it runs without a container."""
    (folder / "steps.py").write_text(KFP, "utf-8")
    return ("steps.py", shape[0], str(shape[1]))


def bare(folder: Path, _shape: Shape) -> Command:
    """One process started and waited for by asyncio, in no more lines than that takes."""
    (folder / "bare.py").write_text(BARE, "utf-8")
    return (sys.executable, "bare.py")


PEERS: dict[str, Callable[[Path, Shape], Command]] = {
    "doit": doit,
    "snakemake": snakemake,
    "kfp.local": kfp,
}


def peers() -> Path | None:
    """The interpreter of the environment in which the peers are installed, if it is there."""
    found = Path(sys.prefix) / "peers" / "bin" / "python"
    return found if found.exists() else None
