"""`argosy explain CODE`: what a code means, a spec that is wrong and one that is right."""

import sys
from collections.abc import Sequence

from argosy.cli import terminal
from argosy.cli.usage import UsageFailure
from argosy.report import codes
from argosy.report.diagnostics import Painter
from compiler import catalogue
from compiler.problems import nearest


def is_code(word: str) -> bool:
    """Say whether `word` is a code or the like of one, such as `AR301` or `unknown-reference`."""
    number = word[2:]
    return catalogue.slug(word) is not None or (word[:2].upper() == "AR" and number.isdecimal())


def show(words: Sequence[str], *, machine: bool) -> int:
    """Print the entries of `words`, or a list of all; raise `UsageFailure` for an unknown one."""
    slugs = [_known(word) for word in words] or list(catalogue.numbers())
    entries = [catalogue.read(slug) for slug in slugs]
    if machine:
        terminal.out_json(codes.as_json(entries))
    elif words:
        paint = Painter(terminal.coloured(sys.stdout), "")
        terminal.out("\n\n\n".join(codes.human(entry, paint) for entry in entries))
    else:
        terminal.out(codes.table(entries, terminal.columns()))
        terminal.talk("next: argosy explain CODE")
    return 0


def _known(word: str) -> str:
    found = catalogue.slug(word)
    if found is None:
        numbers = catalogue.numbers()
        known = list(numbers.values()) if word[:2].upper() == "AR" else list(numbers)
        hint = f"{nearest(word, known)} (`argosy explain` lists all)"
        raise UsageFailure(f"no code `{word}`", hint)
    return found
