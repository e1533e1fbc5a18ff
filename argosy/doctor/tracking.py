"""MLflow: an API read, since `/health` answers where clients are refused."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from argosy.doctor.finding import Finding, fine, note, wrong
from argosy.doctor.reply import Reply, Unanswered, ask
from argosy.models import rest
from argosy.models.store import shown

_READ = "/api/2.0/mlflow/experiments/search"
_INSIDE = (".svc", ".cluster.local")


def tracking(uri: str | None) -> Iterator[Finding]:
    """Read one experiment."""
    if uri is None or not uri.startswith(("http://", "https://")):
        yield fine(f"MLflow is {shown(uri)}" if uri else "MLflow is a store below .argosy/")
        return
    parts = urlsplit(uri)
    headers = {"Content-Type": "application/json"}
    headers |= rest.credentials(parts.username, parts.password)
    try:
        reply = ask(uri.rstrip("/") + _READ, "POST", '{"max_results": 1}', headers)
    except Unanswered as error:
        host = parts.hostname or ""
        if error.unknown and (host.endswith(_INSIDE) or "." not in host):
            yield note(f"{host} is a name of the cluster's: only its pods can ask it", _probe(uri))
            return
        raise
    yield _judged(uri, reply)


def _probe(uri: str) -> str:
    return (
        "kubectl run mlflow-probe --rm -i --restart=Never --image=curlimages/curl -- "
        f"-fsS -X POST -H 'Content-Type: application/json' -d '{{\"max_results\": 1}}' "
        f"{shown(uri).rstrip('/')}{_READ}"
    )


def _judged(uri: str, reply: Reply) -> Finding:
    if reply.status == 200 and reply.text.lstrip().startswith("{"):
        return fine(f"MLflow at {shown(uri)} answers")
    if reply.status == 403 and "Host header" in reply.text:
        host = urlsplit(uri).hostname
        said = f"MLflow at {shown(uri)} does not know its own name: clients are refused (403)"
        return wrong(said, f"mlflow server --allowed-hosts '{host},{host}:*'")
    if reply.status in (401, 403):
        said = f"MLflow at {shown(uri)} refuses this login ({reply.status})"
        return wrong(said, "export MLFLOW_TRACKING_USERNAME=… MLFLOW_TRACKING_PASSWORD=…")
    if reply.status >= 500:
        from argosy.doctor.finding import unreachable

        return unreachable(f"MLflow at {shown(uri)} fails ({reply.status})", "see the server's log")
    said = f"what answers at {shown(uri)} is not MLflow ({reply.status})"
    return wrong(said, "correct `mlflow.uri` of the environment in argosy.yaml")
