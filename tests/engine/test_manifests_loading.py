"""Files that nobody here wrote become a bundle: what runs, what it calls, and where each stands."""

from pathlib import Path

import pytest

from argosy.engine.failure import EngineError
from argosy.engine.language import durations
from argosy.engine.manifests import Bundle, load
from argosy.engine.manifests.admission import admit
from argosy.engine.manifests.outline import outline
from argosy.engine.manifests.reading import read
from argosy.engine.snapshot import snapshot
from compiler.problems import Rejected

A = "apiVersion: argoproj.io/v1alpha1\n"
LEAF = "{name: a, container: {image: i, command: [x]}}"


def loaded(folder: Path, name: str = "", **files: str) -> Bundle:
    for file, text in files.items():
        (folder / f"{file}.yaml").write_text(text, "utf-8")
    return load(folder, name)


def refused(folder: Path, name: str = "", **files: str) -> list[tuple[str, str, int, int]]:
    with pytest.raises(Rejected) as caught:
        loaded(folder, name, **files)
    found = caught.value.problems
    return [(p.code, Path(p.at.file).name, p.at.line, p.at.column) for p in found]


def test_yaml_is_read_as_kubernetes_reads_it() -> None:
    # the answers are those of kubectl 1.34
    text = """
base: &b {k: 1, z: 2}
m1: {k: 9, <<: *b}
m2: {<<: *b, k: 9}
v: [y, on, 017, 08, 0o17, 0x1F, 0b11, 1_000, 1e3, 1.50, 2020-01-01, 1:30, .5, +3, -.5, 1., ~, "y"]
w: [!!str 1, !!int "3", 12e-8, 1e21, 123456789012345678901234567890, +.5, 1.e3, 0x1G, -0x10]
1: a
1.5: b
true: c
n: d
"""
    first: list[object] = [True, True, 15, 8, 15, 31, 3, 1000, 1000, 1.5, "2020-01-01", "1:30", 0.5]
    second = ["1", 3, 1.2e-7, 1e21, 1.2345678901234568e29, 0.5, 1000, "0x1G", -16]
    assert read("f", text) == [
        {
            "base": {"k": 1, "z": 2},
            "m1": {"k": 1, "z": 2},
            "m2": {"k": 9, "z": 2},
            "v": [*first, 3, -0.5, 1, None, "y"],
            "w": second,
            "1": "a",
            "1.5": "b",
            "true": "c",
            "false": "d",
        }
    ]


def test_a_workflow_is_joined_with_the_template_it_refers_to(tmp_path: Path) -> None:
    found = loaded(
        tmp_path,
        w=f"""{A}kind: Workflow
metadata: {{generateName: w-, namespace: ns, labels: {{a: own}}}}
spec:
  workflowTemplateRef: {{name: t}}
  arguments: {{parameters: [{{name: q, value: mine}}]}}
  hooks: {{exit: {{template: a}}}}
""",
        t=f"""{A}kind: WorkflowTemplate
metadata: {{name: t, labels: {{a: theirs}}}}
spec:
  entrypoint: a
  suspend: true
  arguments: {{parameters: [{{name: p, value: p}}, {{name: q, value: theirs}}]}}
  hooks: {{h: {{template: a, expression: 'true'}}}}
  workflowMetadata: {{labels: {{b: more}}}}
  templates: [{LEAF}]
""",
    )
    assert (found.name, found.namespace, found.kind) == ("w", "ns", "Workflow")
    assert found.spec["entrypoint"] == "a"
    assert "suspend" not in found.spec
    given = [(p["name"], p["value"]) for p in found.spec["arguments"]["parameters"]]
    assert given == [("p", "p"), ("q", "mine")]
    assert set(found.spec["hooks"]) == {"exit", "h"}
    assert found.labels == {"a": "own", "b": "more"}
    theirs = found.place(("spec", "arguments", "parameters", 0, "value"))
    assert (Path(theirs.file).name, theirs.line, theirs.column) == ("t.yaml", 7, 45)
    ours = found.place(("spec", "arguments", "parameters", 1, "value"))
    assert (Path(ours.file).name, ours.line, ours.column) == ("w.yaml", 6, 45)
    image = found.place(("spec", "templates", 0, "container", "image"))
    assert (Path(image.file).name, image.line) == ("t.yaml", 10)


def test_names_in_a_template_of_another_object_are_looked_up_there(tmp_path: Path) -> None:
    def template(name: str, kind: str, body: str) -> str:
        return f"{A}kind: {kind}\nmetadata: {{name: {name}}}\nspec: {{templates: [{body}]}}\n"

    call = "{name: b, steps: [[{name: s, template: a}]]}"
    found = loaded(
        tmp_path,
        w=f"{A}kind: Workflow\nmetadata: {{name: w}}\nspec: {{entrypoint: a, templates: [{LEAF}]}}",
        t=template("t", "WorkflowTemplate", f"{call}, {LEAF.replace('x', 'other')}"),
        c=template("t", "ClusterWorkflowTemplate", LEAF.replace("x", "z")),
    )
    outer = found.resolve({"templateRef": {"name": "t", "template": "b"}})
    assert outer.scope.key == "namespaced/t"
    inner = found.resolve({"template": "a"}, outer.scope)
    assert inner.body["container"]["command"] == ["other"]
    assert found.templates("a").body["container"]["command"] == ["x"]
    cluster = {"name": "t", "template": "a", "clusterScope": True}
    assert found.resolve({"templateRef": cluster}).body["container"]["command"] == ["z"]
    with pytest.raises(EngineError, match="template nope not found"):
        found.resolve({"templateRef": {"name": "t", "template": "nope"}})
    with pytest.raises(EngineError, match='couldn\'t find workflow template "ghost"'):
        found.resolve({"templateRef": {"name": "ghost", "template": "a"}})
    inline = {"container": {"image": "i"}}
    assert found.resolve({"inline": inline}, outer.scope).body == inline


def test_defaults_of_templates_fill_what_a_template_does_not_say(tmp_path: Path) -> None:
    found = loaded(
        tmp_path,
        w=f"""{A}kind: Workflow
metadata: {{name: w}}
spec:
  entrypoint: a
  templateDefaults:
    timeout: 5s
    retryStrategy: {{limit: 3, retryPolicy: Always}}
    container: {{image: default, env: [{{name: K, value: d}}, {{name: L, value: d}}]}}
  templates:
  - {{name: a, retryStrategy: {{limit: 1}}, container: {{env: [{{name: K, value: own}}]}}}}
  - {{name: s, script: {{image: i, source: x}}}}
""",
    )
    body = found.templates("a").body
    assert body["timeout"] == "5s"
    assert body["retryStrategy"] == {"limit": 1, "retryPolicy": "Always"}
    assert body["container"]["image"] == "default"
    assert {e["name"]: e["value"] for e in body["container"]["env"]} == {"K": "own", "L": "d"}
    assert "container" not in found.templates("s").body


def test_a_cron_workflow_runs_its_workflow_now(tmp_path: Path) -> None:
    found = loaded(
        tmp_path,
        c=f"""{A}kind: CronWorkflow
metadata: {{name: c, labels: {{of: cron}}}}
spec:
  schedules: ["0 3 * * *"]
  workflowMetadata: {{labels: {{k: v}}, annotations: {{x: z}}}}
  workflowSpec: {{entrypoint: a, templates: [{LEAF}]}}
""",
    )
    assert found.labels == {"k": "v", "workflows.argoproj.io/cron-workflow": "c"}
    assert found.annotations == {"x": "z"}
    assert found.templates("a").name == "a"
    assert found.place(("spec", "entrypoint")).line == 7


def test_a_list_and_its_items_have_places(tmp_path: Path) -> None:
    found = loaded(
        tmp_path,
        m=f"""apiVersion: v1
kind: List
items:
- kind: Deployment
- {{kind: ConfigMap, metadata: {{name: m}}, data: {{k: v}}}}
---
{A}kind: Workflow
metadata: {{name: w}}
spec: {{entrypoint: a, templates: [{LEAF}]}}
""",
    )
    assert found.config_maps["m"]["data"] == {"k": "v"}
    assert found.objects[0].at(("data", "k")).line == 5
    assert found.place(("spec", "entrypoint")).line == 10


def test_what_runs_is_what_nobody_else_calls(tmp_path: Path) -> None:
    templates = f"""{A}kind: WorkflowTemplate
metadata: {{name: shared}}
spec: {{entrypoint: a, templates: [{LEAF}]}}
---
{A}kind: WorkflowTemplate
metadata: {{name: main}}
spec:
  entrypoint: m
  templates:
  - name: m
    steps: [[{{name: s, templateRef: {{name: shared, template: a}}}}]]
"""
    assert loaded(tmp_path, t=templates).name == "main"
    assert load(tmp_path, "shared").name == "shared"
    assert load(tmp_path, "WorkflowTemplate/shared").name == "shared"


BROKEN = {
    "a: [1\n": [("yaml", 2, 1)],
    "a: b: c\n": [("yaml", 1, 5)],
    "kind: A\nkind: B\nx: 1\nx: 2\n": [("duplicate-key", 2, 1), ("duplicate-key", 4, 1)],
    "a: \0\n": [("bad-character", 1, 4)],
    "{[a]: b}\n": [("bad-key", 1, 2)],
    "a: *b\n": [("unknown-alias", 1, 4)],
    "a: {<<: 1}\n": [("yaml", 1, 5)],
    "a: !new b\n": [("yaml-tag", 1, 4)],
    "- a\n": [("not-an-object", 1, 1)],
    "just words\n": [("not-an-object", 1, 1)],
    "": [("no-workflow", 1, 1)],
    "kind: Deployment\n": [("no-workflow", 1, 1)],
    "[" * 100: [("yaml-limit", 1, 66)],
}


@pytest.mark.parametrize("text", BROKEN, ids=repr)
def test_a_broken_file_is_a_diagnostic_with_a_place(text: str, tmp_path: Path) -> None:
    file = tmp_path / "f.yaml"
    file.write_text(text, "utf-8")
    with pytest.raises(Rejected) as caught:
        load(file)
    assert [(p.code, p.at.line, p.at.column) for p in caught.value.problems] == BROKEN[text]


def test_all_mistakes_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    found = refused(tmp_path, one="a: [\n", two="x: 1\nx: 2\n", three="kind: Workflow\n")
    assert found == [("yaml", "one.yaml", 2, 1), ("duplicate-key", "two.yaml", 2, 1)]


def test_files_that_are_no_text_or_too_large_or_missing_are_diagnostics(tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_bytes(b"a: 1\nb: \xff\xfe\n")
    (tmp_path / "l.yaml").write_bytes(b"# 0123456\n" * 1_000_000)
    assert refused(tmp_path) == [("not-utf-8", "b.yaml", 2, 4), ("large-file", "l.yaml", 1, 1)]
    with pytest.raises(EngineError, match="does not exist"):
        load(tmp_path / "none.yaml")


def test_aliases_that_expand_without_end_are_stopped(tmp_path: Path) -> None:
    rows = [f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]" for a, b in zip("abcdefgh", "bcdefghi")]
    text = "\n".join(["a: &a [x, x, x, x, x, x, x, x, x]", *rows])
    assert [code for code, *_ in refused(tmp_path, f=text)] == ["yaml-limit"]


def test_several_workflows_need_a_name(tmp_path: Path) -> None:
    one = f"{A}kind: Workflow\nmetadata: {{name: one}}\nspec: {{}}\n"
    both = f"{one}---\n{one.replace('one', 'two')}"
    assert refused(tmp_path, f=both) == [("no-workflow", "f.yaml", 8, 18)]
    assert load(tmp_path, "two").name == "two"
    assert refused(tmp_path, name="three")[0][0] == "no-workflow"


def test_as_argo_takes_the_last_of_two_equal_keys(tmp_path: Path) -> None:
    file = tmp_path / "f.yaml"
    file.write_text(f"{A}kind: Workflow\nmetadata: {{name: a, name: b}}\nspec: {{}}\n", "utf-8")
    assert load(file, as_argo=True).name == "b"


def test_json_is_read_as_yaml_is(tmp_path: Path) -> None:
    spec = '{"x": 1e3, "t": "\\ud83d\\ude00\x7f"}'
    text = f'{{"kind": "Workflow", "metadata": {{"name": "w"}}, "spec": {spec}}}'
    (tmp_path / "w.json").write_text(text, "utf-8")
    assert load(tmp_path / "w.json").spec == {"x": 1000, "t": "😀\x7f"}
    (tmp_path / "w.json").write_text(text.replace('"t"', '"x"'), "utf-8")
    assert [code for code, *_ in refused(tmp_path)] == ["bad-character"]
    (tmp_path / "w.json").write_text('{"kind": "Workflow", "x": 1,\n "x": 2}', "utf-8")
    assert refused(tmp_path) == [("duplicate-key", "w.json", 2, 2)]


def test_a_run_can_be_read_back_from_its_snapshot(tmp_path: Path) -> None:
    called = f"{A}kind: WorkflowTemplate\nmetadata: {{name: t}}\nspec: {{templates: [{LEAF}]}}\n"
    own = f"{A}kind: Workflow\nmetadata: {{name: w, labels: {{k: v}}}}\n"
    own += "spec: {entrypoint: a, workflowTemplateRef: {name: t}}\n"
    found = loaded(tmp_path, t=called, w=own)
    for name, text in snapshot(found).items():
        (tmp_path / "again").mkdir()
        (tmp_path / "again" / name).write_text(text, "utf-8")
    again = load(tmp_path / "again")
    assert again.templates("a").body == found.templates("a").body
    assert again.labels == {"k": "v"}
    assert again.resolve({"templateRef": {"name": "t", "template": "a"}}).name == "a"


HUGE = "9" * 5000


def test_a_number_of_five_thousand_digits_is_like_any_other(tmp_path: Path) -> None:
    wrong = f"spec: {{entrypoint: a, priority: {HUGE}, templates: [{LEAF}]}}\n"
    with pytest.raises(Rejected):
        admit(loaded(tmp_path, a=f"{A}kind: Workflow\nmetadata: {{name: w}}\n{wrong}"), {})
    late = f'spec: {{entrypoint: a, templates: [{LEAF[:-1]}, activeDeadlineSeconds: "{HUGE}"}}]}}\n'
    bundle = loaded(tmp_path, a=f"{A}kind: Workflow\nmetadata: {{name: w}}\n{late}")
    assert [planned.name for planned in outline(admit(bundle, {}).bundle)] == ["w"]
    with pytest.raises(ValueError, match="missing unit in duration"):
        durations.seconds(HUGE)
