"""Sprig's functions of chance: another value each time."""

import base64
import os
import secrets
import string
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from argosy.engine.language.errors import EvaluationError
from argosy.engine.language.sprig.conversions import bounded

_PRINTABLE = "".join(map(chr, range(32, 127)))


def _letters(alphabet: str) -> Callable[[int], str]:
    return lambda count: "".join(secrets.choice(alphabet) for _ in range(bounded(count)))


def _integer(least: int, end: int) -> int:
    if end <= least:
        raise EvaluationError("invalid argument to Intn")
    return least + secrets.randbelow(end - least)


def _bytes(count: int) -> str:
    if count < 0:
        raise EvaluationError("runtime error: makeslice: len out of range")
    return base64.b64encode(os.urandom(bounded(count))).decode()


def _shuffled(text: str) -> str:
    signs = list(text)
    secrets.SystemRandom().shuffle(signs)
    return "".join(signs)


FUNCTIONS: Mapping[str, tuple[str, Callable[..., Any]]] = {
    "randAlpha": ("i", _letters(string.ascii_letters)),
    "randAlphaNum": ("i", _letters(string.ascii_letters + string.digits)),
    "randAscii": ("i", _letters(_PRINTABLE)),
    "randNumeric": ("i", _letters(string.digits)),
    "randBytes": ("i", _bytes),
    "randInt": ("ii", _integer),
    "shuffle": ("s", _shuffled),
    "uuidv4": ("", lambda: str(uuid.uuid4())),
}
