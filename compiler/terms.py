"""Terms: who answers for a pipeline, what its runs may do, and how long what they leave is kept."""

from compiler.record import record


@record
class About:
    """What people read: who answers for the pipeline, what it is for, where more is to be seen."""

    owner: str
    description: str
    links: tuple[tuple[str, str], ...]
    tags: tuple[str, ...]


@record
class Retention:
    """Seconds for which a run is kept, which pods stay (Argo's strategy; none: all), and how many
    runs that a schedule started."""

    success: int
    failure: int
    pods: str
    scheduled: tuple[int, int]


@record
class Security:
    """The user and group that containers run as; whether their root file system is read-only."""

    user: int
    group: int
    read_only: bool


@record
class Concurrency:
    """At most `limit` runs at once of those that share the lock `name`.

    `config_map` holds the limit, under the key `name`; it is `ours` if the pipeline brings it.
    Without one the lock is a mutex.
    """

    name: str
    limit: int
    config_map: str
    ours: bool


@record
class Terms:
    """The terms of all runs of a pipeline; `argo` is the address of Argo's user interface."""

    about: About
    retention: Retention
    security: Security
    concurrency: Concurrency | None
    argo: str
    service_account: str
    pull_secrets: tuple[str, ...]
