"""The names under which a step's run-time values travel: environment variables and parameters."""

import re

from compiler import expression
from compiler.pipeline import Pipeline
from compiler.reference import OWN, Reference


def variable(reference: Reference) -> str:
    """Return the environment variable that carries `reference`."""
    if reference.namespace == "steps":
        step, output = reference.output
        return f"ARGOSY_STEPS_{upper(step)}__{upper(output)}"
    if reference.namespace == OWN:
        return f"ARGOSY_PARAMS_{upper(reference.path)}"
    if reference.namespace == "run" and reference.path == "name":
        return "ARGOSY_RUN"
    return f"ARGOSY_{reference.namespace.upper()}_{upper(reference.path)}"


def upper(name: str) -> str:
    """Return `name` in the letters of environment variables."""
    return re.sub(r"[^A-Z0-9]", "_", name.upper())


def parameter_input(name: str) -> str:
    """Return the input that carries a parameter of a pipeline that is called."""
    return f"params-{name}"


def argument(step: str, output: str) -> str:
    """Return the input parameter that carries a value of another step."""
    return f"steps-{step}-{output}"


def run_term(pipeline: Pipeline, name: str) -> str:
    """Write `run.name` and its kin in expr-lang."""
    fixed = {"env": pipeline.environment, "pipeline": pipeline.name}
    if name in fixed:
        return expression.quoted(fixed[name])
    return "workflow.parameters['argosy-source']" if name == "source" else f"workflow.{name}"
