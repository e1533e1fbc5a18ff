"""Components: each mistake of one, or of a step that uses one, at the place where it is."""

from pathlib import Path

import pytest

from compiler.problems import Problem, Rejected
from compiler.project import load_project
from compiler.render import compile_pipeline, render, validate
from tests import scratch

PROJECT = """apiVersion: argosy.dev/v1
kind: Project
name: t
environments: {dev: {namespace: d, vars: {image: "a:1"}}}
"""
HEAD = """apiVersion: argosy.dev/v1
kind: Pipeline
name: p
params: {n: {type: integer, default: 1}, l: {type: list, default: [a]}}
defaults: {image: "b:1", env: {WHO: caller}}
steps:
  first: {run: "true", outputs: {v: {value: v, type: number}, f: f}}
"""
FETCH = """apiVersion: argosy.dev/v1
kind: Component
name: fetch
params:
  url: {type: string, pattern: "https?://.*"}
  tries: {type: integer, default: 3, min: 1}
inputs: {list: {type: artifact, optional: true}, rate: {type: number}}
outputs: {file: file, size: {value: size, type: integer}}
image: "{{ vars.image }}"
"""
RUN = "run: curl -o file ${params.url} --retry ${params.tries} ${inputs.list}\n"
GIVEN = 'with: {url: "http://x"}'
WIRED = 'inputs: {rate: "${steps.first.outputs.v}"}'


def write(folder: Path, steps: str, component: str | None = FETCH + RUN) -> Path:
    scratch.write(folder, HEAD + steps, PROJECT)
    (folder / "components").mkdir()
    if component is not None:
        (folder / "components/fetch.yaml").write_text(component, "utf-8")
    return folder


def shown(problem: Problem) -> str:
    file = problem.at.file.rpartition("/")[2].removesuffix(".yaml")
    words = f"{file}:{problem.at.line}:{problem.at.column} {problem.code}: {problem.message}"
    places = ", ".join(f"{place.message}: {place.at.line}" for place in problem.related)
    return " | ".join(filter(None, (words, problem.hint, places)))


def problems(folder: Path) -> list[str]:
    return [shown(problem) for problem in validate(load_project(folder))]


AT_THE_STEP = {
    "a name with a typo": (
        "uses: fetsch",
        "unknown-component: no component `fetsch` | did you mean `fetch`?",
    ),
    "a version of the project's own": (
        "uses: fetch@2",
        "unknown-component: `fetch` is of this project, which has one version of it | "
        "write `uses: fetch`",
    ),
    "no version": (
        "uses: argosy/slack",
        "unknown-component: `argosy/slack` names no version | write `uses: argosy/slack@1`",
    ),
    "a version that is none": (
        "uses: argosy/slack@latest",
        "unknown-component: `slack` has no version latest | there is `argosy/slack@1`",
    ),
    "one that does not come with Argosy": (
        "uses: argosy/slak@1",
        "unknown-component: no component `slak` comes with Argosy | did you mean `slack`?",
    ),
    "no value": (
        f"uses: fetch, {WIRED}",
        "missing-argument: step `a` gives no `url` | add `with: {url: …}`, a string",
    ),
    "a parameter with a typo": (
        f'uses: fetch, with: {{url: "http://x", trie: 2}}, {WIRED}',
        "unknown-argument: component `fetch` has no parameter `trie` | did you mean `tries`?",
    ),
    "a value of another type": (
        f'uses: fetch, with: {{url: "http://x", tries: many}}, {WIRED}',
        "wrong-argument: 'many' is no integer",
    ),
    "a value beyond a limit": (
        f'uses: fetch, with: {{url: "http://x", tries: 0}}, {WIRED}',
        "wrong-argument: 0 is less than the minimum 1",
    ),
    "a reference of another type": (
        f'uses: fetch, with: {{url: "http://x", tries: "${{params.l}}"}}, {WIRED}',
        "wrong-argument: `tries` is an integer, this is a list",
    ),
    "text where a number is wanted": (
        f'uses: fetch, with: {{url: "http://x", tries: "1${{params.n}}"}}, {WIRED}',
        "wrong-argument: `tries` is an integer, this is a string",
    ),
    "a reference that names nothing": (
        f'uses: fetch, with: {{url: "http://${{params.m}}"}}, {WIRED}',
        "unknown-reference: no parameter is called `m` | known here: l, n",
    ),
    "an input that is not wired": (
        f"uses: fetch, {GIVEN}",
        "missing-argument: component `fetch` needs input `rate` | "
        'add `inputs: {rate: "${steps.STEP.outputs.NAME}"}`',
    ),
    "an input of another type": (
        f'uses: fetch, {GIVEN}, inputs: {{rate: "${{steps.first.outputs.f}}"}}',
        "wrong-argument: input `rate` is a number, this is a file | see `fetch`",
    ),
    "an input with a typo": (
        f"uses: fetch, {GIVEN}, "
        'inputs: {rate: "${steps.first.outputs.v}", lst: "${steps.first.outputs.f}"}',
        "unknown-argument: component `fetch` has no input `lst` | did you mean `list`?",
    ),
    "an output of the step's own": (
        f"uses: fetch, {GIVEN}, {WIRED}, outputs: {{more: more}}",
        "unknown-argument: component `fetch` has no output `more` | known here: file, size",
    ),
    "an output of the component, moved": (
        f"uses: fetch, {GIVEN}, {WIRED}, outputs: {{file: other}}",
        "unknown-argument: component `fetch` says itself where `file` is | remove it",
    ),
    "two kinds": (
        f"uses: fetch, run: 'true', {GIVEN}, {WIRED}",
        "step-kind: step `a` has `run` and `uses` | a step has exactly one of run, command, "
        "python, uses, select, register, approval, resource, pipeline | first here: 8",
    ),
    "values without a component": (
        f"run: 'true', {GIVEN}",
        "no-effect: `with` has no effect on a step of kind `run` | name a component: `uses: …`",
    ),
}


@pytest.mark.parametrize("name", AT_THE_STEP)
def test_a_mistake_of_who_uses_it_is_shown_there(name: str, tmp_path: Path) -> None:
    body, expected = AT_THE_STEP[name]
    found = problems(write(tmp_path, f"  a: {{{body}}}\n"))
    assert [line.partition(" ")[2] for line in found] == [expected]
    assert found[0].startswith("pipeline:8:")


def test_no_name_leads_out_of_the_folder(tmp_path: Path) -> None:
    (found,) = problems(write(tmp_path, "  a: {uses: ../argosy}\n"))
    assert found.startswith("pipeline:8:13 unknown-component: no component `../argosy`")


def test_an_output_of_another_kind_of_step(tmp_path: Path) -> None:
    component = (FETCH + RUN).replace("{value: size,", "{jsonPath: '{.size}',")
    (found,) = problems(write(tmp_path, f"  a: {{uses: fetch, {GIVEN}, {WIRED}}}\n", component))
    assert found.startswith("fetch:8:29 bad-output: an output of a `run` step has a `value`")


def test_an_output_that_the_component_lacks(tmp_path: Path) -> None:
    steps = (
        f"  a: {{uses: fetch, {GIVEN}, {WIRED}}}\n  b: {{run: 'cat ${{steps.a.outputs.siz}}'}}\n"
    )
    assert problems(write(tmp_path, steps)) == [
        "pipeline:9:17 unknown-reference: step `a` has no output `siz` | did you mean `size`?"
    ]


def test_what_a_missing_component_might_put_out_is_not_a_second_mistake(tmp_path: Path) -> None:
    steps = "  a: {uses: fetsch}\n  b: {run: 'cat ${steps.a.outputs.size}', needs: [frist]}\n"
    assert [line.split(":")[3] for line in problems(write(tmp_path, steps))] == [
        " no component `fetsch` | did you mean `fetch`?",
        " no step `frist` | did you mean `first`?",
    ]


INSIDE = {
    "a parameter with a typo": (
        "run: curl ${params.uri}\n",
        "fetch:10:11 unknown-reference: no parameter is called `uri` | did you mean `url`?",
    ),
    "a parameter of the pipeline": (
        "run: echo ${params.n}\n",
        "fetch:10:11 unknown-reference: no parameter is called `n` | known here: tries, url",
    ),
    "an output of a step": (
        "command: [a, '${steps.first.outputs.v}']\n",
        "fetch:10:15 unknown-reference: a component does not see the `steps` of who uses it | "
        "declare a parameter or an input, which the step fills",
    ),
    "an axis": (
        "env: {A: '${matrix.a}'}\nrun: x\n",
        "fetch:10:11 unknown-reference: a component does not see the `matrix` of who uses it | "
        "declare a parameter or an input, which the step fills",
    ),
    "an input that it does not declare": (
        "run: echo ${inputs.lst}\n",
        "fetch:10:11 unknown-reference: no input is called `lst` | did you mean `list`?",
    ),
    "a reference in single quotes": (
        "run: echo '${params.url}'\n",
        "fetch:10:12 misplaced-reference: ${params.url} inside single quotes would not be "
        "expanded safely | close the single quotes around it: 'a '${params.url}' b', or use "
        "double quotes",
    ),
    "a reference in Python": (
        "python: |\n  x = 1\n  y = ${params.url}\n",
        "fetch:12:7 reference-in-python: references are not replaced in `python:` | "
        'write `params["url"]`: these objects are there, typed',
    ),
    "a profile that the project lacks": (
        "hardware: big\nrun: x\n",
        "fetch:10:11 unknown-profile: no hardware profile `big`",
    ),
    "two kinds": (
        "run: x\npython: y\n",
        "fetch:11:1 step-kind: component `fetch` has `run` and `python` | "
        "it has one of run, command, python",
    ),
    "no kind": (
        "",
        "fetch:3:1 step-kind: component `fetch` does nothing | it has one of run, command, python",
    ),
    "a component in it": (
        "run: x\nuses: argosy/slack@1\n",
        "fetch:11:1 unknown-key: `uses` cannot stand in a component | write out what it does",
    ),
    "a variable that is not defined": (
        "run: x {{ vars.tag }}\n",
        "fetch:10:16 undefined-variable: `tag` is undefined | known here: image",
    ),
    "broken YAML": (
        "run: [x\n",
        "fetch:11:1 yaml: while parsing a flow sequence did not find expected ',' or ']'",
    ),
}


@pytest.mark.parametrize("name", INSIDE)
def test_a_mistake_of_the_component_is_shown_in_its_file(name: str, tmp_path: Path) -> None:
    body, expected = INSIDE[name]
    uses = f"{{uses: fetch, {GIVEN}, {WIRED}}}"
    folder = write(tmp_path, f"  a: {uses}\n  b: {uses}\n", FETCH + body)
    users = "used by step `a` of `p`: 8, used by step `b` of `p`: 9"
    assert problems(folder) == [f"{expected} | {users}"]
    (folder / "pipelines/p/pipeline.yaml").write_text(HEAD, "utf-8")
    assert problems(folder) == [expected], "nobody uses it"


def test_a_component_has_the_name_of_its_file(tmp_path: Path) -> None:
    assert problems(write(tmp_path, "", (FETCH + RUN).replace("fetch", "get"))) == [
        "fetch:3:7 name: the component is called `get`, its file `fetch.yaml` | make them equal"
    ]


def test_a_default_keeps_the_limits(tmp_path: Path) -> None:
    component = (FETCH + RUN).replace("default: 3", "default: 0")
    assert problems(write(tmp_path, "", component)) == [
        "fetch:6:35 bad-parameter: 0 is less than the minimum 1 | the limit: 6"
    ]


@pytest.mark.parametrize("default", ["'${run.name}'", "'a ${params.n}'"])
def test_a_default_holds_no_references(default: str, tmp_path: Path) -> None:
    component = (FETCH + RUN).replace("integer, default: 3, min: 1", f"string, default: {default}")
    assert [found.split(": ")[0] for found in problems(write(tmp_path, "", component))] == [
        "fetch:6:34 bad-parameter"
    ]


def test_a_handler_uses_components_too(tmp_path: Path) -> None:
    more = "on:\n  failure: [{name: x, uses: argosy/slack@1, with: {text: '${matrix.a}'}}]\n"
    assert problems(write(tmp_path, more)) == [
        "pipeline:9:59 unknown-reference: no matrix axis is called `a` | none is declared"
    ]
    spec = tmp_path / "pipelines/p/pipeline.yaml"
    spec.write_text(spec.read_text("utf-8").replace("matrix.a", "run.status"), "utf-8")
    assert problems(tmp_path) == []


def test_a_link_out_of_the_project_is_no_component(tmp_path: Path) -> None:
    folder = write(tmp_path / "project", f"  a: {{uses: fetch, {GIVEN}, {WIRED}}}\n", None)
    (tmp_path / "fetch.yaml").write_text(FETCH + RUN, "utf-8")
    (folder / "components/fetch.yaml").symlink_to(tmp_path / "fetch.yaml")
    (found,) = problems(folder)
    assert found.startswith("fetch:1:1 unreadable: components/fetch.yaml leads out of the project")


def container(folder: Path, step: str = "a") -> dict[str, object]:
    import yaml

    text = render(load_project(folder), "dev", verified=True).files["p/workflowtemplate.yaml"]
    templates = {t["name"]: t for t in yaml.safe_load(text)["spec"]["templates"]}
    found: dict[str, object] = templates[step]["container"]
    return found


def test_the_step_wins_over_the_component_and_that_over_the_defaults(tmp_path: Path) -> None:
    component = FETCH + RUN + "env: {WHO: component, A: '${params.tries}', B: b}\ntimeout: 1m\n"
    folder = write(
        tmp_path, f"  a: {{uses: fetch, {GIVEN}, {WIRED}, env: {{A: mine}}}}\n", component
    )
    found = container(folder)
    env = {item["name"]: item.get("value") for item in found["env"]}  # type: ignore[attr-defined]
    assert (found["image"], env["WHO"], env["A"], env["B"]) == ("a:1", "component", "mine", "b")
    spec = folder / "pipelines/p/pipeline.yaml"
    spec.write_text(spec.read_text("utf-8").replace("uses: fetch,", "uses: fetch, image: c,"))
    assert container(folder)["image"] == "c"


def test_the_digest_is_of_what_a_component_means(tmp_path: Path) -> None:
    folder = write(tmp_path, f"  a: {{uses: fetch, {GIVEN}, {WIRED}}}\n")
    file, code = folder / "components/fetch.yaml", folder / "components/fetch"

    def digest() -> str:
        (used,) = compile_pipeline(load_project(folder), "p", "dev").components
        return used.digest

    first = digest()
    file.write_text("# comment\n" + FETCH + RUN + "description: new\n", "utf-8")
    assert digest() == first
    code.mkdir()
    (code / "more.py").write_text("1", "utf-8")
    second = digest()
    (code / "more.py").write_text("2", "utf-8")
    assert len({first, second, digest()}) == 3


def test_what_looks_like_a_secret_is_found_in_components(tmp_path: Path) -> None:
    key = "AKIA" + "ABCDEFGHIJKLMNOP"
    steps = f"  a: {{uses: fetch, with: {{url: 'http://x/{key}'}}, {WIRED}}}\n"
    folder = write(tmp_path, steps)
    (folder / "components/fetch").mkdir()
    (folder / "components/fetch/key.py").write_text(f"\nkey = '{key}'\n", "utf-8")
    assert [line.split(" | ")[0] for line in problems(folder)] == [
        "key.py:2:8 secret: this looks like a key of AWS",
        "pipeline:8:42 secret: this looks like a key of AWS",
    ]


def test_code_that_cannot_travel(tmp_path: Path) -> None:
    folder = write(tmp_path, f"  a: {{uses: fetch, {GIVEN}, {WIRED}}}\n")
    (folder / "components/fetch").mkdir()
    (folder / "components/fetch/link").symlink_to("/etc/hostname")
    (found,) = problems(folder)
    assert found.startswith("link:1:1 code: components/fetch/link is a symbolic link")
    with pytest.raises(Rejected):
        render(load_project(folder), "dev")


def test_a_folder_that_is_a_link_does_not_travel(tmp_path: Path) -> None:
    folder = write(tmp_path / "project", f"  a: {{uses: fetch, {GIVEN}, {WIRED}}}\n")
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret/key").write_text("hunter2", "utf-8")
    (folder / "components/fetch").symlink_to(tmp_path / "secret")
    (found,) = problems(folder)
    assert found.startswith("fetch:1:1 code: components/fetch is a symbolic link")


def test_a_file_beside_a_component_is_no_folder_of_it(tmp_path: Path) -> None:
    folder = write(tmp_path, f"  a: {{uses: fetch, {GIVEN}, {WIRED}}}\n")
    (folder / "components/fetch").write_text("", "utf-8")
    assert problems(folder) == []


def test_an_environment_patches_what_a_step_gives(tmp_path: Path) -> None:
    steps = f"  a: {{uses: fetch, {GIVEN}, {WIRED}}}\n"
    patch = "environments: {dev: {steps: {a: {with: {tries: 0}}}}}\n"
    folder = write(tmp_path, steps + patch)
    (found,) = problems(folder)
    assert found.startswith("pipeline:9:48 wrong-argument: 0 is less than the minimum 1")
    spec = folder / "pipelines/p/pipeline.yaml"
    spec.write_text(spec.read_text("utf-8").replace("tries: 0", "tries: 2"), "utf-8")
    env = {item["name"]: item.get("value") for item in container(folder)["env"]}  # type: ignore[attr-defined]
    assert env["ARGOSY_PARAMS_TRIES"] == "2"
