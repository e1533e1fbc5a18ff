"""What real Argo and Kubernetes answer to manifests, without either: findings by rule."""

from compiler.manifests.findings import Finding, Judge, Path, written
from compiler.manifests.verdict import admission, beside, check

__all__ = ["Finding", "Judge", "Path", "admission", "beside", "check", "written"]
