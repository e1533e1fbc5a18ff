"""`register`: gates, then one version with its whole lineage, however often the step is retried.

The election "the lowest version with my key wins" holds because MLflow commits lower numbers
first; the key is a tag that commits together with its version.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from argosy.models import store
from argosy.models.digest import digest
from argosy.models.failure import ModelInputError
from argosy.models.gates import Verdict, judge, metrics
from compiler.record import field, record

if TYPE_CHECKING:
    from mlflow import MlflowClient

KEY = "argosy.registration_key"
CHAMPION = "champion"
_EXISTS = "RESOURCE_ALREADY_EXISTS"
_GONE = "RESOURCE_DOES_NOT_EXIST"
_ATTEMPTS = 3


@record
class Registration:
    """What is to be registered: the files, the numbers that speak for them, where they came from.

    `inputs` maps the name of each data set to its file or folder; `run` and `run_uid` identify
    the workflow, `step` the step that trained.
    """

    uri: str
    model: str
    source: Path
    alias: str
    gates: tuple[str, ...]
    metrics: Mapping[str, str]
    params: Mapping[str, str]
    inputs: Mapping[str, Path]
    tags: Mapping[str, str]
    run: str
    run_uid: str
    step: str
    experiment: str

    @property
    def key(self) -> str:
        """What makes two attempts at this registration the same one."""
        text = "|".join((self.run_uid, self.step, self.model))
        return hashlib.sha256(text.encode()).hexdigest()


@record
class Outcome:
    """How it ended; `version` is None when a gate failed."""

    verdicts: tuple[Verdict, ...]
    version: int | None = None
    repeated: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)


def register(wanted: Registration) -> Outcome:
    """Judge and register; raise `ModelInputError` or `ModelError` when that is not possible."""
    _refuse_links(wanted.source)
    numbers = metrics(wanted.metrics)
    with store.client(wanted.uri) as client:
        champion = _champion(client, wanted.model)
        verdicts = tuple(judge(wanted.gates, numbers, champion))
        if not all(verdict.passed for verdict in verdicts):
            return Outcome(verdicts)
        digests = {f"argosy.input.{name}": digest(path) for name, path in wanted.inputs.items()}
        tags = {**wanted.tags, **digests}
        version, repeated = _once(client, wanted, numbers, tags)
        if wanted.alias:
            _alias(client, wanted, version)
    return Outcome(verdicts, version, repeated, tags)


def _refuse_links(source: Path) -> None:
    if not source.exists():
        raise ModelInputError(f"there is no model at {source}")
    links = [path for path in (source, *source.rglob("*")) if path.is_symlink()]
    if links:
        raise ModelInputError(f"{links[0]} is a symbolic link", "a model holds plain files only")
    if source.is_dir() and not any(path.is_file() for path in source.rglob("*")):
        raise ModelInputError(f"the model folder {source} is empty")


def _champion(client: "MlflowClient", model: str) -> dict[str, float] | None:
    """Return the metrics of the version that the alias `champion` names, if there is one."""
    from mlflow.exceptions import MlflowException

    try:
        version = client.get_model_version_by_alias(model, CHAMPION)
    except MlflowException as error:
        if error.error_code in (_GONE, "INVALID_PARAMETER_VALUE"):
            return None
        raise
    return dict(client.get_run(str(version.run_id)).data.metrics)


def _once(
    client: "MlflowClient",
    wanted: Registration,
    numbers: Mapping[str, float],
    tags: Mapping[str, str],
) -> tuple[int, bool]:
    """Return the version that carries this registration's key; make it if there is none."""
    from mlflow.exceptions import MlflowException

    try:
        client.create_registered_model(wanted.model)
    except MlflowException as error:
        if error.error_code != _EXISTS:
            raise
    if found := _mine(client, wanted):
        return found[0], True
    run_id, source = _log(client, wanted, numbers, tags)
    carried = {**tags, KEY: wanted.key}
    client.create_model_version(wanted.model, source, run_id=run_id, tags=carried)
    first, *others = _mine(client, wanted)
    for loser in others:
        _withdraw(client, wanted.model, loser, first)
    return first, False


def _alias(client: "MlflowClient", wanted: Registration, version: int) -> None:
    """Point the alias at `version`; MLflow's upsert fails for one of two writers at once."""
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    for attempt in range(_ATTEMPTS):
        try:
            client.set_registered_model_alias(wanted.model, wanted.alias, str(version))
        except (MlflowException, SQLAlchemyError):
            if attempt == _ATTEMPTS - 1:
                raise
        else:
            return


def _mine(client: "MlflowClient", wanted: Registration) -> list[int]:
    query = f"name='{wanted.model}' and tags.`{KEY}`='{wanted.key}'"
    return sorted(int(version.version) for version in client.search_model_versions(query))


def _withdraw(client: "MlflowClient", model: str, loser: int, winner: int) -> None:
    from mlflow.exceptions import MlflowException

    try:
        client.delete_model_version(model, str(loser))
    except MlflowException as error:
        if error.error_code != _GONE:
            client.set_model_version_tag(model, str(loser), "argosy.duplicate_of", str(winner))


def _log(
    client: "MlflowClient",
    wanted: Registration,
    numbers: Mapping[str, float],
    tags: Mapping[str, str],
) -> tuple[str, str]:
    """Record the run behind the version; return its id and where the model's files lie.

    The run of an attempt that died half-way is taken up again.
    """
    from mlflow.entities import Metric, Param, RunTag

    experiment = _experiment(client, wanted)
    query = f"tags.`{KEY}` = '{wanted.key}'"
    found = client.search_runs([experiment], query, max_results=1)
    run = (
        found[0]
        if found
        else client.create_run(experiment, tags={KEY: wanted.key}, run_name=wanted.run)
    )
    run_id, now = run.info.run_id, run.info.start_time
    client.log_batch(
        run_id,
        metrics=[Metric(name, value, now, 0) for name, value in numbers.items()],
        params=[Param(name, value) for name, value in wanted.params.items()],
        tags=[RunTag(name, value) for name, value in tags.items()],
    )
    if wanted.source.is_dir():
        client.log_artifacts(run_id, str(wanted.source), "model")
    else:
        client.log_artifact(run_id, str(wanted.source), "model")
    client.set_terminated(run_id)
    return run_id, f"{run.info.artifact_uri}/model"


def _experiment(client: "MlflowClient", wanted: Registration) -> str:
    from mlflow.exceptions import MlflowException

    found = client.get_experiment_by_name(wanted.experiment)
    if found is None:
        try:
            root = store.artifact_root(wanted.uri)
            location = f"{root}/{wanted.experiment}" if root else None
            return str(client.create_experiment(wanted.experiment, artifact_location=location))
        except MlflowException as error:
            if error.error_code != _EXISTS:
                raise
            found = client.get_experiment_by_name(wanted.experiment)
    if found is None or found.lifecycle_stage == "deleted":
        raise ModelInputError(
            f"experiment `{wanted.experiment}` was deleted in MLflow",
            "restore it, or delete it for good with `mlflow gc`",
        )
    return str(found.experiment_id)
