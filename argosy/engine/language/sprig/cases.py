"""Sprig's changes of case: goutils and huandu/xstrings."""

import re
from collections.abc import Iterator

_WORD = re.compile(
    r"(?P<connector>[-_\s]+)|(?P<punct>(?:(?![-_])[!-#%-*,-/:;?@\[-\]_{}])+)"
    r"|(?P<upper>[A-Z]+(?=[A-Z][a-z])|[A-Z]{2,}|[A-Z][a-z]*)|(?P<alphabet>[a-z]+)"
    r"|(?P<number>[0-9]+)|(?P<other>[^-_\sA-Za-z0-9]+)"
)


def title(text: str) -> str:
    """Go's `strings.Title`: the first letter of each word, words being letters, digits and `_`."""
    return re.sub(r"(?<!\w)[^\W\d_]", lambda match: match[0].title(), text)


def untitled(text: str) -> str:
    """Return a text with the first letter of each word small."""
    return re.sub(r"(?<!\S)\S", lambda match: match[0].lower(), text)


def swapped(text: str) -> str:
    """Return a text with cases changed, as goutils does."""
    return re.sub(r"[^\W\d_]", lambda match: match[0].swapcase(), text)


def pascal(text: str) -> str:
    """Return `some_words` as `SomeWords` (xstrings.ToPascalCase)."""
    lead = re.match(r"[-_\s]*", text)
    start = lead.end() if lead else 0
    if start == len(text):
        return text + text[-1:]
    found, current, upper = [text[:start]], text[start].upper(), text[start].isupper()
    for character in text[start + 1 :]:
        before, current = current, character
        if _connects(current) and _connects(before):
            found.append(before)
        elif _connects(before):
            upper, current = current.isupper(), current.upper()
        else:
            upper = upper and current.isupper()
            current = current.lower() if upper else current
            found.append(before)
    return "".join([*found, current])


def _connects(character: str) -> bool:
    return character in "-_" or character.isspace()


def snake(text: str) -> str:
    """Return `FirstName` as `first_name` (xstrings.ToSnakeCase)."""
    return _joined(text, "_")


def kebab(text: str) -> str:
    """Return `FirstName` as `first-name` (xstrings.ToKebabCase)."""
    return _joined(text, "-")


def _joined(text: str, sign: str) -> str:
    """Write words in small letters with `sign` between them; numbers go with what is around."""
    words = [(str(match.lastgroup), match[0]) for match in _WORD.finditer(text)]
    words = [
        (kind, sign * len(word) if kind == "connector" else word.lower()) for kind, word in words
    ]
    return "".join(_lowered(words, sign))


def _lowered(words: list[tuple[str, str]], sign: str) -> Iterator[str]:
    place = 0
    while place < len(words):
        kind, word = words[place]
        place += 1
        yield word
        if kind in ("connector", "punct"):
            continue
        if kind == "number":
            while _kind(words, place) in ("alphabet", "number"):
                yield words[place][1]
                place += 1
        elif _kind(words, place) == "number" and place + 1 < len(words):
            alone = _kind(words, place + 1) != "alphabet"
            yield words[place][1] if alone else sign + words[place][1]
            place += 1
            while not alone and _kind(words, place) in ("alphabet", "number"):
                yield words[place][1]
                place += 1
        elif _kind(words, place) == "number":
            continue
        if _kind(words, place) not in ("", "connector", "punct"):
            yield sign


def _kind(words: list[tuple[str, str]], place: int) -> str:
    return words[place][0] if place < len(words) else ""
