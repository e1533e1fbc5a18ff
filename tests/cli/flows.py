"""Workflows of Argo's that tests run by the command line, and the commands as a user types them."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from jsonschema_rs import Draft202012Validator

REPOSITORY = Path(__file__).parents[2]
HEAD = """\
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: {name: flow}
spec:
  entrypoint: main
"""


def environment(**more: str) -> dict[str, str]:
    """Return little of this environment, and a terminal that can do what most can."""
    kept = {name: os.environ[name] for name in ("PATH",) if name in os.environ}
    fixed = {"PYTHONPATH": str(REPOSITORY), "TERM": "xterm", "LC_ALL": "C.UTF-8"}
    return {**kept, **fixed, **more}


def argosy(folder: Path, *arguments: str) -> tuple[int, str, str]:
    """Run `argosy ARGUMENTS` in `folder`; return its exit code, stdout and stderr."""
    process = subprocess.run(
        [sys.executable, "-m", "argosy", *arguments],
        cwd=folder,
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        text=True,
        timeout=120,
    )
    assert "Traceback" not in process.stderr
    return process.returncode, process.stdout, process.stderr


def validator(name: str) -> Draft202012Validator:
    """Return what holds a document against the schema called `name`."""
    text = (REPOSITORY / "schemas" / f"{name}.schema.json").read_text("utf-8")
    return Draft202012Validator(json.loads(text))


def data(folder: Path, *arguments: str, schema: str) -> Any:
    """Return what `argosy ARGUMENTS --json` prints, held against its schema."""
    code, out, err = argosy(folder, *arguments, "--json")
    assert code == 0, err
    found = json.loads(out)
    validator(schema).validate(found)
    return found
