"""The workload that every peer gets: pipelines of chained diamonds, two parameters in each step."""

from pathlib import Path

HEAD = """apiVersion: argosy.dev/v1
kind: Pipeline
name: {name}
params:
  rows: {{type: integer, default: 20000, min: 100}}
  region: {{type: string, enum: [us, eu], default: us}}
defaults: {{image: "ghcr.io/acme/churn:1.4", hardware: small, retries: {{limit: 2, backoff: 30s}}}}
steps:
  ingest:
    command: [python, ingest.py, --rows, "${{params.rows}}", --region, "${{params.region}}"]
"""
STEP = """  {name}:
    needs: [{needs}]
    command: [python, {script}.py, --rows, "${{params.rows}}", --region, "${{params.region}}"]
"""
PROJECT = """apiVersion: argosy.dev/v1
kind: Project
name: bench
hardware: {small: {cpu: 500m, memory: 512Mi}, gpu: {cpu: 4, memory: 16Gi, gpu: 1}}
environments: {prod: {namespace: ml}}
"""


def write(root: Path, pipelines: int, diamonds: int) -> Path:
    """Write a project of so many pipelines, each of `1 + 4 * diamonds` steps; return `root`."""
    root.mkdir(parents=True)
    (root / "argosy.yaml").write_text(PROJECT, "utf-8")
    for number in range(pipelines):
        folder = root / "pipelines" / f"p{number}"
        folder.mkdir(parents=True)
        (folder / "pipeline.yaml").write_text(spec(f"p{number}", diamonds), "utf-8")
    return root


def spec(name: str, diamonds: int) -> str:
    """Return a spec: ingest, then prepare → two trainings → evaluate, as often as asked."""
    text, before = HEAD.format(name=name), "ingest"
    for number in range(diamonds):
        prepare, evaluate = f"prepare-{number}", f"evaluate-{number}"
        trainings = [f"train-{letter}-{number}" for letter in "ab"]
        text += STEP.format(name=prepare, needs=before, script="prepare")
        for training in trainings:
            text += STEP.format(name=training, needs=prepare, script="train")
            text += "    hardware: gpu\n"
        text += STEP.format(name=evaluate, needs=", ".join(trainings), script="evaluate")
        before = evaluate
    return text
