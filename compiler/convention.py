"""What rendered manifests and those who run them agree upon, in a module that costs no start."""

FORBIDDEN = ("{{", "$$", "$(")
"""What no value of a parameter may hold: Argo or a kubelet would change it on the way."""
ANNOTATION = "argosy.dev/parameters"
"""Where a manifest notes type, min, max and pattern of its parameters."""
ENVIRONMENT, PIPELINE = "argosy.dev/env", "argosy.dev/pipeline"
"""The labels of every object, and of its runs."""
DIGEST = "argosy.dev/digest"
"""The annotation that tells of which content a workflow is."""
RESERVED = "argosy-source"
"""The parameter that carries the source revision."""
SETTLED = "settled"
"""The template without a pod, whose tasks only say how others ended."""
