"""What real Argo and a real API server say of many manifests; nothing if they take all."""

import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path


def has_argo() -> bool:
    return bool(shutil.which("argo"))


def linted(files: Sequence[Path], folder: Path) -> str:
    """Return what `argo lint` refuses; it gets copies in `folder`, each with a name of its own."""
    for number, file in enumerate(files):
        (folder / f"{number}.yaml").write_text(_altered(file, "name", f"n{number}"), "utf-8")
    command = ["argo", "lint", "--offline", "--strict", "--output", "simple"]
    for some in _parts(sorted(folder.iterdir()), 1000):
        ended = subprocess.run([*command, *some], capture_output=True, text=True, check=False)
        if ended.returncode:
            return (ended.stdout + ended.stderr)[-3000:]
    return ""


def dry_run(files: Sequence[Path]) -> str:
    """Return what the API server would refuse to apply in the namespace `default`."""
    command = ["kubectl", "apply", "--dry-run=server", "--validate=strict", "-f", "-"]
    for some in _parts(files, 300):
        text = "\n---\n".join(_altered(file, "namespace", "default") for file in some)
        ended = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
        if ended.returncode:
            return ended.stderr[-3000:]
    return ""


def _parts(files: Sequence[Path], size: int) -> Iterator[Sequence[Path]]:
    yield from (files[start : start + size] for start in range(0, len(files), size))


def _altered(file: Path, key: str, value: str) -> str:
    """Return a manifest with another name, or in another namespace."""
    return re.sub(rf"(?m)^  {key}: .*$", f"  {key}: {value}", file.read_text("utf-8"), count=1)
