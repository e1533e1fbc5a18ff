"""Templates are strict, closed and pure, and each line of their text knows where it comes from."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from compiler.document import read
from compiler.problems import Problem, Rejected
from compiler.source import Source
from compiler.template import render

CONTEXT: Mapping[str, object] = {
    "env": "dev",
    "project": "acme",
    "vars": {"bucket": "b", "names": ["x", "y"], "flag": True, "none": None, "name": "n"},
}


def rendered(text: str, root: Path = Path("/nowhere")) -> Source:
    return render("p.yaml", text, CONTEXT, root)


def refused(text: str, root: Path = Path("/nowhere")) -> Problem:
    """Return the only problem of a template, whether it stopped the rendering or not."""
    try:
        problems = rendered(text, root).problems
    except Rejected as rejected:
        problems = rejected.problems
    assert len(problems) == 1, problems
    return problems[0]


def test_a_text_without_markers_is_its_own_source() -> None:
    source = rendered("a: 1\nb: ${HOME}\n")
    assert source.text == "a: 1\nb: ${HOME}\n"
    assert source.origins == (("p.yaml", 1), ("p.yaml", 2), ("p.yaml", 3))


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("e: {{ env }}-{{ project }}\n", "e: dev-acme\n"),
        ("n: {{ vars.names }}\n", 'n: ["x", "y"]\n'),
        ("f: {{ vars.flag }} {{ vars.none }}\n", "f: true null\n"),
        ("m: {{ vars.names | map('upper') }}\n", 'm: ["X", "Y"]\n'),
        ("m: {{ vars.missing | default('d') }}\n", "m: d\n"),
        ("m: {{ 2 * 3.5 }} {{ 1e-5 }}\n", "m: 7.0 1e-05\n"),
        ("{% if vars.missing is defined %}\na: 1\n{% endif %}\nb: 2\n", "b: 2\n"),
        ("{# note #}\na: 1\n", "a: 1\n"),
        ("a: {{ '{{' }}x\n", "a: {{x\n"),
    ],
)
def test_templates_write_what_yaml_reads(template: str, text: str) -> None:
    source = rendered(template)
    assert (source.text, source.problems) == (text, ())


LINES = """\
{% set x = 'v' %}
{% set block %}
text
{% endset %}
{% macro item(n) %}
- macro-{{ n }}  #6
{% endmacro %}
first: 1  #8

{% for n in vars.names %}
loop-{{ n }}:  #11
  inner: {{ n }}  #12
{% endfor %}
{% if env == 'dev' -%}

   then: 1  #16
{% else %}
else: 1
{%- endif %}
{#- a
comment -#}
{% raw %}
raw: "{{ x }}"  #23
{% endraw %}
{{ item(1) }}{{ item(2) | indent(2) -}}
last: {{ x }}  #26
"""


def test_every_line_is_mapped_to_the_line_that_it_was_written_on() -> None:
    source = rendered(LINES)
    found = [
        (line, origin)
        for line, (_, origin) in zip(source.text.split("\n"), source.origins)
        if "#" in line
    ]
    assert len(found) == 10
    assert [int(line.rpartition("#")[2]) for line, _ in found] == [origin for _, origin in found]


def test_a_place_in_a_loop_is_that_of_the_template() -> None:
    source = rendered(
        "steps:\n{% for n in vars.names %}\n  {{ n }}: {run: go-{{ n }}}\n{% endfor %}\n"
    )
    document = read(source)
    assert str(document.key(("steps", "y"))) == "p.yaml:3:3"
    assert str(document.at(("steps", "y", "run"))) == "p.yaml:3:3"
    assert str(document.key(("steps", "y", "run"))) == "p.yaml:3:13"


def test_included_lines_come_from_the_included_file(tmp_path: Path) -> None:
    (tmp_path / "part.yaml").write_text("# head\nshared: {{ env }}\n")
    source = rendered("a: 1\n{% include 'part.yaml' %}\nb: 2\n", tmp_path)
    document = read(source)
    assert document.data == {"a": 1, "shared": "dev", "b": 2}
    assert str(document.key(("shared",))) == "part.yaml:2:1"
    assert str(document.key(("b",))) == "p.yaml:3:1"


@pytest.mark.parametrize(
    "name",
    ["../out.yaml", "/etc/hostname", "missing.yaml", "link.yaml", "bin", ".env", "./.git/config"],
)
def test_only_files_of_the_project_are_included(tmp_path: Path, name: str) -> None:
    root = tmp_path / "project"
    root.mkdir()
    (tmp_path / "out.yaml").write_text("secret: 1\n")
    (root / "link.yaml").symlink_to(tmp_path / "out.yaml")
    (root / "bin").write_bytes(b"\xff\xfe")
    (root / ".git").mkdir()
    for hidden in (".env", ".git/config"):
        (root / hidden).write_text("token: 1\n")
    problem = refused(f"a: 1\n{{% include '{name}' %}}\n", root)
    assert problem.message == f"template `{name}` is not a file of this project"
    assert problem.at.line == 2


def test_every_undefined_name_is_shown_at_its_place() -> None:
    source = rendered("bukket: {{ vars.bukket }}\nx: {{ nev }}\n{% for a in lst %}\n{% endfor %}\n")
    assert [(str(p.at), p.message, p.hint) for p in source.problems] == [
        ("p.yaml:1:17", "`bukket` is undefined", "did you mean `bucket`?"),
        ("p.yaml:2:7", "`nev` is undefined", "did you mean `env`?"),
        ("p.yaml:3:13", "`lst` is undefined", "known here: env, models, project, vars"),
    ]


@pytest.mark.parametrize(
    ("template", "line", "message"),
    [
        ("a: 1\n{% for x in %}\n", 2, "Expected an expression"),
        ("a: 1\n{% if env %}\nb: 1\n", 3, "end of template"),
        ("a: 1\nb: {{ env | shuffle }}\n", 2, "No filter named 'shuffle'"),
        ("a: {{ vars.names | random }}\n", 1, "No filter named 'random'"),
        ("a: 1\nb: {{ 1 / 0 }}\n", 2, "division by zero"),
        ("a: 1\nb: {{ env + 1 }}\n", 2, "can only concatenate"),
        ("a: 1\nb: {{ env.upper }}\n", 2, "call it with `()`"),
        ("a: 1\nb: {{ range }}\n", 2, "call it with `()`"),
        ("a: 1\nb: {{ 'x' * 1000000000000 }}\n", 2, "for numbers only"),
        ("a: 1\nb: {{ '%0999999999d' % 1 }}\n", 2, "for numbers only"),
        ("a: 1\nb: {{ 10 ** 10 ** 10 }}\n", 2, "for numbers only"),
        ("a: {{ ''.__class__.__mro__ }}\n", 1, "unsafe"),
        ("a: {{ range(1000000) | length }}\n", 1, "Range too big"),
        ("a: {{ 'x' | format(1) }}\n", 1, "not all arguments converted"),
    ],
)
def test_a_template_that_fails_says_where(template: str, line: int, message: str) -> None:
    problem = refused(template)
    assert message in problem.message
    assert (problem.code, problem.at.line) == ("template", line)


@pytest.mark.parametrize(
    ("template", "line", "message"),
    [
        ("a: 1\n{% include 'p.yaml' %}\n", 2, "without end"),
        ("{% macro m() %}\n{{ m() }}\n{% endmacro %}\n{{ m() }}\n", 2, "without end"),
        (
            "\n{% for a in range(99999) %}{% for b in range(30) %}{% endfor %}\n{% endfor %}",
            2,
            "turns",
        ),
        (
            "{% for a in range(30000) %}\n{{ a }}" + "x" * 99 + "{% endfor %}",
            1,
            "more than 2,000,000 characters",
        ),
        ("{% set x = 9999999 %}\n" + "{% set x = x * x %}\n" * 40 + "{{ x }}", 9, "`*` would make"),
        ("{% set x = 'ab' %}\n" + "{% set x = x + x %}\n" * 40 + "{{ x }}", 20, "`+` would make"),
        ("{% set x = [1] %}\n" + "{% set x = x + x %}\n" * 40 + "{{ x }}", 21, "`+` would make"),
    ],
)
def test_a_template_without_bounds_is_refused(template: str, line: int, message: str) -> None:
    problem = refused(template)
    assert message in problem.message
    assert (problem.code, problem.at.line) == ("template-limit", line)


@pytest.mark.parametrize("name", ["lipsum", "cycler", "dict", "namespace", "now"])
def test_nothing_but_the_context_is_known(name: str) -> None:
    assert refused(f"a: {{{{ {name} }}}}\n").code == "undefined-variable"


def test_methods_that_change_data_are_unknown() -> None:
    assert refused("a: {{ vars.names.append(1) }}\n").message == "`append` is undefined"


def test_private_use_characters_are_refused_since_they_mark_lines() -> None:
    assert refused("a: \ue000\n").code == "bad-character"


def test_equal_input_gives_equal_text() -> None:
    assert rendered(LINES) == rendered(LINES)


def test_a_misspelt_filter_is_recognised() -> None:
    assert refused("a: {{ env | uper }}\n").hint == "did you mean `upper`?"


@pytest.mark.parametrize("kind", ["pipe", "large", "folder"])
def test_what_is_no_small_regular_file_is_not_included(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "part.yaml"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "large":
        path.write_bytes(b"#" * (1024 * 1024 + 1))
    else:
        path.mkdir()
    found = refused("a: 1\n{% include 'part.yaml' %}\n", tmp_path)
    assert found.message == "template `part.yaml` is not a file of this project"


def test_a_file_in_a_linked_folder_is_not_included(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real/part.yaml").write_text("b: 1\n")
    (tmp_path / "link").symlink_to("real")
    assert rendered("{% include 'real/part.yaml' %}", tmp_path).text == "b: 1\n"
    assert "not a file" in refused("{% include 'link/part.yaml' %}", tmp_path).message


def test_a_project_may_itself_lie_behind_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real/part.yaml").write_text("b: 1\n")
    (tmp_path / "link").symlink_to("real")
    assert rendered("{% include 'part.yaml' %}", tmp_path / "link").text == "b: 1\n"


def test_a_project_of_a_thousand_includes_is_refused(tmp_path: Path) -> None:
    for number in range(510):
        (tmp_path / f"{number}.yaml").write_text("")
    text = "{% for n in range(510) %}{% include n ~ '.yaml' %}{% endfor %}"
    assert "more than 500 files" in refused(text, tmp_path).message
