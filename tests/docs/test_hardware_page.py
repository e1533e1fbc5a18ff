"""The page on hardware says what is so: its project and its pipelines are rendered."""

import re
from pathlib import Path

import yaml

from compiler.project import load_project
from compiler.render import render, validate
from compiler.schema import load

PAGE = (Path(__file__).parents[2] / "docs" / "hardware.md").read_text("utf-8")
BLOCKS = re.findall(r"```yaml\n# (\S+)\n(.*?)```", PAGE, re.DOTALL)


def test_every_example_of_the_page_is_rendered(tmp_path: Path) -> None:
    for name, body in BLOCKS:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(body, "utf-8")
    project = load_project(tmp_path)
    assert validate(project) == ()
    for environment in ("dev", "prod"):
        files = render(project, environment, verified=True).files
    template = yaml.safe_load(files["distributed/workflowtemplate.yaml"])
    (train,) = [leaf for leaf in template["spec"]["templates"] if leaf["name"] == "train"]
    job = yaml.safe_load(re.sub(r"\{\{.*\}\}", "text", train["resource"]["manifest"]))
    replicas = job["spec"]["pytorchReplicaSpecs"]
    assert job["kind"] == "PyTorchJob"
    assert [spec["replicas"] for spec in replicas.values()] == [1, 3]
    assert train["resource"]["setOwnerReference"] is True


def test_every_field_is_on_the_page() -> None:
    fields = set(load("pipeline")["$defs"]["resources"]["properties"])
    assert fields <= set(re.findall(r"`(\w+)`", PAGE))
