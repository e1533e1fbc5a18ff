"""What keeps a plan from being published as things are now."""

from typing import Literal

from compiler.record import record

StopKind = Literal["frozen", "held", "changed", "promotion"]


@record
class Stop:
    """One reason: a freeze window, a hold that somebody set, a change made in the GitOps
    repository, or what a promotion has to show first.

    `since` and `until` are ISO 8601; `until` is in `timezone`. `window` is the freeze as the
    project says it. `binds` says whether it stops the plan that it stands in, `passes` what it
    lets through.
    """

    kind: StopKind
    reason: str
    binds: bool
    passes: str
    actor: str = ""
    since: str = ""
    until: str = ""
    timezone: str = ""
    window: str = ""
    commit: str = ""
