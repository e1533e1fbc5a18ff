"""Mutants of manifests: whatever Argo or the API server rejects, we reject, and nothing else.

ARGOSY_MUTANTS says how many (2000 in the nightly form).
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from compiler.manifests import Judge, check
from tests.argo import mutants

COUNT = int(os.environ.get("ARGOSY_MUTANTS", "150"))
TOGETHER = mutants.load(
    """
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: {name: caller}
spec:
  entrypoint: main
  arguments: {parameters: [{name: w, value: v}]}
  templates:
  - name: main
    dag:
      tasks:
      - {name: a, templateRef: {name: shared, template: one}}
      - name: b
        depends: a
        templateRef: {name: everywhere, template: two, clusterScope: true}
        arguments: {parameters: [{name: p, value: "{{tasks.a.outputs.parameters.o}}"}]}
---
apiVersion: argoproj.io/v1alpha1
kind: WorkflowTemplate
metadata: {name: shared}
spec:
  templates:
  - name: one
    steps: [[{name: s, template: leaf, arguments: {parameters: [{name: q, value: "1"}]}}]]
    outputs: {parameters: [{name: o, valueFrom: {parameter: "{{steps.s.outputs.parameters.r}}"}}]}
  - name: leaf
    inputs: {parameters: [{name: q}]}
    outputs: {parameters: [{name: r, valueFrom: {path: /tmp/r}}]}
    container: {image: a, command: [x, "{{inputs.parameters.q}}", "{{workflow.parameters.w}}"]}
---
apiVersion: argoproj.io/v1alpha1
kind: ClusterWorkflowTemplate
metadata: {name: everywhere}
spec:
  templates:
  - name: two
    inputs: {parameters: [{name: p}]}
    script: {image: a, command: [sh], source: "echo {{inputs.parameters.p}}"}
"""
)
needs_argo = pytest.mark.skipif(not mutants.has_argo(), reason="argo is not installed")


def judged(manifest: mutants.Manifest, judge: Judge) -> list[str]:
    return [str(found) for found in check([manifest])[0] if judge in found.judges]


def disagreements(
    judge: Judge, ask: Callable[[mutants.Manifest], str], manifests: list[mutants.Manifest]
) -> list[tuple[int, str, list[str]]]:
    """Return the manifests of which we say other than the real one, with what both say.

    Argo's reader takes fields of steps in any case; the API server lets nothing come so far.
    """
    with ThreadPoolExecutor(2) as pool:
        said = list(pool.map(ask, manifests))
    ours = [judged(manifest, judge) for manifest in manifests]
    return [
        (number, one[-300:], other)
        for number, (one, other) in enumerate(zip(said, ours))
        if bool(one) != bool(other) and not (other and judged(manifests[number], Judge.API))
    ]


def of_argo(bases: list[mutants.Manifest]) -> list[mutants.Manifest]:
    return [base for base in bases if base["kind"] != "ConfigMap"]


@needs_argo
def test_argo_rejects_what_we_reject(tmp_path: Path) -> None:
    manifests = [mutants.mutant(number, of_argo(mutants.golden())) for number in range(COUNT)]
    assert not disagreements(Judge.LINT, lambda m: mutants.linted(tmp_path, m), manifests)


@needs_argo
def test_templates_of_others_are_read_as_argo_reads_them(tmp_path: Path) -> None:
    for number in range(COUNT // 3):
        together, which = list(TOGETHER), number % 3
        together[which] = mutants.mutant(number, [TOGETHER[which]])
        judges = {j for one in check(together) for found in one for j in found.judges}
        if Judge.API not in judges:
            said = mutants.linted(tmp_path, *together)
            assert bool(said) == (Judge.LINT in judges), (number, said)


@pytest.mark.cluster
@pytest.mark.skipif("KUBECONFIG" not in os.environ, reason="needs KUBECONFIG")
def test_the_api_server_refuses_what_we_refuse() -> None:
    manifests = [mutants.mutant(number, mutants.golden()) for number in range(COUNT)]
    assert not disagreements(Judge.API, mutants.refused, manifests)


@needs_argo
@pytest.mark.skipif(not mutants.EXAMPLES.is_dir(), reason="Argo's examples are not here")
def test_argo_takes_its_examples_and_so_do_we() -> None:
    files = sorted(mutants.EXAMPLES.rglob("*.yaml"))
    manifests = [item for file in files for item in mutants.load(file.read_text("utf-8"))]
    found = check(manifests)
    rejected = [str(each) for one in found for each in one if Judge.LINT in each.judges]
    assert len(manifests) > 200
    assert not rejected  # and argo lint 3.7.3 rejects none of them


@pytest.mark.parametrize("number", range(5))
def test_nothing_makes_us_stumble(number: int) -> None:
    """Whatever stands where something else should, the answer is a finding, never a traceback."""
    for index in range(number * COUNT, (number + 1) * COUNT):
        manifest = mutants.mutant(index, mutants.golden())
        for other in range(3):
            manifest = mutants.mutant(index + other, [manifest])
        for found in check([manifest])[0]:
            assert found.rule
            assert found.message
            assert found.judges
