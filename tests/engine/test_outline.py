"""What a run would do is known as far as it is written down."""

from pathlib import Path

from argosy.engine.manifests import load
from argosy.engine.manifests.admission import admit
from argosy.engine.manifests.outline import Planned, outline
from tests.engine.test_admission import workflow

SPEC = """  onExit: bye
  hooks: {run: {template: bye, expression: 'true'}}
  templates:
  - {name: bye, container: {image: i, command: [x]}}
  - name: leaf
    inputs: {parameters: [{name: p}]}
    retryStrategy: {limit: 2}
    script: {image: i, source: x}
  - name: inner
    steps:
    - - {name: one, template: bye, withSequence: {start: 2, end: 4}}
    - - {name: two, template: inner, when: "{{steps.one.status}} == Failed"}
      - {name: three, inline: {suspend: {duration: 1s}}, withParam: "[1]"}
  - name: a
    dag:
      tasks:
      - name: t
        template: leaf
        withItems: [1, 2]
        arguments: {parameters: [{name: p, value: "{{item}}"}]}
      - {name: u, template: inner, depends: t.Succeeded, hooks: {exit: {template: bye}}}
"""


def test_the_tree_of_a_run_is_known_before_it(tmp_path: Path) -> None:
    bundle = admit(load(workflow(tmp_path, SPEC)), {}).bundle
    assert list(outline(bundle)) == [
        Planned("w", "a", "DAG", 0),
        Planned("w.t", "leaf", "Retry", 1, "", "", "2 items", 2, {"p": "{{item}}"}),
        Planned("w.u", "inner", "Steps", 1, "", "t.Succeeded"),
        Planned("w.u[0].one", "bye", "Pod", 2, "", "", "sequence of start: 2, end: 4", 3),
        Planned(*("w.u[1].two", "inner", "Steps", 2, "{{steps.one.status}} == Failed"), again=True),
        Planned("w.u[1].three", "", "Suspend", 2, "", "", "[1]", None),
        Planned("w.u.onExit", "bye", "Pod", 1),
        Planned("w.onExit", "bye", "Pod", 0),
        Planned("w.hooks.run", "bye", "Pod", 0, "true"),
    ]
