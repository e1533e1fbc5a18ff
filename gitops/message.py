"""The commit message of a publish: a subject, a summary, and trailers that machines read."""

import re
from collections.abc import Iterator, Mapping

from compiler.record import field, record
from gitops.provenance import NOWHERE, Occasion, Range
from gitops.source import SourceRevision
from gitops.target import Target

ENVIRONMENT, FOLDER = "Argosy-Environment", "Argosy-Folder"
SOURCE, REPOSITORY = "Argosy-Source-Sha", "Argosy-Source-Repo"
RANGE, REQUEST = "Argosy-Source-Range", "Argosy-Source-Pr"
DIGEST, TOOL = "Argosy-Lock-Digest", "Argosy-Tool"
ACTOR, RUN = "Argosy-Actor", "Argosy-Run"
BREAK_GLASS, REASON = "Argosy-Break-Glass", "Argosy-Reason"
ROLLBACK = "Argosy-Rollback"
PROPOSED, REPLACED = "Argosy-Proposed", "Argosy-Replaced"
_SUBJECT = 72
_LINES, _WIDTH = 200, 500
# a copied `[skip ci]` would switch off the checks of the GitOps repository
_SKIP = re.compile(r"(?i)\[(skip[ -]ci|ci[ -]skip|no[ -]ci|skip[ -]actions|actions[ -]skip)\]|"
                   r"\*\*\*NO_CI\*\*\*|skip-checks\s*:\s*true")  # fmt: skip
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_ISSUE = re.compile(r"(?<![\w/])(?:GH-|#)(?=\d)")
_MENTION = re.compile(r"(?<![\w.])@(?=\w)")
_TRAILER = re.compile(r"^([A-Za-z][A-Za-z-]*): (.*)$")
_FORGE = re.compile(r"(?:https://|git@)[\w.-]+[/:]([\w.-]+/[\w.-]+?)(?:\.git)?/?$")
_NO_RANGE = Range()


@record
class Facts:
    """What a message says besides what changed; `digest` is that of the lock."""

    summary: str = ""
    digest: str = ""
    range: Range = _NO_RANGE
    occasion: Occasion = NOWHERE
    more: Mapping[str, str] = field(default_factory=dict)


def compose(target: Target, source: SourceRevision, counts: Mapping[str, int], facts: Facts) -> str:
    """Return the message; nothing copied from the source can notify, close or skip anything."""
    told = ", ".join(f"{number} {word}" for word, number in counts.items() if number)
    title = f"argosy({target.environment}): {told or 'no change'} <- {source.sha[:10]}"
    body = [clean(source.subject, source.url)]
    body += ["", *(clean(line, source.url) for line in facts.summary.splitlines()[:_LINES])]
    last = "\n".join(f"{key}: {value}" for key, value in _trailers(target, source, facts))
    text = "\n".join(line.rstrip() for line in body).strip()
    return f"{title[:_SUBJECT]}\n\n{text}\n\n{last}\n" if text else f"{title}\n\n{last}\n"


def _trailers(target: Target, source: SourceRevision, facts: Facts) -> Iterator[tuple[str, str]]:
    forge, moved = _FORGE.match(source.url), facts.range
    repository = f"{forge[1]}#" if forge else ""
    given = [
        (ENVIRONMENT, target.environment),
        (FOLDER, target.folder),
        (REPOSITORY, source.url),
        (SOURCE, source.shown),
        (RANGE, f"{moved.before}..{source.sha}" if moved.before else ""),
        *((REQUEST, f"{repository}{number}") for number in moved.requests),
        (DIGEST, facts.digest),
        (TOOL, f"argosy/{_version()}"),
        (ACTOR, facts.occasion.actor),
        (RUN, facts.occasion.run),
        *((key, clean(text, source.url)) for key, text in facts.more.items()),
        *(("Co-authored-by", author) for author in moved.authors),
    ]
    for key, value in given:
        line = _MENTION.sub("", _SKIP.sub("", _CONTROL.sub("", value)))[:_WIDTH].strip()
        if line:
            yield key, line


def clean(line: str, url: str = "") -> str:
    """Return `line` without control characters, CI switches, mentions and bare issue numbers."""
    forge = _FORGE.match(url)
    issue = f"{forge[1]}#" if forge else "no. "
    line = _SKIP.sub("", _CONTROL.sub(" ", line))
    return _MENTION.sub("", _ISSUE.sub(issue, line))[:_WIDTH].rstrip()


def trailers(message: str) -> dict[str, str]:
    """Return the trailers of a commit message: its last paragraph, when that holds nothing else.

    The values of one that is there many times are joined by `, `.
    """
    last = message.rstrip().rsplit("\n\n", 1)[-1].splitlines()
    found = [match for line in last if (match := _TRAILER.match(line))]
    if len(found) != len(last):
        return {}
    values: dict[str, list[str]] = {}
    for match in found:
        values.setdefault(match[1], []).append(match[2])
    return {key: ", ".join(said) for key, said in values.items()}


def drafts(said: Mapping[str, str]) -> tuple[str, ...]:
    """Return the commits that the note of a proposal tells of, the newest first."""
    return tuple(filter(None, (said.get(PROPOSED), said.get(REPLACED))))


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("argosy")
    except PackageNotFoundError:
        return "unknown"
