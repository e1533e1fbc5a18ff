"""The catalogue of codes: a number for each slug, what it means, a wrong spec and a right one.

One file a code beside this module, `AR301-unknown-reference.md`. Its name is all that a report
needs; its text is read when somebody asks. A block of an example says the file it stands in
(`pipelines/p/pipeline.yaml` by default), and where it is wrong the place: ```` ```yaml 3:24 ````.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from compiler.record import record

_NUMBER = re.compile(r"(AR\d+)-([a-z0-9-]+)\.md")
_BLOCK = re.compile(r"^```(\w+)(.*?)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_PLACE = re.compile(r" (\d+):(\d+)\b")
_FORM = re.compile(r" (escaped|link|repeated)$")
_SPEC = "pipelines/p/pipeline.yaml"


@record
class Block:
    """A file of an example, the line and column that are wrong in it, and how to read its text.

    `form` is empty, or `escaped` (bytes with escapes), `link` (to the text), `repeated` (so often
    that it is too large). `language` is `sh` for a command, which is no file.
    """

    language: str
    file: str
    text: str
    at: tuple[int, int] | None
    form: str


@record
class Entry:
    """All there is to know about a code."""

    number: str
    slug: str
    what: str
    why: str
    wrong: tuple[Block, ...]
    right: tuple[Block, ...]


@cache
def numbers() -> Mapping[str, str]:
    """Return the number of each slug, in order of the numbers."""
    found = (_NUMBER.fullmatch(path.name) for path in sorted(Path(__file__).parent.iterdir()))
    return {match[2]: match[1] for match in found if match}


def slug(code: str) -> str | None:
    """Return the slug of a number or of a slug, in either case of letters; None for neither."""
    known = {number.lower(): slug for slug, number in numbers().items()}
    name = code.lower()
    return name if name in numbers() else known.get(name)


def read(slug: str) -> Entry:
    """Return the entry of a slug; raise `KeyError` if it has none."""
    number = numbers()[slug]
    text = (Path(__file__).parent / f"{number}-{slug}.md").read_text("utf-8")
    prose, _, examples = text.partition("\n## Wrong\n")
    _, what, *why = (part.strip() for part in prose.split("\n\n"))
    wrong, _, right = examples.partition("\n## Right\n")
    return Entry(number, slug, what, "\n\n".join(why), tuple(_blocks(wrong)), tuple(_blocks(right)))


def _blocks(text: str) -> Iterator[Block]:
    for language, head, body in _BLOCK.findall(text):
        place, form = _PLACE.search(head), _FORM.search(head)
        file = _FORM.sub("", _PLACE.sub("", head)).strip() or _SPEC
        at = (int(place[1]), int(place[2])) if place else None
        yield Block(language, file, body, at, form[1] if form else "")
