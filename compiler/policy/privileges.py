"""The policy about privileges: Kubernetes' Pod Security Standards, baseline or restricted."""

from collections.abc import Iterator, Mapping
from typing import Any

from compiler.policy.view import View, Violation

Body = Mapping[str, Any]
_HOST = ("hostNetwork", "hostPID", "hostIPC")
# what the baseline lets a container add
_CAPABILITIES = frozenset(
    [
        "AUDIT_WRITE",
        "CHOWN",
        "DAC_OVERRIDE",
        "FOWNER",
        "FSETID",
        "KILL",
        "MKNOD",
        "NET_BIND_SERVICE",
        "SETFCAP",
        "SETGID",
        "SETPCAP",
        "SETUID",
        "SYS_CHROOT",
    ]
)
_RESTRICTED = ("NET_BIND_SERVICE",)


def unprivileged(view: View, settings: Mapping[str, Any]) -> Iterator[Violation]:
    """Yield what gives a pod more than others on its node have."""
    strict = settings["standard"] == "restricted"
    for step, pod in view.pods:
        for what in _of_pod(pod.spec):
            yield _violation(f"the pod of `{pod.template}` {what}", step)
    for step, pod, role, body in view.containers:
        own = _mapping(body.get("securityContext"))
        shared = _mapping(pod.spec.get("securityContext"))
        name = f"{role} `{body.get('name', '')}` of `{pod.template}`"
        for what in (*_of_container(body, own), *(_lacking(own, shared) if strict else ())):
            yield _violation(f"{name} {what}", step)


def _violation(message: str, step: str) -> Violation:
    return Violation(message, step, "hardware" if "hostPath" in message else "pod",
                     "take it away, or suppress the finding with a reason")  # fmt: skip


def _of_pod(spec: Body) -> Iterator[str]:
    for key in _HOST:
        if _true(spec.get(key)):
            yield f"has `{key}`"
    for volume in spec.get("volumes") or ():
        source = _mapping(_mapping(volume).get("hostPath"))
        if "hostPath" in _mapping(volume):
            yield f"mounts the `hostPath` `{source.get('path', '')}` of its node"
    yield from _of_context(_mapping(spec.get("securityContext")))


def _of_context(context: Body) -> Iterator[str]:
    """Yield what may stand at a pod as well as at a container."""
    if _true(_mapping(context.get("windowsOptions")).get("hostProcess")):
        yield "is a host process"
    for key in ("seccompProfile", "appArmorProfile"):
        if _mapping(context.get(key)).get("type") == "Unconfined":
            yield f"has an unconfined `{key}`"


def _of_container(body: Body, context: Body) -> Iterator[str]:
    if _true(context.get("privileged")):
        yield "is privileged"
    if _true(context.get("allowPrivilegeEscalation")):
        yield "may gain privileges (`allowPrivilegeEscalation`)"
    added = {_capability(name) for name in _mapping(context.get("capabilities")).get("add") or ()}
    if more := sorted(added - _CAPABILITIES):
        yield f"has the capabilities {', '.join(more)}"
    if context.get("procMount") not in (None, "Default"):
        yield "sees all of /proc (`procMount`)"
    if any(_mapping(port).get("hostPort") for port in body.get("ports") or ()):
        yield "takes a port of its node (`hostPort`)"
    yield from _of_context(context)


def _lacking(own: Body, shared: Body) -> Iterator[str]:
    """Yield what the restricted standard asks for, and the container does not say."""
    if own.get("allowPrivilegeEscalation") is not False:
        yield "does not say `allowPrivilegeEscalation: false`"
    capabilities = _mapping(own.get("capabilities"))
    if "ALL" not in [_capability(name) for name in capabilities.get("drop") or ()]:
        yield "does not drop all capabilities"
    if {_capability(name) for name in capabilities.get("add") or ()} - set(_RESTRICTED):
        yield "adds capabilities"
    if own.get("runAsNonRoot", shared.get("runAsNonRoot")) is not True:
        yield "does not say `runAsNonRoot: true`"
    if own.get("runAsUser", shared.get("runAsUser")) == 0:
        yield "runs as root"
    profile = _mapping(own.get("seccompProfile") or shared.get("seccompProfile"))
    if profile.get("type") not in ("RuntimeDefault", "Localhost"):
        yield "has no `seccompProfile`"


def _true(value: Any) -> bool:
    """Whether a run may make it true: a text is a tag of Argo, which nobody can read before."""
    return value is True or isinstance(value, str)


def _capability(name: object) -> str:
    return str(name).upper().removeprefix("CAP_")


def _mapping(value: Any) -> Body:
    return value if isinstance(value, Mapping) else {}
