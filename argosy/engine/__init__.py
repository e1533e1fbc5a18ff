"""The local engine: runs Argo manifests as processes of this machine."""
