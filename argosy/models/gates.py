"""Gates: the conditions that a model must meet before it is registered."""

import math
from collections.abc import Mapping, Sequence

from argosy.models.failure import ModelInputError
from compiler.expression import ExpressionError, evaluate, names, parse
from compiler.record import record

_CHAMPION = "champion."


@record
class Verdict:
    """One gate: whether it passed, and the numbers that decided."""

    gate: str
    passed: bool
    reason: str

    def __str__(self) -> str:
        return f"{'pass' if self.passed else 'FAIL'}  {self.gate}  ({self.reason})"


def metrics(texts: Mapping[str, str]) -> dict[str, float]:
    """Return metrics as numbers; raise `ModelInputError` for what is no finite number."""
    found = {}
    for name, text in texts.items():
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            skipped = "{{" in text
            hint = "the step that writes it was skipped" if skipped else f"it is `{text[:80]}`"
            raise ModelInputError(f"metric `{name}` is no finite number", hint)
        found[name] = number
    return found


def judge(
    gates: Sequence[str], own: Mapping[str, float], champion: Mapping[str, float] | None
) -> list[Verdict]:
    """Return a verdict for each gate; without a champion, gates about it pass (first release)."""
    values = {**own, **{f"{_CHAMPION}{name}": value for name, value in (champion or {}).items()}}
    return [_verdict(gate, values, champion is None) for gate in gates]


def _verdict(gate: str, values: Mapping[str, float], first: bool) -> Verdict:
    try:
        expression = parse(gate)
        used = list(dict.fromkeys(name for name, _ in names(expression)))
        if first and any(name.startswith(_CHAMPION) for name in used):
            return Verdict(gate, True, "first release: there is no champion yet")
        passed = bool(evaluate(expression, values))
    except ExpressionError as error:
        raise ModelInputError(f"gate `{gate}`: {error.message}") from None
    return Verdict(gate, passed, ", ".join(f"{name} = {values[name]:.6g}" for name in used))
