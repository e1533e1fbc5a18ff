"""The archives in which Argo's executor keeps artifacts: tar with gzip, zip, or none."""

import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from argosy.engine.failure import EngineError

_GZIP = b"\x1f\x8b"


def pack(source: Path, target: Path, artifact: Mapping[str, Any]) -> Path:
    """Return what of an artifact is to be stored: itself, or an archive made at `target`."""
    archive = artifact.get("archive") or {}
    if archive.get("none") is not None:
        return source
    name = Path(artifact["path"]).name
    if archive.get("zip") is not None:
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as zipped:
            for path in (source, *sorted(source.rglob("*"))):
                zipped.write(path, Path(name) / path.relative_to(source))
        return target
    level = (archive.get("tar") or {}).get("compressionLevel", 6)
    with tarfile.open(target, "w:gz", compresslevel=min(max(int(level), 0), 9)) as made:
        made.add(source, name)
    return target


def unpack(stored: Path, target: Path, artifact: Mapping[str, Any]) -> None:
    """Put a fetched artifact at `target`: unpacked, if it is a tar or is declared a zip.

    Raise `EngineError` for an archive that is broken or would write elsewhere.
    """
    archive = artifact.get("archive") or {}
    plain = archive.get("none") is not None or stored.is_dir()
    zipped = archive.get("zip") is not None
    if plain or not (zipped or _is_tar(stored)):
        stored.replace(target)
        return
    folder = stored.with_name(f"{stored.name}.unpacked")
    folder.mkdir()
    try:
        if zipped:
            with zipfile.ZipFile(stored) as opened:
                opened.extractall(folder)  # noqa: S202 - keeps within the folder by itself
        else:
            with tarfile.open(stored) as made:
                made.extractall(folder, filter="data")
    except (tarfile.TarError, zipfile.BadZipFile, OSError, EOFError) as error:
        raise EngineError(f"artifact {artifact['name']} cannot be unpacked: {error}") from None
    stored.unlink()
    members = list(folder.iterdir())
    if len(members) == 1:  # as untar of Argo: a single member takes the artifact's name
        members[0].replace(target)
        folder.rmdir()
    else:
        folder.replace(target)


def _is_tar(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == _GZIP and tarfile.is_tarfile(path)
