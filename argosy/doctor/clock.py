"""Clocks: a token, a certificate and a schedule are good at certain times only."""

from collections.abc import Iterator

from argosy.doctor.finding import Finding, fine, note, wrong
from argosy.doctor.reply import Unanswered, ask

_MOST = 60.0


def clock(url: str) -> Iterator[Finding]:
    """Hold this machine's clock against that of a server, whatever it answers."""
    try:
        ahead = ask(url, "HEAD").ahead
    except Unanswered:
        return  # that it does not answer, another check says
    yield from compare(ahead, url.split("/")[2].rpartition("@")[2])


def compare(ahead: float | None, who: str) -> Iterator[Finding]:
    """Judge how far the clock of `who` is ahead."""
    if ahead is None:
        yield note(f"{who} tells no time")
    elif abs(ahead) > _MOST:
        way = "behind" if ahead > 0 else "ahead of"
        said = f"this machine's clock is {abs(ahead):.0f} s {way} that of {who}"
        yield wrong(said, "sudo timedatectl set-ntp true")
    else:
        yield fine(f"this machine and {who} agree on the time")
