"""A document that a command prints with `--json`: one form for all of them."""

import json
from typing import Any


def document(body: Any) -> str:
    """Return `body` as JSON, for programs and for who looks over their shoulder.

    Raise `ValueError` for a number that JSON does not have.
    """
    return json.dumps(body, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
