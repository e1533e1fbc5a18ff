"""The pinned versions of models, as templates of an environment see them."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from compiler.document import read as parse
from compiler.files import read_text
from compiler.problems import Rejected
from compiler.source import plain

FOLDER = "environments"


def read(root: Path, environment: str) -> Mapping[str, int]:
    """Return name → version from `environments/ENV.yaml`; none where that says none.

    What is wrong with the file is said by whoever reads all of it.
    """
    try:
        return _parsed(read_text(root, f"{FOLDER}/{environment}.yaml"))
    except Rejected:
        return {}


@lru_cache(maxsize=8)
def _parsed(text: str) -> Mapping[str, int]:
    try:
        data = parse(plain("", text)).data
    except Rejected:
        return {}
    found = data.get("models") if isinstance(data, dict) else None
    return {k: v for k, v in found.items() if type(v) is int} if isinstance(found, dict) else {}
