"""Artifacts in a real bucket, in the archives in which Argo's executor keeps them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from argosy.engine.pods import archives, bucket

Data = Mapping[str, Any]


def load(artifact: Data, target: Path) -> bool:
    """Put an artifact at `target`; return whether its key is there."""
    target.parent.mkdir(parents=True, exist_ok=True)
    fetched = target.with_name(f".{target.name}.fetched")
    if not bucket.fetch(bucket.endpoint(), *_place(artifact), fetched):
        fetched.unlink(missing_ok=True)
        return False
    archives.unpack(fetched, target, artifact)
    return True


def save(artifact: Data, stored: Path) -> None:
    """Store what was kept of an output."""
    packed = stored.with_name(f".{stored.name}.packed")
    source = archives.pack(stored, packed, artifact)
    bucket.send(bucket.endpoint(), *_place(artifact), source)
    packed.unlink(missing_ok=True)


def _place(artifact: Data) -> tuple[str, str]:
    location = artifact["s3"]
    return str(location.get("bucket") or "default"), str(location.get("key") or "")
