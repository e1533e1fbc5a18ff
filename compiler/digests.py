"""Files that a cached step reads → parameters that say what is in them.

The step that puts a file out writes its digest as well. Where it cannot, the digest is one that
no other execution has: a cached step then runs, and is never given outputs of other data.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from compiler import expression, lifecycle
from compiler.pipeline import Inline, Input, Output, Pipeline, Script, Select, Step
from compiler.record import replace

FOLDER = ".argosy-digests"
UNIQUE = "{{workflow.uid}}-{{pod.name}}"
_PREFIX = "_digest-"
Report = Callable[[Step, Input, Step], None]

# `find`, `sort` and `xargs` are those of Debian, Alpine and macOS alike.
SHELL = """# Runs a script, then writes a digest of each output that a cached step reads.
script=$1
shift
sh -e "$script"
export LC_ALL=C
here=.argosy-digests
mkdir -p "$here/parts"
parts=$here/parts
listed() {
  find -H "./$path" "$@" -print0 > "$here/found" && sort -z "$here/found"
}
if command -v sha256sum > "$here/found"; then sum=sha256sum; else sum="shasum -a 256"; fi
digest() {
  listed > "$parts/names" &&
    listed -type f > "$parts/files" &&
    listed -type f -perm -100 > "$parts/programs" &&
    listed -type l > "$parts/links" &&
    xargs -0 -r $sum < "$parts/files" > "$parts/sums" &&
    xargs -0 -r -n 1 readlink < "$parts/links" > "$parts/targets" &&
    $sum "$parts"/* > "$here/all" &&
    $sum < "$here/all" > "$here/found" &&
    cut -c 1-64 "$here/found" > "$here/$name"
}
for pair in "$@"; do
  name=${pair%%=*} path=${pair#*=}
  digest || {
    rm -f "$here/$name"
    echo "argosy: no digest of $path: cached steps that read it will run" >&2
  }
done
"""
PYTHON = '''"""Runs a script, then writes a digest of each output that a cached step reads."""
import hashlib
import os
import runpy
import sys


def digest(path, top=True):
    total = hashlib.sha256()
    if os.path.islink(path) and not top:
        total.update(b"link\\0" + os.fsencode(os.readlink(path)))
    elif os.path.isdir(path):
        total.update(b"folder\\0")
        for name in sorted(os.listdir(path)):
            part = digest(os.path.join(path, name), top=False)
            total.update(os.fsencode(name) + b"\\0" + part.encode())
    else:
        total.update(b"program\\0" if os.access(path, os.X_OK) else b"file\\0")
        with open(path, "rb") as file:
            while block := file.read(1 << 20):
                total.update(block)
    return total.hexdigest()


pairs = [pair.partition("=") for pair in sys.argv[2:]]
del sys.argv[2:]
try:
    runpy.run_path(".argosy/_inline.py", run_name="__main__")
except SystemExit as end:
    if end.code:
        raise
os.makedirs(".argosy-digests", exist_ok=True)
for name, _, path in pairs:
    try:
        found = digest(path)
        with open(os.path.join(".argosy-digests", name), "w", encoding="ascii") as file:
            file.write(found)
    except OSError as error:
        print(f"argosy: no digest of {path}: {error}", file=sys.stderr)
'''


def parameter(name: str) -> str:
    """Return the parameter that says what is in the artifact `name`."""
    return f"{_PREFIX}{name}"


def fallback(output: Output) -> dict[str, str]:
    """Return the default of an output that is a digest: one that nothing else has."""
    return {"default": UNIQUE} if output.name.startswith(_PREFIX) else {}


def made(step: Step) -> tuple[Output, ...]:
    """Return the outputs of `step` that are digests of its artifacts."""
    return tuple(output for output in step.outputs if output.name.startswith(_PREFIX))


def added(steps: Sequence[Step], report: Report) -> tuple[Step, ...]:
    """Return the steps, digests added to those whose files cached steps read.

    `report` is told of a cached step, its input and a step that can make no digest of it.
    """
    known = {step.name: step for step in steps}
    for step in steps:
        for entry in step.inputs if step.cache else ():
            if entry.type == "artifact" and not _given(known, entry.step, entry.output):
                report(step, entry, known[entry.step])
    return tuple(known.values())


def _given(known: dict[str, Step], name: str, artifact: str) -> bool:
    """Let step `name` put out a digest of `artifact`; return whether it can."""
    step = known.get(name)
    if step is None:
        return True  # reported as an unknown step
    file, wanted = f"{FOLDER}/{artifact}", parameter(artifact)
    if isinstance(step.action, Select):
        file = f"outputs/values/{wanted}"
        if not _given(known, step.action.source, artifact):
            return False
    elif not isinstance(step.action, Script | Inline):
        return False
    if step.output(wanted) is None:
        output = Output(wanted, file, "string")
        known[name] = replace(step, outputs=(*step.outputs, output))
    return True


def command(step: Step, script: list[str]) -> list[str]:
    """Return the command that runs `script` of a step and then makes the digests of its files."""
    files = {output.name: output.path for output in step.outputs}
    names = [output.name.removeprefix(_PREFIX) for output in made(step)]
    if not names:
        return script
    pairs = [f"{name}={files[name]}" for name in names]
    if isinstance(step.action, Inline):
        return ["python", ".argosy/_digest.py", script[-1], *pairs]
    return ["sh", "-e", ".argosy/_digest.sh", script[-1], *pairs]


def read(step: Step) -> tuple[Input, ...]:
    """Return the inputs of `step` whose digests it is given."""
    return tuple(i for i in step.inputs if i.type == "artifact") if step.cache else ()


def arguments(pipeline: Pipeline, step: Step) -> Iterator[dict[str, Any]]:
    """Yield the digests of its files that a cached step is given, one for each source."""
    for entry in read(step):
        source, name = pipeline.step(entry.step), parameter(entry.output)
        tasks = lifecycle.tasks(source)
        value = f"{{{{tasks.{tasks[0]}.outputs.parameters.{name}}}}}"
        if source.fan.many:
            parts = ", ".join(_safe(task, name) for task in tasks)
            value = f"{{{{=toJson([{parts}])}}}}"
        yield {"name": parameter(entry.name), "value": value}


def _safe(task: str, name: str) -> str:
    """Write a digest with a mark for a task that has none, so that each keeps its place."""
    absent = expression.quoted("")
    found = f"tasks['{task}']?.outputs?.parameters?.['{name}'] ?? {absent}"
    return f"(tasks['{task}']?.status == 'Succeeded' ? ({found}) : {absent})"
