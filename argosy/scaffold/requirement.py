"""The Argosy that runs here, as pip would be told to install it elsewhere."""

import json
from importlib import metadata
from typing import Any

from argosy import __version__

_SOURCE = "https://github.com/argosy-dev/argosy"


def requirement() -> str:
    """Return a line of a requirements file: a release, or the commit this one was built from."""
    said = _origin()
    commit = said.get("vcs_info", {}).get("commit_id")
    if commit:
        return f"argosy @ git+{said['url']}@{commit}"
    if said:  # a folder or a file of one machine, which no other has
        return f"argosy @ git+{_SOURCE}@v{__version__}"
    return f"argosy=={__version__}"


def _origin() -> dict[str, Any]:
    """Return where pip took this installation from (PEP 610), nothing if from an index."""
    try:
        text = metadata.distribution("argosy").read_text("direct_url.json")
    except metadata.PackageNotFoundError:
        return {"url": "."}
    found = json.loads(text) if text else {}
    return found if isinstance(found, dict) else {}
