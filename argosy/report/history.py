"""The history of an environment for people and machines."""

from collections.abc import Iterator, Sequence

from argosy.report.diagnostics import plain
from argosy.report.document import document
from compiler.record import as_data
from gitops import message
from gitops.history import Entry

_MOST = 12
_SAYS = {"publish": "published", "rollback": "rolled back", "edit": "edited by hand"}
_WHY = {message.REASON: "reason", message.BREAK_GLASS: "in spite of a freeze"}


def lines(entries: Sequence[Entry]) -> Iterator[str]:
    """Yield some lines for each entry: when, from which source, by whom, what changed."""
    for entry in entries:
        source = f" <- {entry.source[:10]}" if entry.source else ""
        did = f"{_SAYS[entry.kind]} by {plain(who(entry))}"
        yield f"{entry.commit[:10]}  {entry.when}  {did}{source}"
        said = entry.said or (entry.subject,)
        yield from (f"    {plain(line)}" for line in said[:_MOST])
        if len(said) > _MOST:
            yield f"    … and {len(said) - _MOST} more lines"
        for trailer, word in _WHY.items():
            if trailer in entry.trailers:
                yield f"    {word}: {plain(entry.trailers[trailer])}"


def who(entry: Entry) -> str:
    """Name who did it: the actor who published, and the author of the source if that is another."""
    if entry.actor in ("", entry.author):
        return entry.author
    return f"{entry.actor}, source by {entry.author}"


def as_json(environment: str, pipeline: str, entries: Sequence[Entry]) -> str:
    """Return the entries as JSON, by the schema `history`."""
    body = {
        "version": 1,
        "environment": environment,
        "pipeline": pipeline,
        "entries": [_entry(entry) for entry in entries],
    }
    return document(body)


def _entry(entry: Entry) -> dict[str, object]:
    found: dict[str, object] = as_data(entry)
    del found["lock"]
    return {**found, "trailers": dict(entry.trailers)}
