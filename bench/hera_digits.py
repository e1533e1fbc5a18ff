"""The digits pipeline as one would write it with Hera: the peer of `argosy render digits`."""

from hera.workflows import DAG, Artifact, Container, Parameter, Task, Workflow
from hera.workflows.models import Quantity, ResourceRequirements, ValueFrom

RESOURCES = ResourceRequirements(
    requests={"cpu": Quantity("500m"), "memory": Quantity("512Mi")},
    limits={"memory": Quantity("512Mi")},
)
MODELS = ("logreg", "forest", "neighbors")


def build() -> Workflow:
    """Return the workflow: ingest, three trainings, select, register."""
    image = "ghcr.io/argosy-dev/digits:0.1.0"
    with Workflow(
        name="digits", entrypoint="main", arguments=[Parameter(name="rows", value="1797")]
    ) as workflow:
        ingest = Container(
            name="ingest",
            image=image,
            resources=RESOURCES,
            command=["python", "ingest.py", "--rows", "{{workflow.parameters.rows}}"],
            outputs=[Artifact(name="data", path="/work/data")],
        )
        train = Container(
            name="train",
            image=image,
            resources=RESOURCES,
            command=["python", "train.py", "--model", "{{inputs.parameters.model}}"],
            inputs=[Parameter(name="model"), Artifact(name="data", path="/work/inputs/data")],
            outputs=[
                Artifact(name="model", path="/work/model"),
                Parameter(name="accuracy", value_from=ValueFrom(path="/work/accuracy.txt")),
            ],
        )
        names = [f"model-{index}" for index in range(len(MODELS))]
        best = Container(
            name="best",
            image=image,
            resources=RESOURCES,
            command=["argosy", "step", "select"],
            inputs=[Artifact(name=name, path=f"/work/inputs/{name}") for name in names],
            outputs=[Artifact(name="model", path="/work/model")],
        )
        register = Container(
            name="register",
            image=image,
            resources=RESOURCES,
            command=["argosy", "step", "register"],
            inputs=[Artifact(name="model", path="/work/inputs/model")],
        )
        with DAG(name="main"):
            first = Task(name="ingest", template=ingest)
            trained = [
                Task(
                    name=f"train-{model}",
                    template=train,
                    arguments=[
                        Parameter(name="model", value=model),
                        first.get_artifact("data").with_name("data"),
                    ],
                )
                for model in MODELS
            ]
            chosen = Task(
                name="best",
                template=best,
                arguments=[
                    task.get_artifact("model").with_name(name) for name, task in zip(names, trained)
                ],
            )
            last = Task(
                name="register",
                template=register,
                arguments=[chosen.get_artifact("model").with_name("model")],
            )
            for task in trained:
                first >> task
                task >> chosen
            chosen >> last
    return workflow


if __name__ == "__main__":
    print(build().to_yaml())
