"""What ends an evaluation."""


class EvaluationError(ValueError):
    """The expression cannot be read or computed, in the words of Argo.

    In a tag that leaves the tag as it is; elsewhere it ends the node.
    """


class UnfitError(EvaluationError):
    """The expression is refused before it is computed: it cannot be read, or types do not fit."""


class LocatedError(EvaluationError):
    """Something failed at a place of the expression, counted in characters."""

    def __init__(self, message: str, at: int) -> None:
        super().__init__(message)
        self.at = at


class RefusedError(EvaluationError):
    """Argo would compute it, this runtime does not: never left as text in silence."""


class SubstitutionError(ValueError):
    """Argo's replacement of tags itself fails, which ends the node in Error."""
