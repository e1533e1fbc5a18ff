"""Specs that were valid, and stumbled: each is rendered, verified, drawn and explained."""

from pathlib import Path

import pytest
import yaml

from argosy.report.mermaid import mermaid
from compiler.component import Library, versions
from compiler.explanation import explain
from compiler.manifests import check
from compiler.outline import outline
from compiler.project import load_project
from compiler.render import compile_pipeline, tree
from compiler.source import plain

PROJECT = """apiVersion: argosy.dev/v1
kind: Project
name: awkward
environments: {dev: {namespace: ml-dev}}
"""
HEAD = """apiVersion: argosy.dev/v1
kind: Pipeline
name: p
defaults: {image: "busybox:1"}
"""
SPECS = {
    "a condition about the source revision": """
steps:
  a: {run: "true", when: "run.source != 'x' and not (run.env in ['prod'])"}
""",
    "names that are words of Python": """
params: {lambda: {type: number, default: 1}, class: {type: string, default: x}}
steps:
  import: {run: "true", outputs: {from: {value: n, type: integer}}}
  a: {run: "true", when: "steps.import.outputs.from + params.lambda > 2 or params.class == 'y'"}
""",
    "notices": """
steps: {a: {run: "true"}}
on:
  failure: [{slack: {secret: s, key: k}}, {name: b, webhook: {url: "https://x.example"}}]
  late: {after: 1h, do: [{email: {to: [a@b], from: c@d, server: e}}]}
""",
    "a schedule that gives a list of mappings": """
params: {towns: {type: list, items: {city: string, zone: integer}}}
schedule: {cron: "@daily", params: {towns: [{city: ulm, zone: 1}]}}
steps: {a: {foreach: "${params.towns}", run: "echo ${each.city}"}}
""",
    "patches that put a component where a program was": """
steps: {a: {run: "true"}}
on: {exit: [{name: b, run: "true"}]}
environments:
  dev:
    steps: {a: {run: null, uses: argosy/slack@1, with: {text: x}}}
    on:
      exit:
      - name: b
        uses: argosy/git-checkout@1
        with: {repository: "https://x.example", commit: "0123456789012345678901234567890123456789"}
""",
    "lines and quotes before a reference in an object": """
params: {x: {type: string, default: a}}
steps:
  a:
    resource:
      manifest:
        {apiVersion: v1, kind: X, metadata: {name: x}, data: {t: "a\\n\\t'\\"\\\\n ${params.x}"}}
""",
    "variables of select and register that hold values of other steps": """
steps:
  n: {run: "true", outputs: {n: {value: n}}}
  fit: {run: "true", matrix: {a: [1]}, outputs: {m: m, x: {value: x, type: number}}}
  best: {select: {from: fit, by: x, mode: max}, env: {N: "${steps.n.outputs.n}"}}
  keep:
    register: {model: m, from: "${steps.best.outputs.m}"}
    env: {N: "${steps.n.outputs.n}", X: "${steps.fit.outputs.x}"}
""",
    "order after a step that waits for one that may be skipped": """
steps:
  a: {run: "true", when: run.name != 'x', outputs: {o: {value: o}}}
  b: {run: "echo ${steps.a.outputs.o}"}
  c: {run: "echo ${steps.a.outputs.o}", needs: [b]}
""",
}


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
def test_it_is_taken_as_it_is(spec: str, tmp_path: Path) -> None:
    (tmp_path / "argosy.yaml").write_text(PROJECT, "utf-8")
    (tmp_path / "pipelines/p").mkdir(parents=True)
    (tmp_path / "pipelines/p/pipeline.yaml").write_text(HEAD + spec, "utf-8")
    project = load_project(tmp_path)
    assert tree(project, "p", "dev", verified=True).files
    assert mermaid(outline(compile_pipeline(project, "p", "dev").pipeline))
    assert explain(project, "p", "dev")


def test_a_condition_takes_the_default_of_an_input_whose_step_was_skipped(tmp_path: Path) -> None:
    spec = """
steps:
  a: {run: "true", when: run.env == 'prod', outputs: {n: {value: n, type: integer}}}
  b:
    inputs: {n: {from: "${steps.a.outputs.n}", default: 7}}
    when: inputs.n > 3
    run: echo ${inputs.n}
"""
    (tmp_path / "argosy.yaml").write_text(PROJECT, "utf-8")
    (tmp_path / "pipelines/p").mkdir(parents=True)
    (tmp_path / "pipelines/p/pipeline.yaml").write_text(HEAD + spec, "utf-8")
    files = compile_pipeline(load_project(tmp_path), "p", "dev").files
    manifest = yaml.safe_load(files["workflowtemplate.yaml"])
    task = manifest["spec"]["templates"][0]["dag"]["tasks"][1]
    assert task["when"] == "{{=asFloat((tasks['a']?.outputs?.parameters?.['n'] ?? '7')) > 3}}"


def test_a_step_that_starts_after_a_skip_gets_no_text_of_the_tag() -> None:
    """That `b` may be omitted does not mean that `c` starts without `a`."""

    def found(depends: str) -> set[str]:
        leaf = {"container": {"image": "x"}}
        value = {"name": "i", "value": "{{tasks.a.outputs.parameters.o}}"}
        tasks = [
            {"name": "a", "template": "one", "when": "{{workflow.name}} == x"},
            {"name": "b", "template": "two", "depends": "a.Succeeded"},
            {"name": "c", "template": "three", "depends": depends}
            | {"arguments": {"parameters": [value]}},
        ]
        outputs = {"parameters": [{"name": "o", "valueFrom": {"path": "/o"}}]}
        templates = [
            {"name": "main", "dag": {"tasks": tasks}},
            {"name": "one", "outputs": outputs, **leaf},
            {"name": "two", **leaf},
            {"name": "three", "inputs": {"parameters": [{"name": "i"}]}, **leaf},
        ]
        spec = {"entrypoint": "main", "templates": templates}
        manifest = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow", "spec": spec}
        return {f.rule for f in check([{**manifest, "metadata": {"name": "w"}}])[0]}

    assert "G15" not in found("a.Succeeded && (b.Succeeded || (b.Omitted && a.Skipped))")
    assert "G15" in found("a.Succeeded || (b.Omitted && (a.Skipped || a.Failed))")
    assert "G15" in found("b")
    assert "G15" in found("!a.Succeeded || a.Skipped")


@pytest.mark.parametrize("name", versions())
def test_components_that_come_with_argosy_have_no_mistake(name: str, tmp_path: Path) -> None:
    library = Library(tmp_path, lambda file: plain(file, ""))
    for version in versions()[name]:
        component, problems = library.find(f"argosy/{name}@{version}")
        assert component
        assert not problems
