"""Artifacts: where they lie, and where a step finds them."""

import posixpath
import re
from urllib.parse import urlsplit

from compiler.manifests.context import Context
from compiler.manifests.findings import Path
from compiler.manifests.holders import Data, mapping, words

STORES = ("artifactory", "azure", "git", "gcs", "hdfs", "http", "oss", "raw", "s3")
_KEYS = {"azure": "blob", "hdfs": "path", "gcs": "key", "oss": "key", "s3": "key"}


def has_source(artifact: Data) -> bool:
    """Whether an artifact says where it lies, or at least by which key."""
    store = next((name for name in STORES if artifact.get(name) is not None), "")
    body = mapping(artifact.get(store)) if store else {}
    if store == "raw":
        return True
    if store == "git":
        return bool(body.get("repo"))
    if store in ("http", "artifactory"):
        url = words(body.get("url"))
        return bool(url) if store == "http" else bool(_path(url) or body.get("usernameSecret"))
    if store == "hdfs" and body.get("addresses"):
        return True
    return bool(store and body.get(_KEYS.get(store, "")))


def _path(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:
        return ""


def check_path(ctx: Context, artifact: Data, path: Path) -> None:
    """Report the artifact of a leaf without a path, or whose path leaves its folder by `..`."""
    name, file = words(artifact.get("name")), words(artifact.get("path"))
    if not file:
        ctx.report("V41", path, f"Artifact '{name}' did not specify a path")
        return
    safe = ""
    if "/../" in file:
        safe = file[: file.index("/../")]
    elif re.search(r"/..$", file):
        safe = file[:-3]
    clean = (
        "/" + posixpath.normpath(file).lstrip("/") if file[0] == "/" else posixpath.normpath(file)
    )
    if safe and (not clean.startswith(f"{safe}/") or len(clean) <= len(safe) + 1):
        message = (
            f"Artifact '{name}' attempted to use a path containing '..'. "
            "Directory traversal is not permitted"
        )
        ctx.report("V41", (*path, "path"), message)


def check_location(ctx: Context, artifact: Data, path: Path) -> None:
    """Report a store that lacks what its driver needs."""
    if artifact.get("git") is not None and not mapping(artifact["git"]).get("repo"):
        ctx.report("V39", (*path, "git", "repo"), "git.repo is required")
    if artifact.get("hdfs") is not None:
        for message in _hdfs(mapping(artifact["hdfs"])):
            ctx.report("V39", (*path, "hdfs"), message)


def _hdfs(body: Data) -> list[str]:
    found, file = [], words(body.get("path"))
    cache, table = body.get("krbCCacheSecret"), body.get("krbKeytabSecret")
    names = ["krbServicePrincipalName", "krbConfigConfigMap"]
    if not body.get("addresses"):
        found.append("hdfs.addresses is required")
    if not file:
        found.append("hdfs.path is required")
    elif not file.startswith("/"):
        found.append("hdfs.path must be a absolute file path")
    if not body.get("hdfsUser") and cache is None and table is None:
        found.append("either hdfsUser, krbCCacheSecret or krbKeytabSecret is required")
    if table is not None:
        names += ["krbUsername", "krbRealm"]
    if (table is not None or cache is not None) and not all(body.get(name) for name in names):
        found.append(f"{', '.join(names)} are required with a Kerberos secret")
    return found
