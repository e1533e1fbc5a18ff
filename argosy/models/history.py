"""What the steps of a run logged into MLflow: the history of each metric."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from argosy.models import store
from compiler.record import record
from compiler.tracking import STEP, WORKFLOW

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

_RUNS, _METRICS = 60, 24


@record
class History:
    """A metric of one run of MLflow; points are (step of the training, value)."""

    metric: str
    run: str
    points: tuple[tuple[float, float], ...]


def histories(uri: str, run_uid: str) -> list[History]:
    """Return the metrics that a workflow's run logged, at most those of 60 runs, 24 of each.

    Raise `ModelError` when MLflow does not answer.
    """
    with store.client(uri) as client:
        experiments = [item.experiment_id for item in client.search_experiments()]
        query = f"tags.`{WORKFLOW}` = '{run_uid.replace(chr(39), '')}'"
        found = client.search_runs(experiments, query, max_results=_RUNS)
        return [one for run in found for one in _metrics(client, run)]


def _metrics(client: "MlflowClient", run: "Run") -> Iterator[History]:
    name = run.data.tags.get(STEP) or run.info.run_name or run.info.run_id
    for metric in sorted(run.data.metrics)[:_METRICS]:
        logged = client.get_metric_history(run.info.run_id, metric)
        yield History(metric, name, tuple((float(m.step), float(m.value)) for m in logged))
