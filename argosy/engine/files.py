"""The files of a step: its own root folder, volumes, and artifacts in and out."""

import base64
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from argosy.engine.failure import EngineError
from compiler.record import record


@record
class Root:
    """A folder that stands for `/` of a container: absolute paths of the manifest lie below it."""

    folder: Path

    def at(self, path: str) -> Path:
        """Return where absolute `path` lies; raise `EngineError` if it would leave the folder."""
        parts = PurePosixPath(path).parts
        if not path.startswith("/") or ".." in parts:
            raise EngineError(f"path `{path}` of the manifest is not absolute and plain")
        return self.folder.joinpath(*parts[1:])


def mount(
    root: Root,
    mounts: list[Mapping[str, Any]],
    volumes: Mapping[str, Any],
    config_maps: Mapping[str, Any],
    claims: Path,
) -> None:
    """Put every volume of a container in its place, outer folders first.

    The folders of `claims` are those that outlive the container.
    """
    for entry in sorted(mounts, key=lambda entry: len(PurePosixPath(entry["mountPath"]).parts)):
        volume = volumes.get(entry["name"])
        if volume is None:
            raise EngineError(f"volume `{entry['name']}` is not declared")
        target = root.at(entry["mountPath"])
        if "emptyDir" in volume or "ephemeral" in volume:
            target.mkdir(parents=True, exist_ok=True)
        elif "configMap" in volume:
            _place(
                target, entry.get("subPath", ""), list(_content(volume["configMap"], config_maps))
            )
        elif "persistentVolumeClaim" in volume:
            _link(target, claims / volume["persistentVolumeClaim"]["claimName"])
        else:
            kind = next((key for key in volume if key != "name"), "nothing")
            raise EngineError(
                f"volume `{entry['name']}`: `{kind}` is not supported here",
                "emptyDir, ephemeral and configMap volumes are",
            )


def _link(target: Path, claim: Path) -> None:
    if not claim.is_dir():
        raise EngineError(f"there is no claim `{claim.name}`", "a run has those of its manifest")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.symlink_to(claim)


def _content(
    source: Mapping[str, Any], config_maps: Mapping[str, Any]
) -> Iterator[tuple[str, bytes, int]]:
    name = source["name"]
    if name not in config_maps:
        raise EngineError(
            f"ConfigMap `{name}` is not among the manifests",
            "run the folder that holds it, not a single file",
        )
    found = config_maps[name]
    binary = {key: base64.b64decode(text) for key, text in found.get("binaryData", {}).items()}
    data = {**{key: text.encode() for key, text in found.get("data", {}).items()}, **binary}
    items = source.get("items") or [{"key": key, "path": key} for key in data]
    for item in items:
        if item["key"] not in data:
            raise EngineError(f"ConfigMap `{name}` has no key `{item['key']}`")
        yield item["path"], data[item["key"]], item.get("mode", 0o644)


def _place(target: Path, sub_path: str, content: list[tuple[str, bytes, int]]) -> None:
    for path, data, mode in content:
        if path == sub_path:
            _write(target, data, mode)
        elif not sub_path or path.startswith(f"{sub_path}/"):
            _write(target / path.removeprefix(sub_path).lstrip("/"), data, mode)


def _write(path: Path, data: bytes, mode: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    path.chmod(mode)


def deliver(source: Path, target: Path) -> None:
    """Copy an artifact to its consumer, which may then change it as it likes."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.is_dir() and not any(target.iterdir()):
        target.rmdir()
    if source.is_dir():
        shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True)
    else:
        shutil.copy2(source, target)


def keep(source: Path, target: Path) -> None:
    """Store an output artifact of a finished step: moved, so that it costs no copy."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:
        deliver(source, target)
