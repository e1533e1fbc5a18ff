"""Versions of registered models that came from a rendered pipeline, asked in passing."""

from argosy.models import rest
from argosy.models.failure import ModelError
from compiler.record import record

_MOST = 50
_TAG = "argosy.digest"


@record
class ReleasedVersion:
    """A version: there is none where a gate failed."""

    model: str
    version: int


def by_digest(uri: str, digest: str) -> tuple[ReleasedVersion, ...]:
    """Return the versions that pipelines of `digest` registered, newest first.

    Raise `ModelError` when MLflow at `uri` does not answer, or is no server.
    """
    if not uri.startswith(("http://", "https://")):
        raise ModelError(f"{uri.partition(':')[0]} is no MLflow server")
    query = f"tags.`{_TAG}` = '{digest.replace(chr(39), '')}'"
    asked = {"filter": query, "max_results": str(_MOST)}
    found = rest.ask(uri, "model-versions/search", asked).get("model_versions") or []
    versions = (ReleasedVersion(str(v["name"]), int(v["version"])) for v in found)
    return tuple(sorted(versions, key=lambda v: (v.model, -v.version)))
