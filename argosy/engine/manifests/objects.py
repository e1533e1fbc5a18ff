"""Kubernetes objects of files and folders, each with the place it was read from."""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

from argosy.engine.failure import EngineError
from argosy.engine.manifests import memory
from compiler.problems import Location, Problem, Rejected
from compiler.record import record

if TYPE_CHECKING:
    from compiler.document import Document

SUFFIXES = (".yaml", ".yml", ".json")
_LARGEST = 8 * 1024 * 1024
_KNOWN = ("Workflow", "WorkflowTemplate", "ClusterWorkflowTemplate", "CronWorkflow", "ConfigMap")
KINDS = (*_KNOWN, "Secret")


@record
class Object:
    """One object: `number` is that of its document in `file`, `prefix` its path inside."""

    kind: str
    data: Mapping[str, Any]
    file: Path
    number: int = 0
    prefix: tuple[str | int, ...] = ()

    @property
    def metadata(self) -> Mapping[str, Any]:
        found = self.data.get("metadata")
        return found if isinstance(found, Mapping) else {}

    @property
    def name(self) -> str:
        """The name; of a generated one what stands before the random part."""
        name = self.metadata.get("name") or str(self.metadata.get("generateName") or "").rstrip("-")
        return str(name)

    @property
    def namespace(self) -> str:
        return str(self.metadata.get("namespace") or "")

    def at(
        self, path: tuple[str | int, ...] = (), *, key: bool = False, token: str = ""
    ) -> Location:
        """Return the place of `path` inside the object: of its key, or of a text in its value."""
        found = _documents(self.file, self.file.stat().st_mtime_ns)[self.number]
        whole = (*self.prefix, *path)
        if key:
            return found.key(whole)
        for at, text in _texts(found.value(whole), whole) if token else ():
            if token in text:
                return found.within(at, text.index(token), len(token))
        return found.at(whole)


def _texts(value: Any, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _texts(item, (*path, index))
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield from _texts(item, (*path, name))


@lru_cache(maxsize=16)
def _documents(file: Path, _changed: int) -> "list[Document]":
    """Read a file once more, with places: only for what is wrong in it."""
    from argosy.engine.manifests.reading import documents

    return documents(shown(file), file.read_text("utf-8-sig"))


def shown(path: Path) -> str:
    """Return `path` as short as the current folder allows."""
    try:
        return str(path.absolute().relative_to(Path.cwd()))
    except (ValueError, OSError):
        return str(path)


def objects(
    paths: Sequence[Path], *, lenient: bool = False, remembered: bool = False
) -> list[Object]:
    """Return the objects of the kinds that a run knows; raise `Rejected` with all that is wrong.

    Of a folder, files that hold other things are passed over; a file that is named must hold one.
    What is `remembered` from an earlier process is not parsed again.
    """
    found: list[Object] = []
    problems: list[Problem] = []
    for path in paths:
        for file in _files(path):
            try:
                documents = _data(file, lenient=lenient, remembered=remembered)
                found += _objects(file, documents, named=path.is_file())
            except Rejected as rejected:
                problems += rejected.problems
    if problems:
        raise Rejected(problems)
    return found


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    found = sorted(p for p in path.rglob("*") if p.suffix in SUFFIXES and p.is_file())
    if not found:
        what = "holds no manifest" if path.is_dir() else "does not exist"
        raise EngineError(f"{path} {what}", "name a folder or a file of manifests")
    return found


def _objects(file: Path, documents: list[Any], *, named: bool) -> Iterator[Object]:
    at = Location(shown(file))
    count = 0
    for number, data in enumerate(documents):
        for prefix, item in _items(data):
            kind = item.get("kind") if isinstance(item, Mapping) else None
            if kind in KINDS:
                yield Object(str(kind), item, file, number, prefix)
            elif named and data is not None and not isinstance(kind, str):
                message = "this is no Kubernetes object: it has no `kind`"
                raise Rejected([_wrong(Object("", {}, file, number, prefix), message)])
            count += data is not None
    if named and not count:
        raise Rejected([Problem("no-workflow", "the file holds nothing", at)])


def _wrong(item: Object, message: str) -> Problem:
    return Problem("not-an-object", message, item.at(), "write `apiVersion:` and `kind:` first")


def _items(data: Any) -> list[tuple[tuple[str | int, ...], Any]]:
    """Return what a document holds: itself, or the items of a `List`, each with its path."""
    if isinstance(data, Mapping) and str(data.get("kind", "")).endswith("List"):
        items = data.get("items")
        listed = items if isinstance(items, list) else []
        return [(("items", index), item) for index, item in enumerate(listed)]
    return [((), data)]


def _data(file: Path, *, lenient: bool, remembered: bool) -> list[Any]:
    text = _text(file)
    if text.startswith("{"):
        try:
            return [_json(text)]
        except (ValueError, RecursionError):
            pass  # the other reader says what is wrong, and where
    # what may be a secret is copied nowhere
    digest = memory.digest(f"{lenient} {text}") if remembered and "Secret" not in text else ""
    found = memory.recall(digest) if digest else None
    if found is None:
        from argosy.engine.manifests.reading import read

        found = read(shown(file), text, lenient=lenient)
        if digest:
            memory.keep(digest, found)
    return found


def _json(text: str) -> Any:
    """Read JSON; raise `ValueError` for what only some readers take."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            raise ValueError
        return found

    return json.loads(text, object_pairs_hook=unique, parse_float=_number, parse_constant=_number)


def _number(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise ValueError(text)
    return int(number) if number.is_integer() and abs(number) < 1e21 else number


def _text(file: Path) -> str:
    at = Location(shown(file))
    try:
        if file.stat().st_size > _LARGEST:
            hint = "Kubernetes takes no object over 1.5 MiB: put data into files of their own"
            message = f"the file is larger than {_LARGEST >> 20} MiB"
            raise Rejected([Problem("large-file", message, at, hint)])
        return file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = error.object[: error.start]
        line = before.count(b"\n") + 1
        place = Location(at.file, line, error.start - before.rfind(b"\n"))
        raise Rejected([Problem("not-utf-8", "this is no UTF-8 text", place)]) from None
    except OSError as error:
        raise EngineError(f"{file} cannot be read: {error.strerror}") from None
