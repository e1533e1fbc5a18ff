"""The steps that Argosy's own image runs: `select` and `register`, as container and inputs."""

import json
from collections.abc import Iterator
from typing import Any

from compiler import hardware, matrix
from compiler.pipeline import Call, Input, Output, Pipeline, Register, Select, Step
from compiler.variables import upper
from compiler.volumes import WORK


def parameter(output: Output) -> str:
    """Return the Argo name of a value output."""
    axis = output.path.rpartition("/")[2]
    return axis if axis.startswith("matrix-") else output.name


def task(step: Step, index: int) -> str:
    """Return the DAG task of one combination of a step; of all items of a list."""
    entry = "" if step.fan.source else matrix.suffix(step.fan.combinations[index])
    return matrix.shortened(f"{step.name}-{entry}") if entry else step.name


def tasks(step: Step) -> tuple[str, ...]:
    """Return the DAG tasks of a step, one for each of its combinations."""
    return tuple(task(step, index) for index in range(len(step.fan.combinations)))


def template(step: Step) -> str:
    """Return the template that the tasks of a step run."""
    return moved(step.action.pipeline.name, "main") if isinstance(step.action, Call) else step.name


def moved(pipeline: str, template: str) -> str:
    """Return the name of a template of a pipeline that is called."""
    return matrix.shortened(f"{pipeline}--{template}")


def ask(step: Step) -> str:
    """Return the task that asks what an approval waits for."""
    return f"{step.name}-ask"


def arrivals(entry: Input, source: Step, kind: str = "inputs") -> Iterator[tuple[str, str, str]]:
    """Yield name, path below `inputs` and task of each artifact that an input stands for."""
    if not source.fan.many:
        yield f"{kind}-{entry.name}", entry.name, source.name
        return
    for index, combination in enumerate(source.fan.combinations):
        part = matrix.suffix(combination)
        yield f"{kind}-{entry.name}-{index}", f"{entry.name}/{part}", task(source, index)


def producer(pipeline: Pipeline, action: Register) -> Step:
    """Return the step that trained what is registered, behind a `select`."""
    step = pipeline.step(action.source)
    return pipeline.step(step.action.source) if isinstance(step.action, Select) else step


def select(pipeline: Pipeline, step: Step) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return inputs and container of a `select`: one candidate per combination of its source."""
    assert isinstance(step.action, Select)  # noqa: S101 - the caller has asked
    source = pipeline.step(step.action.source)
    values = [o.name for o in source.outputs if not o.artifact]
    files = [o.name for o in source.outputs if o.artifact]
    arguments = ["--by", step.action.by, "--mode", step.action.mode]
    for flag, names in (("--value", values), ("--artifact", files)):
        arguments += [word for name in names for word in (flag, name)]
    env, parameters, artifacts = [], [], []
    for index, combination in enumerate(source.fan.combinations):
        axes = ",".join(f"{axis}={value}" for axis, value in combination)
        arguments += ["--candidate", f"{task(source, index)}:{axes}"]
        for name in values:
            parameters.append({"name": f"value-{index}-{name}"})
            value = f"{{{{inputs.parameters.value-{index}-{name}}}}}"
            env.append({"name": f"ARGOSY_VALUE_{index}_{upper(name)}", "value": value})
        artifacts += [
            {
                "name": f"artifact-{index}-{name}",
                "path": f"{WORK}/inputs/{index}/{name}",
                **({"optional": True} if partial(source) else {}),
            }
            for name in files
        ]
    container = {"image": step.image, "command": ["argosy", "step", "select"], "args": arguments}
    return {"parameters": parameters, "artifacts": artifacts}, {**container, "env": env}


def approve(step: Step) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return inputs and container of the step that fails unless its approval was given."""
    env = [{"name": "ARGOSY_DECISION", "value": "{{inputs.parameters.decision}}"}]
    container = {"image": step.image, "command": ["argosy", "step", "approve"], "env": env}
    return {"parameters": [{"name": "decision"}]}, container


def partial(source: Step) -> bool:
    """Whether some of the tasks of a step may have put out nothing when its reader starts."""
    return source.tolerated or source.when is not None


def metrics(pipeline: Pipeline, action: Register) -> tuple[str, ...]:
    """Return the numbers that the source of a registration puts out."""
    outputs = pipeline.step(action.source).outputs
    numbers = [o for o in outputs if o.type in ("number", "integer")]
    return tuple(o.name for o in numbers if not parameter(o).startswith("matrix-"))


def axes(pipeline: Pipeline, action: Register) -> tuple[str, ...]:
    """Return the matrix parameters that a selected model carries, such as `matrix-model`."""
    outputs = pipeline.step(action.source).outputs
    return tuple(name for o in outputs if (name := parameter(o)).startswith("matrix-"))


def register(
    pipeline: Pipeline, step: Step, action: Register
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return inputs and container of a `register`, with everything that lineage needs."""
    trained = producer(pipeline, action)
    numbers, chosen = metrics(pipeline, action), axes(pipeline, action)
    files = [entry for entry in trained.inputs if entry.type == "artifact"]
    data = [entry.name for entry in files]
    parameters = [{"name": f"metric-{n}"} for n in numbers] + [
        {"name": f"param-{n}"} for n in chosen
    ]
    artifacts = [{"name": "model", "path": f"{WORK}/inputs/model"}]
    artifacts += [
        {"name": name, "path": f"{WORK}/inputs/data/{path}"}
        for entry in files
        for name, path, _ in arrivals(entry, pipeline.step(entry.step), "input")
    ]
    env = [
        {"name": f"ARGOSY_METRIC_{upper(n)}", "value": f"{{{{inputs.parameters.metric-{n}}}}}"}
        for n in numbers
    ]
    env += [
        {"name": f"ARGOSY_PARAM_{upper(n)}", "value": f"{{{{inputs.parameters.param-{n}}}}}"}
        for n in chosen
    ]
    env += [
        {"name": f"ARGOSY_PARAM_{upper(p.name)}", "value": f"{{{{workflow.parameters.{p.name}}}}}"}
        for p in pipeline.params
    ]
    env += [
        {"name": "ARGOSY_RUN_UID", "value": "{{workflow.uid}}"},
        {"name": "ARGOSY_SOURCE", "value": "{{workflow.parameters.argosy-source}}"},
        {"name": "ARGOSY_DIGEST", "value": ""},
    ]
    arguments = _arguments(pipeline, action, trained, (numbers, chosen, tuple(data)))
    command = ["argosy", "step", "register"]
    container = {"image": step.image, "command": command, "args": arguments, "env": env}
    return {"parameters": parameters, "artifacts": artifacts}, container


def _arguments(
    pipeline: Pipeline, action: Register, trained: Step, names: tuple[tuple[str, ...], ...]
) -> list[str]:
    numbers, chosen, data = names
    params = [*(p.name for p in pipeline.params), *(n.replace("-", ".", 1) for n in chosen)]
    asked = json.dumps(hardware.declared(trained.hardware), separators=(",", ":"))
    tags = {
        "argosy.pipeline": pipeline.name,
        "argosy.env": pipeline.environment,
        "argosy.step": trained.name,
        "argosy.hardware": asked,
        "argosy.image": trained.image,
    }
    pairs = [("--gate", gate.text) for gate in action.gates]
    pairs += [("--metric", name) for name in numbers] + [("--param", name) for name in params]
    pairs += [("--input", f"{name}=inputs/data/{name}") for name in data]
    pairs += [("--tag", f"{key}={value}") for key, value in tags.items()]
    head = ["--model", action.model, "--from", "inputs/model"]
    head += ["--alias", action.alias] if action.alias else []
    return head + [word.replace("$", "$$") for pair in pairs for word in pair]
