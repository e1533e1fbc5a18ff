"""Policies on the command line: levels, suppressions, files of the project, and the gate."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Shop

OWNER = "owner: shop-team\n"


@pytest.fixture
def strict(shop: "Shop") -> "Callable[..., None]":
    """Return what sets the policies of the project, and writes files of its own."""

    def set_policies(policy: str, **files: str) -> None:
        with (shop.root / "argosy.yaml").open("a", encoding="utf-8") as project:
            project.write(f"policy: {policy}\n")
        for name, text in files.items():
            folder = shop.root / "policy"
            folder.mkdir(exist_ok=True)
            head = f"apiVersion: argosy.dev/v1\nkind: Policy\nname: {name}\nmessage: not so\n"
            (folder / f"{name}.yaml").write_text(head + text, "utf-8")

    return set_policies


Strict = Callable[..., None]


def test_a_refusal_ends_publish_with_5_and_nothing_is_published(
    shop: "Shop", strict: Strict
) -> None:
    strict("{owner-required: refuse}")
    shop.edit(OWNER, "")
    shop.commit()
    ended = shop.argosy("publish", "--env", "dev")
    assert ended.status == 5
    assert "owner-required: the pipeline has no owner" in ended.err
    assert "pipelines/hello/pipeline.yaml:3:1" in ended.err
    assert not (shop.root / ".argosy/gitops.git").exists()
    shop.edit("name: hello\n", f"name: hello\n{OWNER}")
    shop.commit("Own it")
    assert shop.argosy("publish", "--env", "dev").status == 0


def test_a_warning_lets_a_publish_pass_and_is_said(shop: "Shop", strict: Strict) -> None:
    strict("{image-digests: warn}")
    shop.commit()
    ended = shop.argosy("publish", "--env", "dev")
    assert ended.status == 0
    assert "image-digests: `greet` has the image `python:3.11`, by no digest" in ended.err


def test_an_environment_is_stricter_than_the_project(shop: "Shop", strict: Strict) -> None:
    shop.edit(
        "prod: {namespace: ml-prod,",
        "prod: {policy: {image-digests: refuse}, namespace: ml-prod,",
        shop.root / "argosy.yaml",
    )
    strict("{image-digests: off}")
    assert shop.argosy("policy", "--env", "dev").status == 0
    assert shop.argosy("policy", "--env", "prod").status == 5
    assert shop.argosy("validate", "--env", "dev").status == 0
    assert shop.argosy("validate").status == 5


def test_a_mistake_of_a_spec_is_1_also_where_policies_refuse(shop: "Shop", strict: Strict) -> None:
    strict("{image-digests: refuse}")
    shop.edit("needs: [greet]", "needs: [nobody]")
    assert shop.argosy("validate").status == 1


def test_a_suppression_counts_until_its_day(shop: "Shop", strict: Strict) -> None:
    strict("{image-digests: refuse}")
    entry = "suppress: [{policy: image-digests, reason: no digests yet, until: 2999-01-01}]\n"
    shop.edit(OWNER, OWNER + entry)
    ended = shop.argosy("policy", "--env", "dev")
    assert ended.status == 0
    assert "suppressed image-digests of hello.greet until 2999-01-01: no digests yet" in ended.out
    shop.edit("2999-01-01", "2020-01-01")
    ended = shop.argosy("policy", "--env", "dev")
    assert ended.status == 5
    assert "the suppression of `image-digests` ended on 2020-01-01: no digests yet" in ended.out


def test_a_suppression_of_a_step_is_of_no_other(shop: "Shop", strict: Strict) -> None:
    strict("{image-digests: refuse}")
    entry = "{policy: image-digests, step: greet, reason: no digests yet, until: 2999-01-01}"
    shop.edit(OWNER, f"{OWNER}suppress: [{entry}]\n")
    found = json.loads(shop.argosy("policy", "--env", "dev", "--format", "json").out)
    (environment,) = found["environments"]
    told = {f["step"]: bool(f["suppressed"]) for f in environment["findings"]}
    assert told == {"greet": True, "repeat": False}


def test_a_suppression_without_a_reason_or_a_day_is_a_mistake(shop: "Shop") -> None:
    shop.edit(OWNER, f"{OWNER}suppress: [{{policy: image-digests}}]\n")
    ended = shop.argosy("validate")
    assert ended.status == 1
    assert "`reason`" in ended.out
    assert "`until`" in ended.out


def test_rendering_has_no_clock_and_no_suppressions(shop: "Shop") -> None:
    before = shop.argosy("render", "--env", "dev", "-o", "-").out
    entry = "{policy: image-digests, reason: no digests yet, until: 2020-01-01}"
    shop.edit(OWNER, f"{OWNER}suppress: [{entry}]\n")
    assert shop.argosy("render", "--env", "dev", "-o", "-").out == before


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("assert: pipeline.owner ==\n", "5:25"),
        ("assert: pipline.owner == 'x'\n", "5:9"),
        ("each: step\nassert: pod.spec == nil\n", "`pod` is not known"),
        ("assert: now() > 1\n", "`now` is not for policies"),
        ("schema: {$ref: 'http://example.com/x'}\n", "the schema is not taken"),
        (
            "schema: {$ref: '#/$defs/a', $defs: {a: {not: {$ref: '#/$defs/a'}}}}\n",
            "refers to itself",
        ),
        ("schema: {type: 7}\n", "the schema is not taken"),
        ("level: strict\nassert: 'true'\n", "5:8"),
        ("assert: 'true'\nschema: {type: object}\n", "`assert:` or `schema:`"),
        ("description: x\n", "`assert:` or `schema:`"),
    ],
)
def test_a_wrong_policy_file_is_told_at_its_place(
    shop: "Shop", strict: Strict, text: str, said: str
) -> None:
    strict("{image-digests: off}", own=text)
    ended = shop.argosy("validate", "--env", "dev")
    assert ended.status == 1
    assert "policy/own.yaml" in ended.out
    assert said in ended.out


def test_nothing_is_published_while_a_policy_is_wrong(shop: "Shop", strict: Strict) -> None:
    strict("{image-digests: off}", own="assert: piplin != nil\n")
    shop.commit()
    for command in ("policy", "publish"):
        ended = shop.argosy(command, "--env", "dev")
        assert ended.status == 1
        assert "policy/own.yaml:5:9" in ended.out + ended.err
    assert not (shop.root / ".argosy/gitops.git").exists()


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        ("{gpu-limits: {limit: 1}}", "did you mean `gpu-limit`?"),
        ("{gpu-limit: refuse}", "`gpu-limit` needs `limit`"),
        ("{gpu-limit: {limit: many}}", "`limit` is a number"),
        ("{gpu-limit: {limits: 1}}", "`gpu-limit` has no setting `limits`"),
        ("{owner-required: error}", "`error` is no level"),
        ("{allowed-registries: {registries: []}}", "`registries` is a list"),
    ],
)
def test_a_wrong_setting_is_told(shop: "Shop", strict: Strict, policy: str, said: str) -> None:
    strict(policy)
    ended = shop.argosy("validate")
    assert ended.status == 1
    assert said in ended.out
    assert "argosy.yaml:10:" in ended.out


@pytest.mark.parametrize(
    "text",
    [
        "assert: pipeline.ownr != nil\n",
        "assert: pipeline.owner\n",
        "assert: pipeline.timeout > 'a'\n",
        "assert: len(1..900000) + len(1..900000) > 0\n",
        "assert: all(1..1000, all(1..1000, all(1..1000, true)))\n",
        "each: step\nassert: step.hardware.gpu.count < 2\n",
    ],
)
def test_an_expression_without_an_answer_refuses(shop: "Shop", strict: Strict, text: str) -> None:
    entry = "{policy: own, reason: it is of no use, until: 2999-01-01}"
    shop.edit(OWNER, f"{OWNER}suppress: [{entry}]\n")
    strict("{own: refuse}", own=text)
    ended = shop.argosy("policy", "--env", "dev")
    assert ended.status == 5, ended.out
    assert "own: it has no answer: " in ended.out
    assert "policy/own.yaml:" in ended.out


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("assert: pipeline.owner startsWith 'ml-'\n", 1),
        ("assert: pipeline.owner startsWith 'shop-'\n", 0),
        ("each: step\nassert: step.timeout != ''\n", 2),
        ("each: step\nwhen: step.name == 'greet'\nassert: step.timeout != ''\n", 1),
        ("each: container\nassert: container.image contains '@'\n", 2),
        ("each: pod\nassert: pod.spec.serviceAccountName == 'argosy-run'\n", 0),
        (
            "each: object\nwhen: object.kind == 'WorkflowTemplate'\nassert: object.spec.x != nil\n",
            1,
        ),
        ("settings: {most: 5}\nassert: len(steps) <= settings.most\n", 0),
        ("assert: environment.name in ['prod'] or environment.vars.x == 1\n", 1),
        ("schema: {required: [links], properties: {links: {minProperties: 1}}}\n", 1),
        ("each: container\nschema: {properties: {image: {pattern: '^ghcr'}}}\n", 2),
        ("each: schedule\nassert: schedule.concurrency == 'Forbid'\n", 0),
    ],
)
def test_a_policy_of_the_project_is_asked_of_each(
    shop: "Shop", strict: Strict, text: str, number: int
) -> None:
    strict("{own: refuse}", own=text)
    ended = shop.argosy("policy", "--env", "dev", "--format", "json")
    (environment,) = json.loads(ended.out)["environments"]
    own = [f for f in environment["findings"] if f["policy"] == "own"]
    assert len(own) == number, own
    assert ended.status == (5 if number else 0)


def test_settings_of_a_policy_are_the_environments(shop: "Shop", strict: Strict) -> None:
    strict("{own: {most: 1}}", own="settings: {most: 5}\nassert: len(steps) <= settings.most\n")
    assert "own: not so" in shop.argosy("policy", "--env", "dev").out


@pytest.mark.parametrize("form", ["github", "sarif", "markdown", "json"])
def test_findings_are_written_in_every_form(shop: "Shop", strict: Strict, form: str) -> None:
    strict("{image-digests: refuse}")
    ended = shop.argosy("policy", "--env", "dev", "--format", form)
    assert ended.status == 5
    assert "pipelines/hello/pipeline.yaml" in ended.out.replace("\\", "")
    assert "by no digest" in ended.out


def test_what_is_kept_between_runs_sees_a_change(shop: "Shop", strict: Strict) -> None:
    strict("{owner-required: refuse}")
    assert shop.argosy("policy").status == 0
    shop.edit(OWNER, "")
    assert shop.argosy("policy").status == 5


def test_pods_are_written_for_other_tools(shop: "Shop") -> None:
    ended = shop.argosy("policy", "--env", "dev", "--pods", "out")
    assert ended.status == 0, ended.err
    text = (shop.root / "out/hello/greet.yaml").read_text("utf-8")
    assert "kind: Pod" in text
    assert "argosy.dev/source: pipelines/hello/pipeline.yaml:" in text
    assert "serviceAccountName: argosy-run" in text


def test_a_code_is_explained(shop: "Shop") -> None:
    for code in ("AR803", "bad-policy", "suppression"):
        assert shop.argosy("explain", code).status == 0


def test_a_plan_shows_what_policies_say(shop: "Shop", strict: Strict) -> None:
    strict("{image-digests: refuse}")
    shop.commit()
    ended = shop.argosy("plan", "--env", "dev", "--exit-code")
    assert ended.status == 5, ended.err
    assert "image-digests" in ended.out
    assert "by no digest" in ended.out
    assert shop.argosy("plan", "--env", "dev").status == 0
