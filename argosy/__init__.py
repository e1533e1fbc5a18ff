"""GitOps pipelines for machine learning on Argo Workflows."""

__version__ = "0.1.0"
