"""`argosy plan`: against what is published, against a revision, of several environments."""

import json
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Shop

from tests.cli.conftest import PIPELINE, REPOSITORY


def add(shop: "Shop", name: str, text: str = "") -> None:
    folder = shop.root / "pipelines" / name
    folder.mkdir()
    (folder / "pipeline.yaml").write_text(text or PIPELINE.replace("hello", name), "utf-8")


def planned(shop: "Shop", *arguments: str) -> Any:
    ended = shop.argosy("plan", *arguments, "--format", "json")
    assert ended.status == 0, ended
    data = json.loads(ended.out)
    schema = json.loads((REPOSITORY / "schemas" / "plan.schema.json").read_text("utf-8"))
    jsonschema_rs.validator_for(schema).validate(data)
    return data


def test_a_base_needs_no_gitops_repository(shop: "Shop") -> None:
    base = shop.commit()
    shop.edit("prod: {namespace: ml-prod",
              'prod: {gitops: {repository: "https://127.0.0.1:1/no.git"}, namespace: ml-prod',
              shop.root / "argosy.yaml")  # fmt: skip
    shop.commit()
    same = shop.argosy("plan", "--all-envs", "--base", base)
    assert same.status == 0, same
    verdicts = [line for line in same.out.splitlines() if line.startswith(("dev:", "prod:"))]
    assert verdicts == ["dev: no manifest changes", "prod: no manifest changes"]
    shop.edit("echo again", "echo once more")
    changed = shop.argosy("plan", "--env", "prod", "--env", "dev", "--base", base, "--exit-code")
    assert changed.status == 3
    verdicts = [line for line in changed.out.splitlines() if line.startswith(("dev:", "prod:"))]
    assert verdicts == [
        "prod: 1 changed of 1 pipeline, policies 3/3",
        "dev: 1 changed of 1 pipeline, policies 3/3",
    ]
    assert f"with uncommitted changes · against source {base[:12]}" in changed.out


def test_a_base_and_the_published_tell_the_same_of_a_change(shop: "Shop") -> None:
    add(shop, "gone")
    base = shop.commit()
    assert shop.argosy("publish", "--env", "dev").status == 0
    shop.git("rm", "-rq", "pipelines/gone")
    add(shop, "fresh", PIPELINE.replace("name: hello", "name: fresh").replace("again", "new"))
    shop.edit("default: world", "default: moon")
    shop.commit()
    by_base = planned(shop, "--env", "dev", "--base", base)["environments"][0]
    published = planned(shop, "--env", "dev")["environments"][0]
    since = planned(shop, "--env", "dev", "--changed-since", base)["environments"][0]
    for each in (by_base, since):
        assert each["pipelines"] == published["pipelines"]
        assert (each["total"], each["summary"]) == (3, published["summary"])
    assert (
        published["summary"] == "Plan: 1 pipeline removed, 1 pipeline changed, 1 pipeline created."
    )
    actions = [(pipeline["action"], pipeline["name"]) for pipeline in published["pipelines"]]
    assert actions == [("removed", "gone"), ("changed", "hello"), ("created", "fresh")]
    assert published["pipelines"][0]["pruned"] == ["WorkflowTemplate ml-dev/gone"]


def test_a_revision_that_was_broken_is_still_a_base(shop: "Shop") -> None:
    add(shop, "broken", "name: nothing\n")
    base = shop.commit()
    (shop.root / "pipelines" / "broken" / "pipeline.yaml").write_text(
        PIPELINE.replace("hello", "broken"), "utf-8"
    )
    shop.commit()
    told = shop.argosy("plan", "--env", "dev", "--base", base)
    assert told.status == 0, told
    assert told.out.splitlines()[0] == "dev: 1 added of 2 pipelines, policies 3/3"
    assert f"{base[:12]} does not render broken (" in told.out


def test_a_base_before_the_project_or_the_environment(shop: "Shop") -> None:
    spec = (shop.root / "argosy.yaml").read_text("utf-8")
    (shop.root / "argosy.yaml").write_text("name: [\n", "utf-8")
    broken = shop.commit()
    (shop.root / "argosy.yaml").write_text(
        "".join(line for line in spec.splitlines(True) if "prod:" not in line), "utf-8"
    )
    without = shop.commit()
    (shop.root / "argosy.yaml").write_text(spec, "utf-8")
    shop.commit()
    for base, words in ((broken, "no project at"), (without, "there was no environment `prod` at")):
        told = shop.argosy("plan", "--env", "prod", "--base", base)
        assert told.status == 0, told
        assert told.out.splitlines()[0] == "prod: 1 added of 1 pipeline, policies 3/3"
        assert words in told.out


def test_what_the_base_has_and_we_lack_is_said(shop: "Shop") -> None:
    shop.commit()
    shop.git("checkout", "-qb", "feature")
    shop.git("checkout", "-q", "-")
    shop.edit("echo again", "echo ahead")
    ahead = shop.commit()
    shop.git("checkout", "-q", "feature")
    told = shop.argosy("plan", "--env", "dev", "--base", ahead)
    assert f"note: {ahead[:12]} has 1 commit that is not in this revision" in told.out


def test_a_newer_published_revision_is_said(shop: "Shop") -> None:
    old = shop.commit()
    shop.edit("echo again", "echo newer")
    newer = shop.commit()
    shop.argosy("publish", "--env", "dev")
    shop.git("checkout", "-q", old)
    told = shop.argosy("plan", "--env", "dev")
    assert f"note: revision {newer[:12]}, newer than this one, is published" in told.out


def test_a_rename_says_what_a_prune_deletes(shop: "Shop") -> None:
    shop.edit("steps:", 'schedule: {cron: "0 2 * * 1", timezone: Europe/London}\nsteps:')
    base = shop.commit()
    shop.git("mv", "pipelines/hello", "pipelines/bye")
    shop.edit("name: hello", "name: bye", shop.root / "pipelines" / "bye" / "pipeline.yaml")
    shop.commit()
    lines = shop.argosy("plan", "--env", "dev", "--base", base).out.splitlines()
    assert lines[0] == "dev: 1 RENAMED of 2 pipelines, policies 3/3"
    assert lines[1].startswith("  > bye renamed")
    assert "deletes CronWorkflow ml-dev/hello, WorkflowTemplate ml-dev/hello" in lines[2]


def test_what_reviewers_ask_for_comes_in_their_order(shop: "Shop") -> None:
    shop.edit("  repeat:", "  late:\n    needs: [greet]\n    run: echo late\n  repeat:")
    base = shop.commit()
    shop.edit("steps:", 'schedule: {cron: "0 2 * * 1", timezone: Europe/London}\nsteps:')
    shop.edit("default: world", "default: moon")
    shop.edit("  late:\n    needs: [greet]\n    run: echo late\n", "")
    shop.edit("run: echo again", "run: echo again\n    image: python:3.12\n    hardware: {cpu: 2}\n"
              "    secrets: {TOKEN: {secret: vault, key: token}}")  # fmt: skip
    shop.commit()
    told = shop.argosy("plan", "--env", "dev", "--base", base)
    assert told.status == 0, told
    order = [
        "- step late",
        "+ schedule: every Monday at 02:00 Europe/London (0 2 * * 1); next Mon ",
        "~ parameter who: default world → moon",
        "~ step repeat image: python:3.11 → python:3.12",
        "+ secret vault (token): is referenced",
        "~ step repeat hardware: cpu 100m → 2",
        "  fields of hello:",
        "WorkflowTemplate.spec.templates[repeat].container.image: python:3.11 → python:3.12",
    ]
    places = [told.out.find(words) for words in order]
    assert -1 not in places, (places, told.out)
    assert places == sorted(places)


def test_a_value_with_a_private_name_is_not_shown(shop: "Shop") -> None:
    shop.commit()
    shop.argosy("publish", "--env", "dev")
    clone = shop.root.parent / "clone"
    shop.git("clone", "-q", ".argosy/gitops.git", str(clone))
    file = clone / "envs" / "dev" / "hello" / "workflowtemplate.yaml"
    text = file.read_text("utf-8")
    mark = "env:\n"
    assert mark in text
    at = text.index(mark)
    indent = text[text.index("\n", at) + 1 :].split("-")[0]
    entry = f'{indent}- name: "DB_PASSWORD"\n{indent}  value: "hunter2"\n'
    file.write_text(text[: at + len(mark)] + entry + text[at + len(mark) :], "utf-8")
    shop.git("-C", str(clone), "commit", "-qam", "By hand")
    shop.git("-C", str(clone), "push", "-q")
    for form in ("text", "markdown", "json", "comment"):
        told = shop.argosy("plan", "--env", "dev", "--format", form)
        assert told.status == 0, told
        assert "hunter2" not in told.out
        assert "DB\\_PASSWORD" in told.out.replace("DB_PASSWORD", "DB\\_PASSWORD")
        assert "redacted" in told.out
        assert "edited by hand" in told.out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--all-envs", "--env", "dev"), "do not go together"),
        ((), "which environment?"),
        (("--env", "dev", "--base", "nothing"), "no revision `nothing`"),
        (("--env", "dev", "--changed-since", "--help"), "expected one argument"),
        (("--env", "nope"), "no environment `nope`"),
    ],
)
def test_mistakes_are_said(shop: "Shop", arguments: tuple[str, ...], words: str) -> None:
    shop.commit()
    ended = shop.argosy("plan", *arguments)
    assert ended.status == 2
    assert words in ended.err


def test_nothing_is_left_of_a_base(shop: "Shop") -> None:
    base = shop.commit()
    shop.edit("echo again", "echo newer")
    shop.argosy("plan", "--env", "dev", "--base", base)
    assert list((shop.root / ".argosy" / "revisions").iterdir()) == []


def test_a_field_that_a_schedule_repeats_is_told_once(shop: "Shop") -> None:
    spec = shop.root / "pipelines" / "hello" / "pipeline.yaml"
    spec.write_text(spec.read_text("utf-8") + 'schedule: {cron: "0 3 * * *"}\n', "utf-8")
    base = shop.commit()
    shop.edit("default: world", "default: moon")
    shop.edit("0 3 * * *", "0 4 * * *")
    told = shop.argosy("plan", "--env", "prod", "--base", base).out
    fields = [
        line.strip() for line in told.splitlines() if line.startswith("      ") and ".spec." in line
    ]
    assert fields == [
        "CronWorkflow(hello).spec.schedules[0]: 0 3 * * * → 0 4 * * *",
        "WorkflowTemplate.spec.arguments.parameters[who].value: world → moon",
    ]
