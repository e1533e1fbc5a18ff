"""MLflow by environment: what its client reads, so that plain scripts log in the right place.

The client makes a run when a script first logs, in the experiment of the name, with the tags of the
context; a step that logs nothing makes none.
"""

import json
from collections.abc import Mapping

# the name that a run is told from others by, here as on a cluster
WORKFLOW, POD, STEP = "argosy.workflow_uid", "argosy.pod", "argosy.step"
URI, EXPERIMENT, CONTEXT = "MLFLOW_TRACKING_URI", "MLFLOW_EXPERIMENT_NAME", "MLFLOW_RUN_CONTEXT"
_TAGS = {WORKFLOW: "{{workflow.uid}}", "argosy.workflow": "{{workflow.name}}", POD: "{{pod.name}}"}


def variables(uri: str, experiment: str, tags: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of a step; values hold Argo's tags, `tags` are more for its runs."""
    context = json.dumps({**_TAGS, **tags}, separators=(",", ":"))
    return {URI: uri, EXPERIMENT: experiment, CONTEXT: context}
