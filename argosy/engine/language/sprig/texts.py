"""Sprig's functions of texts."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from argosy.engine.language.errors import EvaluationError
from argosy.engine.language.go.printf import go_quoted
from argosy.engine.language.sprig.cases import kebab, pascal, snake, swapped, title, untitled
from argosy.engine.language.sprig.conversions import bounded, texts
from argosy.engine.language.values import lower, octets, shown, text_of, upper

_SPACES = "\t\n\v\f\r \x85\xa0"


def _bytes_of(text: str, start: int | None, end: int | None) -> str:
    data = octets(text)
    first, last = start or 0, len(data) if end is None else end
    if not 0 <= last <= len(data):
        with_length = f" with length {len(data)}" if last >= 0 else ""
        raise EvaluationError(f"runtime error: slice bounds out of range [:{last}]{with_length}")
    if first > last:
        raise EvaluationError(f"runtime error: slice bounds out of range [{first}:{last}]")
    return text_of(data[first:last])


def _trunc(count: int, text: str) -> str:
    data = octets(text)
    if count < 0 and len(data) + count > 0:
        return text_of(data[len(data) + count :])
    return text_of(data[:count]) if 0 <= count < len(data) else text


def _substr(start: int, end: int, text: str) -> str:
    size = len(octets(text))
    if start < 0:
        return _bytes_of(text, None, end)
    return _bytes_of(text, start, None if end < 0 or end > size else end)


def _abbreviated(offset: int, width: int, text: str) -> str:
    """`goutils.AbbreviateFull`, in bytes."""
    data = octets(text)
    if len(data) <= width:
        return text
    offset = min(offset, len(data))
    if len(data) - offset < width - 3:
        offset = len(data) - (width - 3)
    if offset <= 4:
        return text_of(data[: width - 3] + b"...")
    if width < 7:
        return ""
    if offset + width - 3 < len(data):
        rest = text_of(data[offset:])
        return "..." + (_abbreviated(0, width - 3, rest) if width - 3 >= 4 else "")
    return text_of(b"..." + data[len(data) - (width - 3) :])


def _abbrevboth(left: int, right: int, text: str) -> str:
    if right < 4 or (left > 0 and right < 7):
        return text
    return _abbreviated(left, right, text)


def _initials(text: str) -> str:
    words = re.split(f"[{_SPACES}]+", octets(text).decode("latin-1"))
    return "".join(word[:1] for word in words)


def _repeat(count: int, text: str) -> str:
    if count < 0:
        raise EvaluationError("strings: negative Repeat count")
    bounded(count * len(text))
    return text * count


def _quote(*values: Any) -> str:
    return " ".join(go_quoted(shown(value)) for value in values if value is not None)


def _squote(*values: Any) -> str:
    return " ".join(f"'{shown(value)}'" for value in values if value is not None)


def _cat(*values: Any) -> str:
    return " ".join(shown(value) for value in values if value is not None)


def _indent(spaces: int, text: str) -> str:
    if spaces < 0:
        raise EvaluationError("strings: negative Repeat count")
    bounded(spaces * (text.count("\n") + 1))
    pad = " " * spaces
    return pad + text.replace("\n", "\n" + pad)


def _wrap(width: int, separator: str, text: str, *, long_words: bool) -> str:
    """`goutils.WrapCustom`: break at the last blank within the width."""
    separator, width = separator or "\n", max(width, 1)
    data, offset, found = octets(text), 0, list[bytes]()
    while len(data) - offset > width:
        if data[offset : offset + 1] == b" ":
            offset += 1
            continue
        blank = data.rfind(b" ", offset, width + offset + 1)
        if blank < offset and not long_words:
            blank = data.find(b" ", width + offset)
            if blank < 0:
                break
        end = blank if blank >= offset else width + offset
        found.append(data[offset:end])
        offset = end + (1 if blank >= offset else 0)
    return text_of(octets(separator).join([*found, data[offset:]]))


def _nospace(text: str) -> str:
    """Drop what is a blank byte by byte, as goutils does; it takes part of an `à` for one."""
    single = octets(text).decode("latin-1")
    kept = re.sub(f"[{_SPACES}]", "", single)
    return text if kept == single else kept


def _split(separator: str, text: str, count: int = -1) -> dict[str, str]:
    if count == 0:
        return {}
    parts = list(text) if not separator else text.split(separator, count - 1 if count > 0 else -1)
    if not separator and 0 < count < len(parts):
        parts = [*parts[: count - 1], "".join(parts[count - 1 :])]
    return {f"_{index}": part for index, part in enumerate(parts)}


def _trim(characters: str, text: str) -> str:
    return text.strip(characters) if characters else text


FUNCTIONS: Mapping[str, tuple[str, Callable[..., Any]]] = {
    "hello": ("", lambda: "Hello!"),
    "abbrev": ("is", lambda width, text: text if width < 4 else _abbreviated(0, width, text)),
    "abbrevboth": ("iis", _abbrevboth),
    "trunc": ("is", _trunc),
    "trim": ("s", lambda text: text.strip(" \t\n\v\f\r\x85\xa0")),
    "upper": ("s", upper),
    "lower": ("s", lower),
    "title": ("s", title),
    "untitle": ("s", untitled),
    "substr": ("iis", _substr),
    "repeat": ("is", _repeat),
    "trimall": ("ss", _trim),
    "trimAll": ("ss", _trim),
    "trimSuffix": ("ss", lambda part, text: text.removesuffix(part)),
    "trimPrefix": ("ss", lambda part, text: text.removeprefix(part)),
    "nospace": ("s", _nospace),
    "initials": ("s", _initials),
    "swapcase": ("s", swapped),
    "snakecase": ("s", snake),
    "camelcase": ("s", pascal),
    "kebabcase": ("s", kebab),
    "wrap": ("is", lambda width, text: _wrap(width, "", text, long_words=False)),
    "wrapWith": ("iss", lambda width, sign, text: _wrap(width, sign, text, long_words=True)),
    "contains": ("ss", lambda part, text: part in text),
    "hasPrefix": ("ss", lambda part, text: text.startswith(part)),
    "hasSuffix": ("ss", lambda part, text: text.endswith(part)),
    "quote": ("*a", _quote),
    "squote": ("*a", _squote),
    "cat": ("*a", _cat),
    "indent": ("is", _indent),
    "nindent": ("is", lambda spaces, text: "\n" + _indent(spaces, text)),
    "replace": ("sss", lambda old, new, text: text.replace(old, new)),
    "plural": ("ssi", lambda one, many, count: one if count == 1 else many),
    "toString": ("a", shown),
    "split": ("ss", _split),
    "splitList": ("ss", lambda sign, text: text.split(sign) if sign else list(text)),
    "splitn": ("sis", lambda sign, count, text: _split(sign, text, count)),
    "toStrings": ("a", texts),
    "join": ("sa", lambda sign, value: sign.join(texts(value))),
}
