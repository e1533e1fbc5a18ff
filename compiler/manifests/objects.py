"""Names, labels and annotations of objects, as the API server and Argo take them."""

import re
from collections.abc import Iterator

from compiler.manifests import selectors
from compiler.manifests.findings import Finding, Judge
from compiler.manifests.holders import Data, mapping, words

_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_KEY = re.compile(r"[-._a-zA-Z0-9]+")
_API, _LINT = frozenset({Judge.API}), frozenset({Judge.LINT})
_LONGEST = {
    "Workflow": (63, "V02", "workflow", frozenset({Judge.LINT, Judge.SUBMIT})),
    "WorkflowTemplate": (63, "V02", "workflow template", _LINT),
    "ClusterWorkflowTemplate": (63, "V02", "cluster workflow template", _LINT),
    "CronWorkflow": (52, "V03", "cron workflow", frozenset({Judge.LINT, Judge.IGNORED})),
}


def check(manifest: Data, kind: str) -> Iterator[Finding]:
    """Yield what is wrong with the metadata of an object."""
    metadata = mapping(manifest.get("metadata"))
    name, prefix = words(metadata.get("name")), words(metadata.get("generateName"))
    if not name and not prefix:
        message = "Required value: name or generateName is required"
        yield Finding(("metadata", "name"), "G13", message, _API)
    shown = name or prefix.rstrip("-.")
    if len(shown) > 253 or (shown and not _SUBDOMAIN.fullmatch(shown)):
        message = f'Invalid value: "{shown}": a lowercase RFC 1123 subdomain must consist of lower '
        message += "case alphanumeric characters, '-' or '.'"
        yield Finding(("metadata", "name" if name else "generateName"), "G13", message, _API)
    if kind in _LONGEST:
        longest, rule, what, judges = _LONGEST[kind]
        if len(name.encode()) > longest:
            message = f'{what} name "{name}" must not be more than {longest} characters long '
            message += f"(currently {len(name)})"
            yield Finding(("metadata", "name"), rule, message, judges)
    namespace = words(metadata.get("namespace"))
    if namespace and (len(namespace) > 63 or not _LABEL.fullmatch(namespace)):
        message = f'Invalid value: "{namespace}": a lowercase RFC 1123 label'
        yield Finding(("metadata", "namespace"), "G13", message, _API)
    yield from _labelled(metadata)
    for sort in ("data", "binaryData") if kind == "ConfigMap" else ():
        for key in map(str, mapping(manifest.get(sort))):
            if not _KEY.fullmatch(key) or len(key) > 253 or key in (".", ".."):
                message = f'Invalid value: "{key}": a valid config key must consist of alphanumeric'
                yield Finding((sort, key), "G13", f"{message} characters, '-', '_' or '.'", _API)


def _labelled(metadata: Data) -> Iterator[Finding]:
    for sort in ("labels", "annotations"):
        for key, value in mapping(metadata.get(sort)).items():
            text = str(key)
            bad_key = selectors.of_key(text.lower() if sort == "annotations" else text)
            bad_value = selectors.of_value(words(value)) if sort == "labels" else ""
            for message in filter(None, (bad_key, bad_value)):
                yield Finding(("metadata", sort, text), "G12", message, _API)
