"""Checks, side by side, each with a time limit: none can hang the others."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from argosy.doctor.finding import Finding, unreachable, wrong
from argosy.failure import Failure
from compiler.problems import Rejected
from gitops.failure import GitopsFailure

LIMIT = 30.0  # what a check asks others ends by itself before that
_PASSING = ("unreachable", "timeout", "locked", "other")  # kinds of a failure of git


@dataclass
class Check:
    """A named question; `ask` yields what it found."""

    name: str
    ask: Callable[[], Iterable[Finding]]
    environment: str = ""
    found: list[Finding] = field(default_factory=list)
    broken: Exception | None = None


def examine(checks: Sequence[Check], limit: float = LIMIT) -> Iterator[Finding]:
    """Yield the findings in the order of the checks, each check's as soon as it may be its turn.

    A check that has not ended after `limit` seconds is left behind: `unreachable`.
    """
    until = time.monotonic() + limit
    threads = [threading.Thread(target=_ask, args=(check,), daemon=True) for check in checks]
    for thread in threads:
        thread.start()
    for check, thread in zip(checks, threads):
        thread.join(max(0.0, until - time.monotonic()))
        if thread.is_alive():
            late = unreachable(f"no answer within {limit:g} s", "try again, or see what is slow")
            yield late.of(check.name, check.environment)
            continue
        if check.broken:
            raise check.broken
        yield from (found.of(check.name, check.environment) for found in check.found)


def _ask(check: Check) -> None:
    try:
        check.found.extend(check.ask())
    except Rejected as error:
        first = error.problems[0]
        check.found.append(wrong(f"{first.at.file}: {first.message}", "argosy validate"))
    except (Failure, GitopsFailure) as error:
        check.found.append(_judged(error))
    except OSError as error:
        check.found.append(wrong(f"{error.filename or check.name}: {error.strerror}", "see above"))
    except Exception as error:  # noqa: BLE001 - raised again where it can be reported
        check.broken = error


def _judged(error: Failure | GitopsFailure) -> Finding:
    passing = error.exit_code == 4 and getattr(error, "kind", "other") in _PASSING
    return (unreachable if passing else wrong)(error.message, error.hint)
