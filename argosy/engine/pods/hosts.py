"""Names of hosts that a manifest gives to its pods (`hostAliases`)."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from argosy.engine.pods.volumes import Root

Data = Mapping[str, Any]
FILE = Path("/etc/hosts")


def aliases(template: Data, whole: Sequence[Data]) -> tuple[tuple[str, str], ...]:
    """Return addresses and names for a pod: those of its template, then those of the workflow."""
    return tuple(_pairs([*(template.get("hostAliases") or ()), *whole]))


def _pairs(entries: Sequence[Data]) -> Iterator[tuple[str, str]]:
    for entry in entries:
        for name in entry.get("hostnames") or ():
            yield str(entry["ip"]), str(name)


def place(root: Root, known: Sequence[tuple[str, str]]) -> None:
    """Lay the names over those of the machine, as a kubelet adds them to the file of a pod."""
    target = root.at(str(FILE))
    target.parent.mkdir(parents=True, exist_ok=True)
    own = FILE.read_text("utf-8", "replace") if FILE.is_file() else ""
    added = "".join(f"{address}\t{name}\n" for address, name in known)
    target.write_text(f"{own.rstrip()}\n\n# Entries added by HostAliases.\n{added}", "utf-8")
