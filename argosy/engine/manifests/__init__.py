"""Any Argo files → the bundle that a run needs: workflow, templates, ConfigMaps, places."""

from argosy.engine.manifests.bundle import Bundle, Scope, Template
from argosy.engine.manifests.loading import load

__all__ = ["Bundle", "Scope", "Template", "load"]
