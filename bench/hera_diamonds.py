"""The workload of `bench.workload` as one would write it with Hera: PIPELINES DIAMONDS."""

import sys

from hera.workflows import DAG, Container, Parameter, Task, WorkflowTemplate
from hera.workflows.models import (
    Backoff,
    IntOrString,
    Quantity,
    ResourceRequirements,
    RetryStrategy,
)

SMALL = ResourceRequirements(
    requests={"cpu": Quantity("500m"), "memory": Quantity("512Mi")},
    limits={"memory": Quantity("512Mi")},
)
GPU = ResourceRequirements(
    requests={"cpu": Quantity("4"), "memory": Quantity("16Gi")},
    limits={"memory": Quantity("16Gi"), "nvidia.com/gpu": Quantity("1")},
)
RETRIES = RetryStrategy(
    limit=IntOrString("2"),
    retry_policy="Always",
    backoff=Backoff(duration="30s", factor=IntOrString("2")),
)


def container(name: str, script: str, resources: ResourceRequirements = SMALL) -> Container:
    """Return one step."""
    arguments = ["--rows", "{{workflow.parameters.rows}}"]
    arguments += ["--region", "{{workflow.parameters.region}}"]
    return Container(
        name=name,
        image="ghcr.io/acme/churn:1.4",
        working_dir="/work",
        command=["python", f"{script}.py", *arguments],
        resources=resources,
        retry_strategy=RETRIES,
    )


def build(name: str, diamonds: int) -> WorkflowTemplate:
    """Return one pipeline."""
    parameters = [
        Parameter(name="rows", value="20000"),
        Parameter(name="region", value="us", enum=["us", "eu"]),
    ]
    with WorkflowTemplate(
        name=name, namespace="ml", entrypoint="main", arguments=parameters
    ) as found:
        steps = [container("ingest", "ingest")]
        for number in range(diamonds):
            steps += [
                container(f"prepare-{number}", "prepare"),
                container(f"train-a-{number}", "train", GPU),
                container(f"train-b-{number}", "train", GPU),
                container(f"evaluate-{number}", "evaluate"),
            ]
        with DAG(name="main"):
            tasks = [Task(name=str(step.name), template=step) for step in steps]
            before = tasks[0]
            for prepare, first, second, evaluate in zip(
                *(tasks[start::4] for start in (1, 2, 3, 4))
            ):
                before >> prepare >> first >> evaluate
                prepare >> second >> evaluate
                before = evaluate
    return found


if __name__ == "__main__":
    for index in range(int(sys.argv[1])):
        print("---")
        print(build(f"p{index}", int(sys.argv[2])).to_yaml())
