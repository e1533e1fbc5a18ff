"""Spec → Terms: the pipeline's own words, else those of the project, else the tool's."""

from collections.abc import Iterator

from compiler.duration import seconds
from compiler.layers import Layers
from compiler.problems import Problem
from compiler.terms import About, Concurrency, Retention, Security, Terms

_PODS = {"failed": "OnPodSuccess", "none": "OnPodCompletion", "all": ""}


def resolve(layers: Layers, problems: list[Problem]) -> Terms:
    """Return the terms as the spec gives them, else the project, else the tool."""
    problems += _concurrency_problems(layers)
    return Terms(
        _about(layers),
        _retention(layers),
        _security(layers),
        _concurrency(layers),
        layers.environment.argo,
        layers.term("serviceAccount").value,
        tuple(layers.term("imagePullSecrets").value),
    )


def _about(layers: Layers) -> About:
    data = layers.spec.document.data
    links, tags = data.get("links", {}), data.get("tags", ())
    return About(layers.spec.owner, layers.spec.description, tuple(links.items()), tuple(tags))


def _retention(layers: Layers) -> Retention:
    kept = {key: layers.term("retention", key).value for key in ("success", "failure", "pods")}
    runs = [layers.term("retention", "scheduled", key).value for key in ("success", "failure")]
    pods = _PODS[kept["pods"]]
    return Retention(seconds(kept["success"]), seconds(kept["failure"]), pods, (runs[0], runs[1]))


def _security(layers: Layers) -> Security:
    user, group, read_only = (
        layers.term("security", key).value for key in ("user", "group", "readOnlyRoot")
    )
    return Security(user, group or user, read_only)


def _concurrency(layers: Layers) -> Concurrency | None:
    body, name = layers.spec.document.value(("concurrency",)), layers.spec.name
    if body is None:
        return None
    body = {"limit": body} if isinstance(body, int) else body
    group, limit, shared = body.get("group", name), body.get("limit", 1), body.get("configMap", "")
    ours = limit > 1 and not shared
    return Concurrency(group, limit, f"{name}-concurrency" if ours else shared, ours)


def _concurrency_problems(layers: Layers) -> Iterator[Problem]:
    """The limit of a group stands in one place, which all of its pipelines read."""
    body = layers.spec.document.value(("concurrency",))
    if not isinstance(body, dict):
        return

    def problem(message: str, key: str, hint: str) -> Problem:
        at = layers.spec.document.key(("concurrency", key))
        return Problem("concurrency", message, at, hint)

    if "group" in body and body.get("limit", 1) > 1 and "configMap" not in body:
        message = "the limit of a group is kept where all its pipelines find it"
        hint = f"name a ConfigMap with the key `{body['group']}`: `configMap: NAME`"
        yield problem(message, "limit", hint)
    elif "configMap" in body and "group" not in body:
        message = "a ConfigMap of its own has no use for one pipeline"
        yield problem(message, "configMap", "name the `group`, a key of it; or remove it")
    elif "configMap" in body and "limit" in body:
        message = "the ConfigMap gives the limit"
        yield problem(message, "limit", "remove it; set it in the ConfigMap")
