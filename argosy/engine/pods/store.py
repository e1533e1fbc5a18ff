"""Artifacts that say by themselves where they are: buckets, which are folders here."""

import os
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from argosy.engine.failure import EngineError
from argosy.engine.pods.world import World

Data = Mapping[str, Any]
_BUCKETS = {"s3": "bucket", "gcs": "bucket", "oss": "bucket", "azure": "container"}
ELSEWHERE = ("http", "artifactory", "git")
_LOCATIONS = (*_BUCKETS, "http", "git", "hdfs", "artifactory", "plugin")


def location(artifact: Data) -> str:
    """Return which kind of place an artifact names; nothing for none."""
    return next((kind for kind in _LOCATIONS if artifact.get(kind) is not None), "")


def placed(artifact: Data) -> bool:
    """Whether an artifact says by itself where it is, or what it holds."""
    return artifact.get("raw") is not None or bool(location(artifact))


def remote(artifact: Data) -> bool:
    """Whether an artifact lies in a real bucket: `ARGOSY_S3_ENDPOINT` says so."""
    return artifact.get("s3") is not None and bool(os.environ.get("ARGOSY_S3_ENDPOINT"))


def place(world: World, artifact: Data) -> Path:
    """Return where an object lies on this machine: `store/BUCKET/KEY`, for http `store/HOST/PATH`.

    Raise `EngineError` for a kind of place that has no folder.
    """
    kind = location(artifact)
    data = artifact[kind]
    if kind in _BUCKETS:
        bucket = data.get(_BUCKETS[kind]) or "default"
        key = data.get("blob" if kind == "azure" else "key") or ""
    elif kind in ("http", "artifactory"):
        bucket, _, key = str(data["url"]).partition("://")[2].partition("/")
    else:
        hint = "put the files where the step finds them, or run it on a cluster"
        raise EngineError(f"artifact `{artifact['name']}`: `{kind}` is not supported here", hint)
    parts = PurePosixPath(bucket, key.lstrip("/")).parts
    if ".." in parts or not key.strip("/"):
        raise EngineError(f"artifact `{artifact['name']}`: key `{key}` is not plain")
    return world.store.joinpath(*parts)
