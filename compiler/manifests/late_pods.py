"""Pods that cannot be made, or that do something else: mounts, times, resources, names."""

import re
from collections.abc import Iterator
from typing import Any

import yaml

from compiler.manifests.artifacts import STORES
from compiler.manifests.durations import is_argo, is_go, wrong
from compiler.manifests.findings import Finding, Judge, Path
from compiler.manifests.holders import Data, artifacts, is_leaf, mapping, mappings, words
from compiler.manifests.holders import parameters as declared
from compiler.manifests.late_part import Part, finding
from compiler.manifests.loops import loops

RESERVED = ("wait", "init", "main")
_INTEGER = re.compile(r"[-+]?[0-9]+")
_REWRITTEN = re.compile(r"\$\$|\$\((\w+)\)")
_ARGO = ("ARGO_POD_NAME", "ARGO_TEMPLATE", "ARGO_NODE_ID", "ARGO_CONTAINER_NAME")
_VARYING = ("{{inputs.", "{{item", "{{pod.", "{{=", "{{retries")
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def mounts(part: Part) -> Iterator[Finding]:
    """G9: what a container mounts exists, and does not lie where an artifact goes."""
    names = {words(v.get("name")) for v in mappings(part.base.spec.get("volumes"))}
    names |= {words(v.get("name")) for v in mappings(part.template.get("volumes"))}
    for claim in mappings(part.base.spec.get("volumeClaimTemplates")):
        names.add(words(mapping(claim.get("metadata")).get("name")))
    taken = {words(a.get("path")) for a in artifacts(part.template, "inputs")}
    shared = mapping(part.template.get("containerSet")).get("volumeMounts")
    groups = [((*part.path, "containerSet", "volumeMounts"), mappings(shared))]
    groups += [
        ((*at, "volumeMounts"), mappings(container.get("volumeMounts")))
        for at, container in part.containers()
    ]
    for at, found in groups:
        for index, mount in enumerate(found):
            name, place = words(mount.get("name")), words(mount.get("mountPath"))
            if name not in names and "{{" not in name:
                message = f"volume '{name}' not found in workflow spec"
                yield finding("G09", (*at, index, "name"), message, Judge.ERROR)
            if place in taken and "script" in at:
                message = f"artifact failed to load: '{place}' is mounted"
                yield finding("G09", (*at, index, "mountPath"), message, Judge.ERROR)


def times(part: Part) -> Iterator[Finding]:
    """G10: durations that Go reads; V20, N7."""
    retry = mapping(part.template.get("retryStrategy"))
    backoff, suspend = mapping(retry.get("backoff")), mapping(part.template.get("suspend"))
    memoize = mapping(part.template.get("memoize"))
    given = [
        ((*part.path, "retryStrategy", "backoff", key), words(backoff.get(key)), is_argo)
        for key in ("duration", "maxDuration", "cap")
    ]
    given.append(((*part.path, "suspend", "duration"), words(suspend.get("duration")), is_argo))
    given.append(((*part.path, "timeout"), words(part.template.get("timeout")), is_argo))
    given.append(((*part.path, "memoize", "maxAge"), words(memoize.get("maxAge")), is_go))
    for at, value, reads in given:
        if value and "{{" not in value and not reads(value):
            yield finding("G10", at, wrong(value), Judge.ERROR)
    if retry.get("backoff") is not None and not backoff.get("duration"):
        at = (*part.path, "retryStrategy", "backoff")
        message = "no base duration specified for retryStrategy"
        yield finding("G10", at, message, Judge.ERROR)
    if words(part.template.get("activeDeadlineSeconds")) == "0":
        message = "Invalid value: 0: must be between 1 and 2147483647, inclusive"
        yield finding("V20", (*part.path, "activeDeadlineSeconds"), message, Judge.ERROR)
    if suspend.get("duration"):
        yield from _unanswered(part)


def _unanswered(part: Part) -> Iterator[Finding]:
    for index, output in enumerate(declared(part.template, "outputs")):
        source = mapping(output.get("valueFrom"))
        if source.get("supplied") is not None and source.get("default") is None:
            at = (*part.path, "outputs", "parameters", index)
            message = f"raw output parameter '{output.get('name')}' has not been set and does not"
            yield finding("N07", at, f"{message} have a default value", Judge.ERROR)


def numbers(part: Part) -> Iterator[Finding]:
    """G10, G11: retries are counted in whole numbers."""
    retry, at = mapping(part.template.get("retryStrategy")), (*part.path, "retryStrategy")
    factor = mapping(retry.get("backoff")).get("factor")
    for rule, path, value in (
        ("G11", (*at, "limit"), words(retry.get("limit"))),
        ("G10", (*at, "backoff", "factor"), words(factor)),
    ):
        if value and "{{" not in value and not _INTEGER.fullmatch(value):
            message = f"value '{value}' cannot be resolved to an int"
            yield finding(rule, path, message, Judge.ERROR)


def patches(part: Part) -> Iterator[Finding]:
    """G12: `podSpecPatch` is a mapping, and its lists are lists."""
    patch = words(part.template.get("podSpecPatch"))
    if not patch or "{{" in patch:
        return
    try:
        data = yaml.load(patch, Loader=_Loader)  # noqa: S506
    except (yaml.YAMLError, ValueError):
        data = None
    lists = ("containers", "initContainers", "volumes", "tolerations", "imagePullSecrets")
    fine = isinstance(data, dict) and all(isinstance(data.get(k, []), list) for k in lists)
    if not fine:
        at = (*part.path, "podSpecPatch")
        yield finding("G12", at, "Error applying PodSpecPatch", Judge.ERROR)


def reserved(part: Part) -> Iterator[Finding]:
    """V31: names that Argo's own containers have."""
    for at, container in part.containers():
        name = words(container.get("name"))
        taken = RESERVED[:2] if "containerSet" in at else RESERVED
        if name in taken and at[-1] not in ("container", "script"):
            message = f'Invalid value: Duplicate value: "{name}"'
            yield finding("V31", (*at, "name"), message, Judge.ERROR)


def rewritten(part: Part) -> Iterator[Finding]:
    """N2: `$$`, and `$(NAME)` of a variable, are changed in a script on its way."""
    body = mapping(part.template.get("script"))
    names = {*_ARGO, *(words(v.get("name")) for v in mappings(body.get("env")))}
    for match in _REWRITTEN.finditer(words(body.get("source"))):
        if match[0] == "$$" or match[1] in names:
            message = f"{match[0]} is rewritten on the way to the container"
            yield finding("N02", (*part.path, "script", "source"), message, Judge.WRONG)
            return


def places(part: Part) -> Iterator[Finding]:
    """G20: the runs of a loop do not write one file."""
    for _, task in part.callers():
        called = part.called(task)
        if called is None or not loops(task) or not is_leaf(called):
            continue
        found = part.base.template(words(task.get("template")))
        for index, output in enumerate(artifacts(called, "outputs")):
            key = _key(output)
            if found and key and not any(sign in key for sign in _VARYING):
                at: Path = (*found[1], "outputs", "artifacts", index)
                message = f"every run of the loop writes `{key}`"
                yield finding("G20", at, message, Judge.WRONG)


def _key(artifact: Data) -> str:
    for store in STORES:
        body: Any = mapping(artifact.get(store))
        if found := words(body.get("key") or body.get("blob")):
            return found
    return ""


RULES = (mounts, times, numbers, patches, reserved, rewritten, places)
