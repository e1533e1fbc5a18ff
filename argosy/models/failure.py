"""What goes wrong around models."""

from argosy.failure import Failure


class ModelError(Failure):
    """MLflow cannot be reached or answered no; a retry is safe."""


class ModelInputError(ModelError):
    """What a step was handed is not usable; a retry would not help."""

    exit_code = 1
