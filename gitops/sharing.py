"""One repository, several projects with environments of one name: a branch for each to ask by.

An environment asks by `argosy/ENV`. Where that is another project's request, told by the folder
that its commit names, it asks by a branch that has its own folder in its name, for as long as that
request is open. So no request that is open ever gets another branch.
"""

import time
from pathlib import Path

from compiler.record import replace
from gitops import message
from gitops.remote import Remote, connect
from gitops.target import Target

_LONGEST = 100


def asking(target: Target, state: Path, *, deadline: float = 60) -> Target:
    """Return `target` with the branch by which it asks; raise `GitopsFailure` if nobody knows."""
    own = replace(target, proposal=_own(target))
    with connect(target, state, time.monotonic() + deadline) as remote:
        refs = remote.refs(target.written, own.written)
        if own.written in refs or _is_anothers(remote, refs.get(target.written, "")):
            return own
    return target


def _own(target: Target) -> str:
    place = (target.folder or target.branch).replace("/", "-")
    return f"{target.proposal}-{place}"[:_LONGEST].rstrip("-.")


def _is_anothers(remote: Remote, commit: str) -> bool:
    """Whether a commit asks for an environment in another folder."""
    if not commit:
        return False
    remote.fetch([commit])
    said = message.trailers(remote.repository.text("log", "-1", "--format=%B", commit))
    if message.ENVIRONMENT not in said:
        return False  # somebody's work, or a merge of ours: whoever proposes looks closer
    place = (said[message.ENVIRONMENT], said.get(message.FOLDER, ""))
    return place != (remote.target.environment, remote.target.folder)
