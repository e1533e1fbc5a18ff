"""A review as the one comment of a pull request: found again by its marker, never too long."""

import re

from argosy.report.plan_markdown import (
    KINDS,
    Kind,
    Section,
    foot,
    head,
    joined,
    markdown,
    sections,
)
from argosy.report.words import counted
from gitops.plan import Review

LONGEST = 60_000  # of the 65,536 characters that GitHub takes
SUMMARY = 1_000_000  # bytes of the 1 MiB that the summary of a job holds; more is dropped whole
_WIDEST = 3  # bytes in UTF-8 of what counts as one
_RESERVE = 600
_MARKER = re.compile(r"<!-- argosy:plan ([\w.-]{1,80}) head=([0-9a-f]{0,64}) -->")


def comment(review: Review, head_sha: str, longest: int = LONGEST) -> str:
    """Return the comment of a review, made for commit `head_sha`, of at most so many characters.

    What there is no room for is left out in whole sections, what matters least first; a line says
    so.
    """
    first = f"{marker(review.project, head_sha)}\n"
    return first + fitted(review, longest - size(first))


def fitted(review: Review, longest: int = LONGEST) -> str:
    """Return as much of a review as fits, and a line for what does not."""
    start, end = head(review), foot(review)
    found = list(sections(review))
    kept = _fitting(found, longest - size(start) - size(end) - _RESERVE)
    left = [section for number, section in enumerate(found) if number not in kept]
    body = joined(section for number, section in enumerate(found) if number in kept)
    return f"{start}{body}{_left_out(left)}{end}"


def summary(review: Review) -> str:
    """Return a review for the summary of a job: all of it, or what a summary holds."""
    whole = markdown(review)
    fits = len(whole.encode("utf-8", "replace")) <= SUMMARY
    return whole if fits else fitted(review, SUMMARY // _WIDEST)


def short(review: Review, head_sha: str) -> str:
    """Return the verdicts alone, for a host that takes no more."""
    said = "\nThe rest is too long for this host: it is in the output of the job.\n"
    return f"{marker(review.project, head_sha)}\n{head(review)}{said}{foot(review)}"


def marker(project: str, head_sha: str) -> str:
    """Return the line by which the comment of a project is found, and its age is told."""
    name = re.sub(r"[^\w.-]", "-", project, flags=re.ASCII)[:80] or "-"
    sha = head_sha if re.fullmatch("[0-9a-f]{1,64}", head_sha) else ""
    return f"<!-- argosy:plan {name} head={sha} -->"


def read_marker(body: str) -> tuple[str, str] | None:
    """Return project and head of the comment `body`, None if it does not begin with a marker."""
    found = _MARKER.fullmatch(body.partition("\n")[0].rstrip("\r"))
    return (found[1], found[2]) if found else None


def size(text: str) -> int:
    """Return the length as those count who count UTF-16, the most of all counts."""
    return len(text.encode("utf-16-le", "replace")) // 2


def _fitting(found: list[Section], room: int) -> set[int]:
    """Return the numbers of the sections that stay: the first, in order of worth, that fit."""
    kept, titles = set[int](), set[str]()
    for number in sorted(range(len(found)), key=lambda n: (KINDS.index(found[n].kind), n)):
        title = found[number].title
        room -= size(found[number].text) + (0 if title in titles else size(title))
        titles.add(title)
        if room < 0:
            break
        kept.add(number)
    return kept


def _left_out(left: list[Section]) -> str:
    if not left:
        return ""
    counts: dict[Kind, int] = {}
    for section in left:
        counts[section.kind] = counts.get(section.kind, 0) + 1
    said = ", ".join(f"{counts[kind]} of {kind}" for kind in KINDS if kind in counts)
    return f"\n**Left out for length:** {counted(len(left), 'section')} ({said}).\n"
