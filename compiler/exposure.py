"""No secret is rendered: everything that is written is scanned, and found again in the source."""

import base64
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from compiler.credentials import known, suspicious
from compiler.document import Document, Path
from compiler.pipeline import Pipeline
from compiler.problems import Location, Problem
from compiler.record import record

_BORDER = "\n\0\n"
_HINT = (
    "store it as a Kubernetes secret and refer to it under `secrets:`, then revoke this one; "
    "what is no secret is listed under `notSecret:`, with a reason"
)


@record
class Sources:
    """What a pipeline is rendered from: its spec, the project file, the code beside the spec.

    `called` are the sources of the pipelines that it calls.
    """

    document: Document
    project: Document
    pipeline: Pipeline
    called: tuple["Sources", ...] = ()

    @property
    def text(self) -> str:
        """The spec and the code as one text, to be scanned where nothing could be rendered."""
        code = [file.content.decode("ascii", "replace") for file in self.pipeline.code]
        return _BORDER.join([*(text for _, text in _texts(self._spec, ())), *code])

    @property
    def accepted(self) -> Mapping[str, Path]:
        """The texts that the spec says are no secrets, and where it says so."""
        entries = self.document.value(("notSecret",)) or []
        return {entry["text"]: ("notSecret", n) for n, entry in enumerate(entries)}

    @property
    def _spec(self) -> dict[str, Any]:
        return {key: value for key, value in self.document.data.items() if key != "notSecret"}

    def places(self, text: str) -> Iterator[Location]:
        """Yield every place of the source that holds `text`."""
        for document, data in (self.document, self._spec), (self.project, self.project.data):
            for path, value in _texts(data, ()):
                if text in value:
                    yield document.within(path, value.index(text), len(text))
        for other in self.called:
            yield from other.places(text)
        folder = self.pipeline.at.file.rpartition("/")[0]
        for file in self.pipeline.code:
            for number, line in enumerate(file.content.decode("utf-8", "replace").split("\n"), 1):
                if text in line:
                    column = line.index(text) + 1
                    place = file.origin or f"{folder}/{file.path}"
                    yield Location(place, number, column, len(text))


def written(files: Mapping[str, bytes], manifests: Mapping[str, Mapping[str, Any]]) -> str:
    """Return all that is rendered as one text: what is encoded in manifests is decoded.

    Of a CronWorkflow, only what its template does not hold: a scan reads every byte.
    """
    shared = {id(value) for m in manifests.values() for value in m.get("spec", {}).values()}
    found: list[str] = []
    for name, manifest in manifests.items():
        spec = manifest.get("spec", {}).get("workflowSpec", {})
        if any(id(value) in shared for value in spec.values()):
            own = {key: value for key, value in spec.items() if id(value) not in shared}
            data = {**manifest, "spec": {**manifest["spec"], "workflowSpec": own}}
            found += [text for _, text in _texts(data, ())]
        else:
            found.append(files[name].decode())
        binary = manifest.get("binaryData", {}).values()
        found += [base64.b64decode(content).decode("ascii", "replace") for content in binary]
    return _BORDER.join(found)


def check(sources: Sources, text: str, manifests: Sequence[Any] = ()) -> Iterator[Problem]:
    """Yield a problem for each place of a secret that is in `text`, or a value of `manifests`."""
    accepted = sources.accepted
    allowed = {*accepted, *(text for other in sources.called for text in other.accepted)}
    found = {secret: what for what, secret in known(text)}
    for name, value in dict.fromkeys(_named(manifests)):
        if value not in found and suspicious(name, value):
            found[value] = f"a secret, the value of `{name}`"
    for secret, what in found.items():
        if secret not in allowed:
            line = secret.split("\n", 1)[0]
            for place in dict.fromkeys(sources.places(line)) or [sources.pipeline.at]:
                yield Problem("secret", f"this looks like {what}", place, _HINT)
    for unused, path in accepted.items():
        if unused not in text and unused not in sources.text:
            at = sources.document.at((*path, "text"))
            message = "nothing that is rendered holds this text"
            yield Problem("unused-exception", message, at, "remove the entry")


def _texts(data: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """Yield every text below `data` with its path."""
    if isinstance(data, str):
        yield path, data
    elif isinstance(data, Mapping):
        for key, value in data.items():
            yield from _texts(value, (*path, key))
    elif isinstance(data, Sequence):
        for index, value in enumerate(data):
            yield from _texts(value, (*path, index))


def _named(manifests: Sequence[Any]) -> Iterator[tuple[str, str]]:
    """Yield the variables, parameters and arguments of manifests; parts that two share, once."""
    seen: set[int] = set()
    waiting: list[Any] = list(manifests)
    while waiting:
        data = waiting.pop()
        if id(data) in seen:
            continue
        seen.add(id(data))
        if isinstance(data, dict):
            name, value = data.get("name"), data.get("value")
            if isinstance(name, str) and isinstance(value, str):
                yield name, value
                continue
            data = data.values()
        waiting.extend([item for item in data if isinstance(item, dict | list | tuple)])
