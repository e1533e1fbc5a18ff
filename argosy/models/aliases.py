"""Aliases of registered models, moved to the versions that are pinned in Git."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from argosy.models import store
from argosy.models.failure import ModelError, ModelInputError
from compiler.record import record

if TYPE_CHECKING:
    from mlflow import MlflowClient

_MISSING = ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE")


@record
class Move:
    """Where the alias of a model pointed (0: nowhere), and where it is to point."""

    model: str
    alias: str
    before: int
    after: int

    @property
    def needed(self) -> bool:
        """Whether it points elsewhere."""
        return self.before != self.after


def moves(uri: str, pins: Mapping[str, int], alias: str) -> tuple[Move, ...]:
    """Return what `alias` of each pinned model points to, and should.

    Raise `ModelInputError` for a version that is not registered, `ModelError` when MLflow does not
    answer.
    """
    with store.client(uri) as client:
        missing = [f"{name} {number}" for name, number in pins.items()
                   if not _exists(client, name, number)]  # fmt: skip
        if missing:
            hint = "register it there, or pin another version"
            raise ModelInputError(f"not registered: {', '.join(missing)}", hint)
        return tuple(Move(name, alias, _version(client, name, alias), number)
                     for name, number in sorted(pins.items()))  # fmt: skip


def perform(uri: str, wanted: tuple[Move, ...]) -> Iterator[Move]:
    """Move each alias that points elsewhere, and yield it once it does."""
    with store.client(uri) as client:
        for move in wanted:
            if not move.needed:
                continue
            if _version(client, move.model, move.alias) != move.before:
                text = f"{move.alias} of {move.model} was moved by somebody else meanwhile"
                raise ModelError(text, "look at it, and try again")
            client.set_registered_model_alias(move.model, move.alias, str(move.after))
            yield move


def _exists(client: "MlflowClient", name: str, number: int) -> bool:
    from mlflow.exceptions import MlflowException

    try:
        return client.get_model_version(name, str(number)) is not None
    except MlflowException as error:
        if error.error_code in _MISSING:
            return False
        raise


def _version(client: "MlflowClient", name: str, alias: str) -> int:
    from mlflow.exceptions import MlflowException

    try:
        return int(client.get_model_version_by_alias(name, alias).version)
    except MlflowException as error:
        if error.error_code in _MISSING:
            return 0
        raise
