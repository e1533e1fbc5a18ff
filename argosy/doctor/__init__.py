"""What Argosy stands on: this machine, the project's repository, GitOps, the cluster, MLflow."""
