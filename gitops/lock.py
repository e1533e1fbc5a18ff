"""`argosy.lock`: which files of an environment are ours, what they hold, and of which components.

No source revision and no date: a revert must give the bytes of before.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from compiler.record import field, record
from compiler.tree import Pin, RenderedTree, sha256
from gitops.failure import GitopsFailure
from gitops.layout import fault

NAME = "argosy.lock"
_VERSION = 1
_SHA256 = re.compile(r"[0-9a-f]{64}")


class LockFailure(GitopsFailure):
    """A lock that cannot be read; `faults` names everything that is wrong with it."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__(f"`{NAME}` is damaged: {'; '.join(faults[:5])}",
                         "restore it with `git revert` in the GitOps repository")  # fmt: skip
        self.faults = faults


_NONE: Mapping[str, str] = {}


@record
class Lock:
    """What one project owns in one environment: relative path → SHA-256 of the content, in hex.

    `components` are those that went into the files, by the reference of the steps that use them.
    """

    environment: str
    project: str
    files: Mapping[str, str]
    components: Mapping[str, Pin] = field(default_factory=dict)

    def write(self) -> bytes:
        """Return the canonical bytes: sorted, two spaces, one newline at the end."""
        data: dict[str, Any] = {
            "version": _VERSION,
            "environment": self.environment,
            "project": self.project,
            "files": {},
        }
        if self.components:
            data["components"] = {name: _pinned(pin) for name, pin in self.components.items()}
        text = json.dumps(data, indent=2, sort_keys=True, ensure_ascii=False)
        return text.replace('"files": {}', f'"files": {self._files()}').encode() + b"\n"

    def _files(self) -> str:
        """Return the object `files` as `json.dumps` indents it, which would take its slow way."""
        if not self.files:
            return "{}"
        text = json.dumps(dict(self.files), sort_keys=True, ensure_ascii=False,
                          separators=(",\n    ", ": "))  # fmt: skip
        return f"{{\n    {text[1:-1]}\n  }}"

    def verify(self, files: Mapping[str, bytes]) -> tuple[str, ...]:
        """Return what differs from the lock: one sentence a file, none when all is as it was."""
        return tuple(f"`{path}` {what}" for path, what in self.differing(files).items())

    def differing(
        self, files: Mapping[str, bytes], known: Mapping[str, str] = _NONE
    ) -> dict[str, str]:
        """Return the paths of files that are not as the lock has them, and what was done.

        `known` are digests of files that need not be read.
        """
        wrong = {}
        for path, digest in sorted(self.files.items()):
            if path not in files:
                wrong[path] = "is missing"
            elif (known.get(path) or sha256(files[path])) != digest:
                wrong[path] = "was changed by hand"
        return wrong


def lock(environment: str, project: str, tree: RenderedTree) -> Lock:
    """Return the lock of `tree`."""
    return Lock(environment, project, tree.sums, tree.components)


def read(content: bytes) -> Lock:
    """Return the lock in `content`; raise `LockFailure` with everything that is wrong."""
    try:
        data = json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        conflict = b"<<<<<<<" in content
        what = "it holds merge conflict markers" if conflict else f"it is not JSON ({error})"
        raise LockFailure((what,)) from None
    wrong = _faults(data)
    if wrong:
        raise LockFailure(wrong)
    pins = data.get("components", {}).items()
    components = {name: Pin(body.get("version"), body["digest"]) for name, body in pins}
    return Lock(data["environment"], data["project"], data["files"], components)


def _faults(data: object) -> tuple[str, ...]:
    if not isinstance(data, dict):
        return ("it is not a JSON object",)
    if data.get("version") != _VERSION:
        version = data.get("version")
        return (f"its version is {version!r}, this Argosy reads version {_VERSION}",)
    wrong = [f"`{key}` is unknown" for key in sorted(set(data) - _KEYS)]
    wrong += [f"`{key}` is not a string" for key in _TEXTS if not isinstance(data.get(key), str)]
    files = data.get("files")
    if not isinstance(files, dict):
        return (*wrong, "`files` is not an object")
    wrong += [f"`{path}` {what}" for path in files if (what := fault(path))]
    wrong += [
        f"the digest of `{path}` is not a SHA-256"
        for path, digest in files.items()
        if not (isinstance(digest, str) and _SHA256.fullmatch(digest))
    ]
    return (*wrong, *_component_faults(data.get("components", {})))


def _component_faults(components: object) -> Iterator[str]:
    if not isinstance(components, dict):
        yield "`components` is not an object"
        return
    for name, body in components.items():
        digest = body.get("digest") if isinstance(body, dict) else None
        if not isinstance(digest, str) or not _SHA256.fullmatch(digest.removeprefix("sha256:")):
            yield f"component `{name}` has no SHA-256"
        elif set(body) - {"digest", "version"} or not isinstance(body.get("version", 1), int):
            yield f"component `{name}` holds more than a version and a digest"


def _pinned(pin: Pin) -> dict[str, Any]:
    return {"digest": pin.digest} | ({"version": pin.version} if pin.version else {})


_TEXTS = ("environment", "project")
_KEYS = {"version", "files", "components", *_TEXTS}
