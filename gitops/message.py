"""The commit message of a publish: a subject, a summary, and trailers that machines read."""

import re
from collections.abc import Mapping

from gitops.source import SourceRevision
from gitops.target import Target

ENVIRONMENT = "Argosy-Environment"
BREAK_GLASS = "Argosy-Break-Glass"
REASON = "Argosy-Reason"
ROLLBACK = "Argosy-Rollback"
SOURCE = "Argosy-Source-Sha"
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


def compose(
    target: Target,
    source: SourceRevision,
    counts: Mapping[str, int],
    summary: str,
    digest: str,
    more: Mapping[str, str] | None = None,
) -> str:
    """Return the message; nothing copied from the source can notify, close or skip anything."""
    told = ", ".join(f"{number} {word}" for word, number in counts.items() if number)
    title = f"argosy({target.environment}): {told or 'lock'} <- {source.sha[:10]}"
    body = [clean(source.subject, source.url)]
    body += ["", *(clean(line, source.url) for line in summary.splitlines()[:_LINES])]
    trailers = {
        ENVIRONMENT: target.environment,
        SOURCE: source.shown,
        "Argosy-Source-Url": _CONTROL.sub("", source.url),
        "Argosy-Digest": digest,
        "Argosy-Version": _version(),
        **{key: clean(value, source.url) for key, value in (more or {}).items()},
    }
    last = "\n".join(f"{key}: {value}" for key, value in trailers.items() if value)
    text = "\n".join(line.rstrip() for line in body).strip()
    return f"{title[:_SUBJECT]}\n\n{text}\n\n{last}\n" if text else f"{title}\n\n{last}\n"


def clean(line: str, url: str = "") -> str:
    """Return `line` without control characters, CI switches, mentions and bare issue numbers."""
    forge = _FORGE.match(url)
    issue = f"{forge[1]}#" if forge else "no. "
    line = _SKIP.sub("", _CONTROL.sub(" ", line))
    return _MENTION.sub("", _ISSUE.sub(issue, line))[:_WIDTH].rstrip()


def trailers(message: str) -> dict[str, str]:
    """Return the trailers of a commit message: its last paragraph, when that holds nothing else."""
    last = message.rstrip().rsplit("\n\n", 1)[-1].splitlines()
    found = [match for line in last if (match := _TRAILER.match(line))]
    return {match[1]: match[2] for match in found} if len(found) == len(last) else {}


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("argosy")
    except PackageNotFoundError:
        return "unknown"
