"""Whether a server refuses the markers, while it would take the branch."""

from gitops.git import Answer, GitFailure
from gitops.target import Target

_TRIES = 2
_POLICY = ("rejected", "permission")
# what git says of a ref that failed for no reason of its own
_ALONG = ("atomic push failure", "atomic push failed", "atomic transaction failed")


def of_markers(
    answer: Answer, failure: GitFailure, target: Target, marked: bool, tries: int
) -> bool:
    """Say whether a push failed because of the markers alone.

    Contention looks different everywhere and is none: what counts is a rule of the server, or
    that several `tries` found the refs unmoved. A rule that refuses all refs alike may mean the
    markers, unless the server took some before (`marked`).
    """
    if "does not support --atomic" in answer.err:
        return True
    refused = _refused(answer)
    head = refused.pop(target.written, "")
    along = not head or any(words in head for words in _ALONG)
    if failure.kind not in _POLICY:
        return bool(refused) and along and tries >= _TRIES
    return bool(refused) and (along or not marked)


def note(target: Target) -> str:
    """Say what is different at a server without markers."""
    return (
        f"the server does not take `{target.markers}*` together with the branch: every run makes a "
        "commit there, so that older runs that end later see it"
    )


def _refused(answer: Answer) -> dict[str, str]:
    """Return ref → reason from git's porcelain: `!`, tab, `source:ref`, tab, reason."""
    lines = answer.out.decode("utf-8", "replace").splitlines()
    found = [line.split("\t") for line in lines if line.startswith("!\t")]
    return {parts[1].rpartition(":")[2]: parts[2] for parts in found if len(parts) > 2}
