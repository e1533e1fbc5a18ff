"""276 small manifests, wrong in one way each: we answer what real Argo 3.7.3 was seen to answer.

The second line of each says what `argo lint --offline --strict`, the API server and the controller
did; `run` means that pods started, `none` that it never came to the controller.
"""

from pathlib import Path

import pytest

from compiler.document import read
from compiler.manifests import Finding, Judge, check
from compiler.problems import Rejected
from compiler.source import plain
from tests.argo import mutants

FILES = sorted(mutants.REJECTIONS.glob("*.yaml"))
# Argo refers to this one, which stands beside the manifests in some rows
BESIDE = """
apiVersion: argoproj.io/v1alpha1
kind: WorkflowTemplate
metadata: {name: base}
spec: {templates: [{name: a, container: {image: a, command: [x]}}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: plain}
data: {k: v}
"""
ENDS = {
    "reject": {Judge.SUBMIT},
    "ignored": {Judge.IGNORED},
    "error": {Judge.ERROR},
    "fail": {Judge.ERROR},
    "pending": set[Judge](),
}
# a manifest cannot tell: what the cluster has, what a step prints
UNSURE = {"G14d", "G16", "G16b", "G16c", "G16d", "G16e", "G16f", "G16g", "N04", "N06"}
# these run as they are written
FINE = {
    *("G01e", "G06e", "G06f", "G06i", "G07p", "G07q", "G07r", "G08c", "G10i", "V64b", "V15f"),
    "V01b",
}
# rows of one rule that are found under another, which says more
ALSO = {
    "V19c": "V17",
    **dict.fromkeys(("G01", "V54c", "G06g"), "V51 V54"),
    **dict.fromkeys(("G01b", "G01d", "G18", "V47c"), "V45 V47"),
    "G01c": "V50",
    "G19": "V01",
    "G09c": "V26",
    "V01g": "V01",
    "V22b": "G10",
    "G06h": "G05",
    "V51e": "G06",
    "V51f": "G06",
    "V51h": "V51",
    "V14g": "V14",
    **dict.fromkeys(("V23", "V34", "V35", "V36"), "V01"),
    "V15b": "V15",
    "V46b": "V46",
    "V52": "V52",
    "V28": "V28",
    "V64": "V64",
}


def expected(file: Path) -> dict[str, str]:
    line = file.read_text("utf-8").split("\n")[1]
    return dict(word.split("=") for word in line.split()[2:])


def findings(file: Path) -> list[Finding]:
    beside = mutants.load(BESIDE)
    if file.stem != "G16h":
        beside.pop()
    found = check([*beside, *mutants.load(file.read_text("utf-8"))])
    return [each for one in found[len(beside) :] for each in one]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_we_answer_as_argo_did(file: Path) -> None:
    verdict, found = expected(file), findings(file)
    judges = {judge for each in found for judge in each.judges}
    if file.stem == "V01b":  # two equal keys: nothing that was read holds both
        return
    assert ("reject" if Judge.LINT in judges else "accept") == verdict["lint"], found
    assert ("reject" if Judge.API in judges else "accept") == verdict["api"], found
    later = judges & {Judge.SUBMIT, Judge.IGNORED, Judge.ERROR}
    if verdict["controller"] in ENDS:
        wanted = ENDS[verdict["controller"]]
        assert wanted <= judges if file.stem not in UNSURE else Judge.UNSURE in judges, found
    elif verdict["controller"] == "run":
        assert not later or file.stem == "V01b", found


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_rule_is_named(file: Path) -> None:
    rules = {each.rule for each in findings(file)} - ({"G16"} - {file.stem[:3]})
    wanted = set(ALSO.get(file.stem, file.stem[:3]).split())
    if file.stem in FINE:
        assert not rules
    else:
        assert rules & wanted, (rules, wanted)


def test_two_equal_keys_are_found_where_text_is_read() -> None:
    text = (mutants.REJECTIONS / "V01b.yaml").read_text("utf-8")
    with pytest.raises(Rejected) as rejected:
        read(plain("V01b.yaml", text))
    assert [problem.code for problem in rejected.value.problems] == ["duplicate-key"]


def test_every_rule_has_its_rows() -> None:
    rows = {file.stem[:3] for file in FILES}
    wanted = {f"V{n:02}" for n in range(1, 71)} | {f"G{n:02}" for n in range(1, 21)}
    assert rows == wanted | {f"N{n:02}" for n in range(1, 12)}
