"""What real Argo and Kubernetes answer to manifests, without either: findings by rule."""

from compiler.manifests.findings import Finding, Judge, Path, written
from compiler.manifests.verdict import check

__all__ = ["Finding", "Judge", "Path", "check", "written"]
