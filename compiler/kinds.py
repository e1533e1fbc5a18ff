"""Which fields a kind of step honours; what it would ignore is refused."""

from collections.abc import Iterator, Mapping

from compiler.document import Path
from compiler.problems import Problem
from compiler.spec import NOTICES, Spec, StepSpec

_FANS = ("matrix", "foreach")
_KEPT = ("cache", "checkpoint")
_POD = ("image", "hardware", "env", "secrets", "pod")
_IGNORED: Mapping[str, tuple[str, ...]] = {
    "select": ("inputs", "outputs", *_FANS, *_KEPT),
    "register": ("inputs", "outputs", *_FANS, *_KEPT),
    "approval": ("inputs", "outputs", *_FANS, *_KEPT, *_POD[1:], "retries", "timeout"),
    "resource": (*_POD, *_KEPT),
    **dict.fromkeys(NOTICES, (*_POD[:-1], "retries", "timeout")),
    "pipeline": ("inputs", "outputs", *_POD, *_KEPT, "retries", "timeout"),
}
_OTHERS = ("argoproj.io", "kubectl.kubernetes.io", "argosy.dev")
_REMEDY = {
    ("approval", "timeout"): "write `approval: {timeout: …}`",
    ("approval", "inputs"): "write references into the `message`",
    ("resource", "image"): "it is part of the `manifest`",
    ("pipeline", "inputs"): "values go under `with`; files come from the steps of that pipeline",
    ("pipeline", "outputs"): "they are those that the other pipeline declares",
}


def check(spec: Spec) -> Iterator[Problem]:
    """Yield every field that the kind of its step does not honour."""
    handlers = [step for steps in spec.handlers.values() for step in steps]
    for step in (*spec.steps.values(), *handlers):
        for field in _IGNORED.get(step.kind, ()):
            if field in spec.document.value(step.path):
                hint = _REMEDY.get((step.kind, field), "remove it")
                message = f"`{field}` has no effect on a step of kind `{step.kind}`"
                yield _problem(spec, step.at(field), message, hint, key=True)
        if step.given and step.component is None and step.kind != "pipeline":
            message = f"`with` has no effect on a step of kind `{step.kind}`"
            yield _problem(spec, step.at("with"), message, "name a component: `uses: …`", key=True)
        if step.parallelism and not step.fan.many:
            message = "`parallelism` has no effect on a step that runs once"
            hint = "it bounds how many tasks of a `matrix` or a `foreach` run at once"
            yield _problem(spec, step.at("parallelism"), message, hint, key=True)
        yield from _outputs(spec, step)
        yield from _metadata(spec, step)
        if step.fan.items is not None and spec.document.value(step.at("matrix")):
            message = "a step has a `matrix` or a `foreach`, not both"
            yield _problem(spec, step.at("foreach"), message, "make the items an axis", key=True)


def _metadata(spec: Spec, step: StepSpec) -> Iterator[Problem]:
    """What steers Argo, Argo CD and kubectl is theirs: one such key could stop a controller."""
    for kind in ("labels", "annotations"):
        path = step.at("pod", "metadata", kind)
        for key in spec.document.value(path) or ():
            if key.partition("/")[0].endswith(_OTHERS):
                message = f"`{key}` is a name that Argo, Argo CD or kubectl reads"
                at = spec.document.key((*path, key))
                yield Problem("reserved-name", message, at, "remove it, or give it another prefix")


def _outputs(spec: Spec, step: StepSpec) -> Iterator[Problem]:
    """The outputs of an object are found by JSONPath, those of a container by path."""
    for name in step.outputs:
        body, path = spec.document.value(step.at("outputs", name)), step.at("outputs", name)
        if not isinstance(body, str) and "items" in body and body.get("type") != "list":
            message = f"`items` is for lists, `{name}` is none"
            yield _problem(spec, (*path, "items"), message, "write `type: list`")
        wanted, other = ("jsonPath", "value") if step.kind == "resource" else ("value", "jsonPath")
        plain = isinstance(body, str)
        if (plain and wanted == "jsonPath") or (
            not plain and (wanted not in body or other in body)
        ):
            example = "{jsonPath: '{.status.x}'}" if wanted == "jsonPath" else "{value: out.txt}"
            message = f"an output of a `{step.kind}` step has a `{wanted}`"
            yield _problem(spec, path, message, f"such as {example}")


def _problem(spec: Spec, path: Path, message: str, hint: str, *, key: bool = False) -> Problem:
    at = spec.document.key(path) if key else spec.document.at(path)
    return Problem("no-effect" if key else "bad-output", message, at, hint)
