"""How the name of a container image is read."""

import re

_DIGEST = re.compile(r"@sha256:[0-9a-f]{64}\Z")


def by_digest(image: str) -> bool:
    """Whether `image` names content, which no registry can exchange."""
    return bool(_DIGEST.search(image))
