"""Holes that others had, by their numbers, each closed here."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from compiler.problems import Rejected
from compiler.project import load_project
from compiler.render import render, validate
from tests.scratch import PROJECT, SPEC

STEP = "steps: {a: {run: 'true'}}\n"
Codes = Callable[..., set[str]]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "pipelines/p").mkdir(parents=True)
    (tmp_path / "argosy.yaml").write_text(PROJECT)
    return tmp_path


@pytest.fixture
def codes(root: Path) -> Codes:
    def found(spec: str, project: str = "") -> set[str]:
        spec_file = root / "pipelines/p/pipeline.yaml"
        spec_file.unlink(missing_ok=True)
        spec_file.write_text(SPEC + spec)
        (root / "argosy.yaml").write_text(PROJECT + project)
        try:
            return {problem.code for problem in validate(load_project(root))}
        except Rejected as rejected:
            return {problem.code for problem in rejected.problems}

    return found


@pytest.mark.parametrize("folder", ["..", "../..", "/etc", "a/../../b"])
def test_cve_2022_24348_paths_stay_in_the_project(codes: Codes, folder: str) -> None:
    """Argo CD read values files outside of the repository; Flux (CVE-2022-24877) paths too."""
    assert codes(STEP, f"pipelines: {folder}\n") == {"bad-value"}


@pytest.mark.parametrize("place", ["/etc/hostname", "../../../outside.yaml"])
def test_cve_2022_24878_a_spec_is_no_link_out_of_the_project(root: Path, place: str) -> None:
    (root.parent / "outside.yaml").write_text(SPEC + STEP)
    (root / "pipelines/p/pipeline.yaml").symlink_to(place)
    with pytest.raises(Rejected) as caught:
        render(load_project(root), "dev")
    assert {problem.code for problem in caught.value.problems} == {"unreadable"}


@pytest.mark.parametrize("name", ["../outside.yaml", "/etc/hostname", "pipelines/p/link.yaml"])
def test_cve_2026_23968_a_template_reads_no_file_outside(
    root: Path, codes: Codes, name: str
) -> None:
    """Copier followed links and `..` of a template (CVE-2026-23986, CVE-2026-34726 too)."""
    (root.parent / "outside.yaml").write_text("owner: them\n")
    (root / "pipelines/p/link.yaml").symlink_to(root.parent / "outside.yaml")
    found = codes(f"{{% include '{name}' %}}\n" + STEP)
    assert found >= {"template"}


def test_cve_2026_31892_no_patch_goes_around_a_template(codes: Codes) -> None:
    """Argo's `podSpecPatch` beat the template that a policy had checked."""
    assert codes("steps: {a: {run: 'true', podSpecPatch: '{}'}}\n") == {"unknown-key"}
    assert codes("steps: {a: {run: 'true', pod: {podSpecPatch: '{}'}}}\n") == {"unknown-key"}


@pytest.mark.parametrize("kind", ["labels", "annotations"])
@pytest.mark.parametrize(
    "key", ["workflows.argoproj.io/x", "argocd.argoproj.io/hook", "kubectl.kubernetes.io/x"]
)
def test_cve_2026_40886_the_keys_of_controllers_are_theirs(
    codes: Codes, kind: str, key: str
) -> None:
    """One annotation of a pod stopped Argo's controller, again and again."""
    spec = f"steps: {{a: {{run: 'true', pod: {{metadata: {{{kind}: {{{key}: x}}}}}}}}}}\n"
    assert codes(spec) == {"reserved-name"}
    assert codes(spec.replace(key, "example.com/x")) == set()


def test_cve_2026_28229_nothing_secret_is_rendered(codes: Codes) -> None:
    """Templates of Argo could be read by anybody: what is in them is public."""
    token = "ghp_" + "aB3" * 12
    assert codes(f"steps: {{a: {{run: 'true', env: {{T: {token}}}}}}}\n") == {"secret"}


@pytest.mark.parametrize(
    "value", ["{{workflow.name}}", "{{=1}}", "$(HOME)", "a$$b"], ids=lambda value: value
)
def test_argo_12534_a_value_is_not_replaced_on_its_way(codes: Codes, value: str) -> None:
    """Argo replaces tags inside of values (#12534, #13718, #15512, #16061)."""
    default = f"{{% raw %}}'{value}'{{% endraw %}}"
    spec = f"params: {{n: {{type: string, default: {default}}}}}\n"
    assert codes(spec + STEP) == {"bad-parameter"}


def test_argo_13718_a_value_never_becomes_part_of_a_script(root: Path, codes: Codes) -> None:
    spec = "params: {n: {type: string, default: a}}\nsteps: {a: {run: 'echo ${params.n}'}}\n"
    assert codes(spec) == set()
    files = render(load_project(root), "dev").files
    script = next(body for name, body in files.items() if "configmap" in name).decode()
    assert "params.n" not in script
    assert "ARGOSY_PARAMS_N" in script


@pytest.mark.parametrize(
    "expression",
    [
        "''.__class__.__mro__[1].__subclasses__()",
        "env.__init__.__globals__",
        "range.__globals__",
        "('{0.__class__}').format(1)",  # CVE-2016-10745
        "('{x.__class__}').format_map({'x': 1})",  # CVE-2019-10906
        "['{0.__class__}'.format][0](1)",  # CVE-2024-56326
        "'' | attr('__class__')",  # CVE-2025-27516
        "['a'] | map(attribute='__class__') | list",
        "['a', 'b'] | sort(attribute='__class__')",
        "[1] | groupby('__class__') | list",
        "self.__init__",
        "vars.clear()",
        "cycler.__init__",
        "joiner",
        "lipsum.__globals__",
        "namespace(a=1)",
    ],
)
def test_cve_2024_56326_templates_reach_no_internals(codes: Codes, expression: str) -> None:
    found = codes(f"description: >-\n  {{{{ {expression} }}}}\n" + STEP)
    assert found <= {"template", "undefined-variable"}
    assert found


def test_cve_2024_56201_the_name_of_a_template_is_no_code(codes: Codes) -> None:
    name = "x{% set y = ''.__class__ %}\"); import os; (\""
    assert codes(f"description: a\n{{% include {name!r} %}}\n" + STEP) >= {"template"}


def test_cve_2021_42574_what_is_shown_is_what_is_read(codes: Codes) -> None:
    assert codes("steps: {a: {run: 'echo \u202etxet'}}\n") == {"bidi-character"}


@pytest.mark.parametrize("pattern", ["(a+)+", "(a|a)*b", "([a-z]+)*!x"])
def test_cve_2024_4067_a_pattern_takes_no_longer_than_its_text(codes: Codes, pattern: str) -> None:
    before = time.process_time()
    value = "a" * 40 + "!"
    spec = f"params: {{n: {{type: string, default: '{value}', pattern: '{pattern}'}}}}\n"
    assert codes(spec + STEP) == {"bad-parameter"}
    assert time.process_time() - before < 2


@pytest.mark.parametrize("pattern", ["(?=a)a", r"(a)\1"])
def test_a_pattern_that_no_linear_matcher_knows_is_refused(codes: Codes, pattern: str) -> None:
    spec = f"params: {{n: {{type: string, default: a, pattern: '{pattern}'}}}}\n"
    assert codes(spec + STEP) == {"bad-parameter"}
