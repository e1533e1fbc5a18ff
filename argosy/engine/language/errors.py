"""What ends an evaluation."""


class EvaluationError(ValueError):
    """The expression cannot be read or computed, in the words of Argo.

    In a tag that leaves the tag as it is; elsewhere it ends the node.
    """


class RefusedError(EvaluationError):
    """Argo would compute it, this runtime does not: never left as text in silence."""


class SubstitutionError(ValueError):
    """Argo's replacement of tags itself fails, which ends the node in Error."""
